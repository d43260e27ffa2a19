"""The front: says hello from a snapshot while everything else is still being loaded."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable

from harmonica_mcp.transports.hello.asking import Answer, Asking
from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.hello.snapshot import Answers
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.intake import Intake
from harmonica_mcp.transports.stdio.outgoing import Outgoing
from harmonica_mcp.transports.stdio.wire import Wire

Serving = Callable[[Beginning], None]

_AHEAD = 1000
"""Lines that are read before there is anybody to give them to."""
# Otherwise the thread that loads would keep a question waiting ten times as long.
_TURN = 0.0005


class Front:
    """Reads what the host says, answers what it can, and hands it all over.

    Args:
        answers: those that are known.
    """

    def __init__(self, answers: Answers) -> None:
        self.given = Given()
        self._asking = Asking(answers)
        self._serving: Serving | None = None
        self._ended: BaseException = SystemExit(0)

    def run(self, load: Callable[[], object]) -> None:
        """Answer until `load`, in a thread, has ended, and then do what it left to be done."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda number, _: os._exit(128 + number))
        with Wire() as wire:
            beginning = self._while_loading(load, wire)
            if self._serving is None:
                raise self._ended
            self._serving(beginning)

    def hand_over(self, serving: Serving) -> None:
        """Leave this to be done in the main thread, where signals arrive."""
        self._serving = serving

    def _while_loading(self, load: Callable[[], object], wire: Wire) -> Beginning:
        loaded, loading = os.pipe()

        def do() -> None:
            try:
                load()
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                self._ended = error
            os.close(loading)

        pace = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        threading.Thread(target=do, daemon=True).start()
        beginning = self.answer_until(loaded, Intake(wire.incoming), Outgoing(wire.outgoing))
        sys.setswitchinterval(pace)
        os.close(loaded)
        return beginning

    def answer_until(self, loaded: int, intake: Intake, out: Outgoing) -> Beginning:
        """Answer until the other end of a pipe is closed."""
        waiting = select.poll()
        waiting.register(loaded, select.POLLHUP)
        waiting.register(intake.fd, select.POLLIN)
        while loaded not in [fd for fd, _ in waiting.poll()]:
            self.hear(intake, out)
            if intake.over or len(intake.lines) > _AHEAD:
                waiting.unregister(intake.fd)
        return Beginning(intake, out.fd, out.waiting, self.given)

    def hear(self, intake: Intake, out: Outgoing) -> None:
        """Read what is there, and answer what is known of it."""
        for line in intake.read():
            answer = self._asking.answer(line) if isinstance(line, bytes) else None
            if answer is not None:
                self._answer(answer, out)

    def _answer(self, answer: Answer, out: Outgoing) -> None:
        self.given.add(*answer)
        out.put(answer[1])
        try:
            told = out.flush()
        except ConnectionError:
            told = False
        if not told:
            # Whoever takes over waits for the host, or sees that it is gone.
            self._asking.stop()
