"""`harmonica-mcp sandbox`: an embedded Harmonica over HTTP on this machine."""

import click

from harmonica_mcp.cli.serve import EXAMPLE_KEY, listen_or_fail
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.transports.listening import address
from harmonica_mcp.transports.running import run_app


def serve_sandbox(port: int) -> None:
    """Serve a fresh sandbox until a signal ends it; keys and data are forgotten then."""
    listening = listen_or_fail("127.0.0.1", port)
    click.echo(f"Harmonica sandbox at {address(listening)}/api/v1, in memory.", err=True)
    click.echo(f"Any key of the usual form has its own data, such as {EXAMPLE_KEY}", err=True)
    run_app(Sandbox(address(listening)).app, listening, date_header=False)
