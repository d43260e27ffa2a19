"""A Redis for servers of several processes, where there is a `redis-server`."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def redis_settings() -> Generator[dict[str, str] | None]:
    """Run one on loopback for as long as the context lasts; gives the settings that lead to it."""
    program = shutil.which("redis-server")
    if program is None or find_spec("redis") is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    with tempfile.TemporaryDirectory() as folder:
        redis = subprocess.Popen(
            [program, *options], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(port)
            yield {
                "HARMONICA_REDIS_URL": f"redis://127.0.0.1:{port}/0",
                "HARMONICA_SECRET": "only for a measurement on this machine",
            }
        finally:
            redis.terminate()
            redis.wait()


def _wait_for(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
