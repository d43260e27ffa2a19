"""Write the generated parts of the documents from the code, or check that they are in step.

python .ci/docs.py --write    after a change of tools or settings
python .ci/docs.py --check    in continuous integration
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from operations import operations
from packages import hosts, install_links, server_json

from harmonica_mcp.server.catalog import catalog, readme_table, toolset_catalog, toolsets_table
from harmonica_mcp.server.prompts import offers, tools_in
from harmonica_mcp.settings import Settings

ROOT = Path(__file__).parent.parent


def tools() -> str:
    """Make the table of all tools."""
    return readme_table(catalog())


def toolsets() -> str:
    """Make the table of toolsets."""
    return toolsets_table(toolset_catalog())


def _written(default: object) -> object:
    """A default as one would write it into a variable."""
    return f"{default:g}" if isinstance(default, bool | float) else default


def settings() -> str:
    """Make the table of settings."""
    rows = ["| Variable | Default | What it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, (), False) else f"`{_written(field.default)}`"
        rows.append(f"| `HARMONICA_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def prompts() -> str:
    """Make the table of prompts, as they are with all tools."""
    rows = ["| Prompt | What it does | Arguments | Tools it names |", "|---|---|---|---|"]
    for name, offer in offers({entry.name for entry in catalog()}).items():
        listed = offer.listed()
        takes = [f"`{a.name}`{' *' if a.required else ''}" for a in listed.arguments or []]
        tools = [f"`{tool}`" for tool in tools_in(offer.text)]
        rows.append(
            f"| `{name}` | {listed.description} | {', '.join(takes)} | {', '.join(tools)} |"
        )
    return "\n".join(rows)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "tools": tools,
    "toolsets": toolsets,
    "operations": operations,
    "settings": settings,
    "prompts": prompts,
    "hosts": hosts,
    "install_links": install_links,
}
FILES: Mapping[str, Callable[[], str]] = {"server.json": server_json}
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def regenerate(text: str) -> str:
    """Replace every generated block of a document by what the code says now."""
    return _BLOCK.sub(lambda block: block[1] + BLOCKS[block[2]]() + "\n" + block[3], text)


def main(arguments: list[str]) -> int:
    """Run the command line."""
    stale = 0
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for path in [*documents, *(ROOT / name for name in FILES)]:
        text = path.read_text() if path.exists() else ""
        new = FILES[path.name]() if path.name in FILES else regenerate(text)
        if text != new and "--write" in arguments:
            path.write_text(new)
        elif text != new:
            stale += 1
            sys.stderr.write(f"{path.name} is not in step: run python .ci/docs.py --write\n")
    return min(stale, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
