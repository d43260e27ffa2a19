"""What the examples over HTTP speak to: a server on its embedded sandbox, on a free port."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

COMMAND = ["harmonica-mcp", "serve", "--transport", "http", "--port", "0", "--sandbox"]


@contextmanager
def sandbox_server() -> Generator[str]:
    """Serve for as long as the context lasts; gives the address of /mcp."""
    # Over HTTP every request brings its own key, and the server refuses to have one.
    env = {name: value for name, value in os.environ.items() if name != "HARMONICA_API_KEY"}
    with subprocess.Popen(COMMAND, env=env, stderr=subprocess.PIPE, text=True) as server:
        lines = server.stderr or []
        try:
            # Serving MCP at http://127.0.0.1:41234/mcp (…)
            yield next(line.split()[3] for line in lines if line.startswith("Serving MCP at"))
        finally:
            server.terminate()
            server.communicate()
