"""`python -m harmonica_mcp` is the same as `harmonica-mcp`."""

from harmonica_mcp.cli.start import start

start()
