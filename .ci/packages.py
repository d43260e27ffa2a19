"""What other places need to know of this package: the MCP registry, and links that install it."""

import json
import tomllib
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, urlencode

from harmonica_mcp._version import __version__
from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.places import Machine, place
from harmonica_mcp.settings import Settings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Not `…/harmonica-mcp`, where Harmonica's own server in TypeScript lives. Only who publishes for
# this owner on GitHub can use the name; who else publishes changes it, tests say where.
REGISTRY_NAME = "io.github.harmonicabot/harmonica-mcp-python"
KEY_DESCRIPTION = "In Harmonica under Profile, API Keys; it begins with hm_live_"
_ASKED = ("api_key", "toolsets", "read_only", "lockdown")


def server_json() -> str:
    """The description for the MCP registry."""
    package = {
        "registryType": "pypi",
        "identifier": PROJECT["name"],
        "version": __version__,
        "runtimeHint": "uvx",
        "transport": {"type": "stdio"},
        "environmentVariables": [_variable(name) for name in _ASKED],
    }
    server = {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": REGISTRY_NAME,
        "title": "Harmonica",
        "description": PROJECT["description"],
        "websiteUrl": "https://harmonica.chat",
        "version": __version__,
        "packages": [package],
    }
    return json.dumps(server, indent=2) + "\n"


def _variable(name: str) -> dict[str, object]:
    field = Settings.model_fields[name]
    secret = name == "api_key"
    return {
        "name": f"HARMONICA_{name.upper()}",
        "description": KEY_DESCRIPTION if secret else field.description,
        "isRequired": secret,
        "isSecret": secret,
        "format": "boolean" if field.annotation is bool else "string",
    }


def install_links() -> str:
    """Links that add the server to a host, once it is on PyPI and where uv is."""
    command = {"command": "uvx", "args": [PROJECT["name"]]}
    key = {"type": "promptString", "id": "harmonica_key", "description": "Harmonica API key"}
    cursor = urlencode({"name": "harmonica", "config": _base64(command | _with("hm_live_…"))})
    vscode = urlencode(
        {
            "name": "harmonica",
            "inputs": json.dumps([key | {"password": True}]),
            "config": json.dumps({"type": "stdio", **command, **_with("${input:harmonica_key}")}),
        },
        quote_via=quote,
    )
    vscode = f"https://insiders.vscode.dev/redirect/mcp/install?{vscode}"
    return (
        f"- [Add to Cursor](https://cursor.com/en/install-mcp?{cursor}), then fill in your key\n"
        f"- [Add to VS Code]({vscode}), which asks for your key"
    )


def _with(key: str) -> dict[str, dict[str, str]]:
    return {"env": {"HARMONICA_API_KEY": key}}


def _base64(value: object) -> str:
    return b64encode(json.dumps(value).encode()).decode()


def hosts() -> str:
    """Make the table of hosts and their files."""
    rows = ["| Host | Command | Linux | macOS | Windows |", "|---|---|---|---|---|"]
    for host in HOSTS.values():
        found = [
            str(place(host.name, Machine(platform, Path(home), {"APPDATA": "%APPDATA%"})))
            for platform, home in (("linux", "~"), ("darwin", "~"), ("win32", "%USERPROFILE%"))
        ]
        files = [f"`{path}`" for path in found]
        files[2] = files[2].replace("/", "\\")
        rows.append(f"| {host.title} | `harmonica-mcp install {host.name}` | {' | '.join(files)} |")
    return "\n".join(rows)
