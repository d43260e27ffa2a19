"""Python as a test runs it, where something may be missing."""

import subprocess
import sys

from tests.transports.wire import environment


def without(*packages: str) -> str:
    """The program of the command where these packages cannot be imported."""
    return f"""
import sys
sys.modules.update(dict.fromkeys({packages}))
from harmonica_mcp.cli import main
main(sys.argv[1:], prog_name="harmonica-mcp")
"""


WITHOUT_MCP, WITHOUT_REDIS = without("mcp"), without("redis")


def run(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments, and these Harmonica settings only, to its end."""
    return subprocess.run(
        [sys.executable, *command],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
