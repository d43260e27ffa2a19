"""`python -m harmonica_mcp` is the same as `harmonica-mcp`."""

from harmonica_mcp.cli import main

main(prog_name="harmonica-mcp")
