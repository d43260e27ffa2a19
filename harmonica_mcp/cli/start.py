"""The start of the program, whatever it is to do: hello first where a host may be waiting."""

import gc
import os
import sys

from harmonica_mcp.transports.hello.front import Front
from harmonica_mcp.transports.hello.identity import identity
from harmonica_mcp.transports.hello.snapshot import read

_NAME = "harmonica-mcp"


class Start:
    """What is known when the command line is read.

    Args:
        identity: what a snapshot would hold for, if there may be one.
        front: what says hello meanwhile, if it can.
    """

    def __init__(self, identity: str, front: Front | None) -> None:
        self.identity = identity
        self.front = front


def start() -> None:
    """Run the command line; the same as `main`, only sooner where a host waits for an answer."""
    nobody = None in (sys.stdin, sys.stdout) or os.isatty(0)
    known = None if nobody else identity(sys.argv[1:], os.environ)
    if known:
        # What is loaded stays: looking for what can go would only take time. Once there is a
        # server it is looked for again.
        gc.disable()
    answers = known and read(known)
    if known and answers:
        front = Front(answers)
        front.run(lambda: _main(Start(known, front)))
    else:
        _main(known and Start(known, None))


def _main(obj: object) -> None:
    from harmonica_mcp.cli.commands import main  # noqa: PLC0415 - not before hello is said

    main(prog_name=_NAME, obj=obj)
