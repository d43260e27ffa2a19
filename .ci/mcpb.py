"""Build the bundle for Claude Desktop: `python .ci/mcpb.py DIRECTORY` writes harmonica-mcp.mcpb."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packages import KEY_DESCRIPTION, PROJECT, ROOT

from harmonica_mcp._version import __version__
from harmonica_mcp.server.catalog import catalog
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.toolsets import chosen_tools
from harmonica_mcp.settings import Settings

# What the package is built from where the bundle runs.
_FILES = ("pyproject.toml", "README.md", "LICENSE")
_TITLES = {
    "api_key": "Harmonica API key",
    "toolsets": "Toolsets",
    "read_only": "Only tools that change nothing",
    "lockdown": "Never what single people said",
}


def manifest() -> dict[str, object]:
    """What the bundle says of itself; its tools are those that the server has by default."""
    config = {name: _asked(name) for name in _TITLES}
    tools = catalog(chosen_tools(Options()))
    return {
        "manifest_version": "0.4",
        "name": PROJECT["name"],
        "display_name": "Harmonica",
        "version": __version__,
        "description": PROJECT["description"],
        "author": {"name": "The harmonica-mcp developers", "url": "https://harmonica.chat"},
        "homepage": "https://harmonica.chat",
        "license": PROJECT["license"],
        "keywords": PROJECT["keywords"],
        "server": {
            "type": "uv",
            "entry_point": "harmonica_mcp/__main__.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "harmonica-mcp"],
                "env": {f"HARMONICA_{n.upper()}": f"${{user_config.{n}}}" for n in config},
            },
        },
        "tools": [{"name": tool.name, "description": tool.purpose} for tool in tools],
        "tools_generated": True,
        "prompts_generated": True,
        "user_config": config,
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": PROJECT["requires-python"]},
        },
    }


def _asked(name: str) -> dict[str, object]:
    field = Settings.model_fields[name]
    boolean = field.annotation is bool
    asked: dict[str, object] = {
        "type": "boolean" if boolean else "string",
        "title": _TITLES[name],
        "description": str(field.description),
        "required": name == "api_key",
    }
    if name == "api_key":
        asked |= {"description": KEY_DESCRIPTION, "sensitive": True}
    return asked | ({"default": False} if boolean else {})


def contents() -> Iterator[Path]:
    """The files of the bundle, its manifest apart."""
    yield from (ROOT / name for name in _FILES)
    for path in sorted((ROOT / "harmonica_mcp").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def build(directory: Path) -> Path:
    """Write the bundle, the same bytes for the same contents."""
    directory.mkdir(parents=True, exist_ok=True)
    bundle = directory / "harmonica-mcp.mcpb"
    with ZipFile(bundle, "w", ZIP_DEFLATED) as archive:
        _add(archive, "manifest.json", json.dumps(manifest(), indent=2).encode())
        for path in contents():
            _add(archive, path.relative_to(ROOT).as_posix(), path.read_bytes())
    return bundle


def _add(archive: ZipFile, name: str, content: bytes) -> None:
    entry = ZipInfo(name)  # Dated 1980, whenever it is built.
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, ZIP_DEFLATED)


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))}\n")
