"""Spares the code of others from coverage's tracer while modules load: half of a server's start.

Coverage follows every line that runs, also those it does not count. Where PYTHONPATH names this
folder, Python loads this module at its start, after coverage has begun. The tracer sleeps while
others' modules load and wakes for ours. What it slept through counts as not covered.
"""

import sys
import threading
from importlib.machinery import SourceFileLoader
from types import ModuleType

PACKAGE = "harmonica_mcp"
_load = SourceFileLoader.exec_module
_thread = threading.local()


def _load_module(self: SourceFileLoader, module: ModuleType) -> None:
    before = sys.gettrace()
    if before:
        _thread.tracer = before
    ours = module.__name__.partition(".")[0] == PACKAGE
    wanted = getattr(_thread, "tracer", None) if ours else None
    # In one frame, as the tracer counts the frames that begin and end.
    sys.settrace(wanted)
    call()
    try:
        _load(self, module)
    finally:
        sys.settrace(before)
        call()


def call() -> None:
    """Let coverage's tracer take its fast place again, which it does at a call."""


if sys.gettrace():
    SourceFileLoader.exec_module = _load_module
