"""`harmonica-mcp catalog`: the tools as agents see them, and what they cost."""

import json
from dataclasses import replace

import click

from harmonica_mcp.cli.serve import settings
from harmonica_mcp.server.catalog import ToolEntry, catalog
from harmonica_mcp.server.result import count
from harmonica_mcp.server.toolsets import chosen_tools

_HINTS = {
    "readOnlyHint": ("reads", "writes"),
    "destructiveHint": ("replaces", None),
    "idempotentHint": ("repeatable", None),
}


def print_catalog(*, as_json: bool, **chosen: object) -> None:
    """Print the chosen tools, every one where none is chosen, as text or as JSON."""
    told = settings(**chosen)
    everything = not (told.toolsets or told.tools or told.compat)
    options = replace(told.options, toolsets=("all",)) if everything else told.options
    entries = catalog(chosen_tools(options))
    if as_json:
        click.echo(json.dumps([entry.to_json() for entry in entries], indent=2))
        return
    for entry in entries:
        click.echo(click.style(entry.name, bold=True) + f"  {entry.purpose}")
        click.echo(f"    {entry.toolset}; {hints(entry)}; {entry.tokens} tokens")
        click.echo(f"    {', '.join(entry.operations)}{_lookups(entry)}")
    total = sum(entry.tokens for entry in entries)
    click.echo(f"\n{count(len(entries), 'tool')}, {total:,} tokens (bytes of tools/list / 4)")


def hints(entry: ToolEntry) -> str:
    """A tool's hints in words; that a reading tool is repeatable goes without saying."""
    if entry.hints["readOnlyHint"]:
        return "reads"
    words = [yes if entry.hints[name] else no for name, (yes, no) in _HINTS.items()]
    if entry.risks:
        words.append(f"asks first ({', '.join(entry.risks)})")
    return ", ".join(word for word in words if word)


def _lookups(entry: ToolEntry) -> str:
    return f" (looks up: {', '.join(entry.lookups)})" if entry.lookups else ""
