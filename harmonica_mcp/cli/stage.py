"""The demo's stage: does each step and shows it."""

import json
import textwrap
from collections.abc import Iterable
from typing import Any

import click
from mcp import Client
from mcp_types import TextContent, TextResourceContents

_WIDTH = 96
_LINES = 12
_ARGUMENT = 60


class StepFailed(Exception):
    """A step of the demo did not do what it should."""


class Stage:
    """Performs steps through an MCP client and prints them as they happen."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._step = 0

    async def list_tools(self) -> None:
        """Ask which tools there are."""
        self._announce("tools/list")
        tools = (await self.client.list_tools()).tools
        self.expect(tools, "there are no tools")
        self._show(f"{len(tools)} tools: {', '.join(tool.name for tool in tools)}")

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """Call a tool and give its structured answer."""
        self._announce(f"{tool}({', '.join(_shortened(arguments))})")
        result = await self.client.call_tool(tool, arguments, progress_callback=self._progress)
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        self.expect(not result.is_error, text)
        self._show(text)
        return dict(result.structured_content or {})

    async def read_markdown(self, uri: str) -> None:
        """Read a resource, which must be Markdown."""
        self._announce(f"resources/read {uri}")
        (content,) = (await self.client.read_resource(uri)).contents
        markdown = isinstance(content, TextResourceContents) and content.text
        self.expect(markdown and content.mime_type == "text/markdown", "it is not Markdown")
        self._show(str(markdown))

    def expect(self, truth: object, otherwise: str) -> None:
        """Go on only where something holds.

        Raises:
            StepFailed: It does not.
        """
        if not truth:
            raise StepFailed(f"step {self._step}: {otherwise}")

    def _announce(self, what: str) -> None:
        self._step += 1
        click.echo(f"\n{click.style(f'{self._step:>2}', dim=True)}  {click.style(what, bold=True)}")

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        share = f"{progress / total:4.0%} " if total else ""
        click.secho(f"    … {share}{message or ''}", fg="cyan")

    def _show(self, text: str) -> None:
        lines = [
            line
            for paragraph in text.splitlines()
            for line in textwrap.wrap(paragraph, _WIDTH) or [""]
        ]
        for line in lines[:_LINES]:
            click.echo(f"    {line}".rstrip())
        if len(lines) > _LINES:
            click.secho(f"    … {len(lines) - _LINES} more lines", dim=True)


def _shortened(arguments: dict[str, object]) -> Iterable[str]:
    for name, value in arguments.items():
        text = json.dumps(value, ensure_ascii=False)
        yield f"{name}={text if len(text) <= _ARGUMENT else text[:_ARGUMENT] + '…'}"
