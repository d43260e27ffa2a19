"""Several processes that serve at one address."""

import logging
import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import multiprocess

from harmonica_mcp.transports.running import Server, config_for
from harmonica_mcp.transports.stopping import Stopping

log = logging.getLogger(__name__)


def run_workers(
    make: Callable[[Stopping], ASGIApp], listening: socket.socket, workers: int, grace: float
) -> None:
    """Serve with several processes, each with an app of its own; ends as `run_app` does.

    Args:
        make: makes the app; it and what it carries go to each process.
        listening: where all of them accept connections.
        workers: how many; one that dies is replaced.
        grace: seconds for what is under way after a signal.
    """
    config = config_for(cast("ASGIApp", _Factory(make, Stopping(grace))), grace)
    config.factory = True
    config.workers = workers
    before = signal.getsignal(signal.SIGTERM)
    supervisor = _Supervisor(config, [listening])
    # uvicorn's supervisor has no other place to say what it starts.
    multiprocess.Process = _Process
    supervisor.run()
    if supervisor.ended_by is None:
        sys.exit("harmonica-mcp: The server could not start.")
    if supervisor.ended_by == signal.SIGINT:
        sys.exit(130)
    signal.signal(supervisor.ended_by, before)
    signal.raise_signal(supervisor.ended_by)


@dataclass(frozen=True, slots=True)
class _Factory:
    """Makes the app in its process, where it hears of the end from the server there."""

    make: Callable[[Stopping], ASGIApp]
    stopping: Stopping

    def __call__(self) -> ASGIApp:
        return self.make(self.stopping)


class _Process(multiprocess.Process):
    """A process that serves as a single one would, and not longer than the one that started it."""

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        super().target(sockets)

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Server(self.config, cast("_Factory", self.config.app).stopping)
        return self._server


def _end_with_parent() -> None:
    """Wait until the process that started this one is gone, however it ended; then end in order."""
    cast("BaseProcess", multiprocessing.parent_process()).join()
    log.warning("The process that started this one is gone: ends with it.")
    signal.raise_signal(signal.SIGTERM)


class _Supervisor(multiprocess.Multiprocess):
    """uvicorn's own, which remembers what ended it."""

    ended_by: signal.Signals | None = None

    def handle_int(self) -> None:
        self.ended_by = signal.SIGINT
        super().handle_int()

    def handle_term(self) -> None:
        self.ended_by = signal.SIGTERM
        super().handle_term()
