"""A host that speaks to a server over its stdin and stdout, one thread and no event loop."""

import itertools
import json
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from bench.serving import PATIENCE, Program
from bench.wire import LEGACY, Failed, Json, hello, message, result_of

_LONGEST = 900.0
"""Seconds after which a server that says nothing more is ended."""


class StdioHost(Program):
    """A server process, and a host of an era that speaks to it.

    Args:
        words: what starts the server.
        env: its environment.
        stderr: where it writes what is no message.
        era: the protocol.
    """

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], stderr: IO[bytes], era: str = LEGACY
    ) -> None:
        process = subprocess.Popen(
            list(words), env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        )
        super().__init__(process)
        assert process.stdin
        assert process.stdout
        self.era = era
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, stderr
        self._number = 0

    def send(self, method: str, params: Json | None = None, *, notify: bool = False) -> int:
        """Send a message without waiting."""
        self._number += not notify
        number = None if notify else self._number
        sent = json.dumps(message(self.era, number, method, params)).encode()
        self._stdin.write(sent + b"\n")
        self._stdin.flush()
        return self._number

    def next_answer(self) -> Json:
        """Wait for the next answer, whichever it is."""
        for line in self._stdout:
            answer: Json = json.loads(line)
            if "id" in answer and "method" not in answer:
                return answer
        raise Failed(f"The server is gone: {self._last_words()}")

    def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and give the result; nothing else is under way."""
        number = self.send(method, params)
        answer = self.next_answer()
        if answer["id"] != number:
            raise Failed(f"An answer to {answer['id']} where {number} was asked")
        return result_of(answer)

    def open(self) -> None:
        """Begin as a host of its era does."""
        self.ask(*hello(self.era))
        self.begun()

    def begun(self) -> None:
        """Tell that the first answer was heard, where the era wants that."""
        if self.era == LEGACY:
            self.send("notifications/initialized", notify=True)

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool and give the result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def pipeline(self, calls: Sequence[Json], at_once: int) -> None:
        """Make calls, so many of them under way at a time."""
        waiting = iter(calls)
        for call in itertools.islice(waiting, at_once):
            self.send("tools/call", call)
        for _ in calls:
            result_of(self.next_answer())
            if call := next(waiting, None):
                self.send("tools/call", call)

    def close(self) -> None:
        """Hang up, as hosts do, and wait for the server's end."""
        with suppress(BrokenPipeError):
            self._stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.process.kill()
        self.process.wait()
        self._stdout.close()

    def _last_words(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")[-500:]


@contextmanager
def hosted(words: Sequence[str], env: Mapping[str, str], era: str = LEGACY) -> Generator[StdioHost]:
    """Start a server; it ends with the context, and when it says nothing for very long."""
    with tempfile.TemporaryFile() as stderr:
        host = StdioHost(words, env, stderr, era)
        watch = threading.Timer(_LONGEST, host.process.kill)
        watch.daemon = True
        watch.start()
        try:
            yield host
        finally:
            watch.cancel()
            host.close()
