"""What is published: the registry's description, the bundle, links that install, workflows."""

import json
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import jsonschema
import pytest
import yaml

from harmonica_mcp import __version__
from harmonica_mcp.server.options import DEFAULT, TOOLSETS
from harmonica_mcp.settings import Settings
from tests.transports.wire import environment

ROOT = Path(__file__).parent.parent
REGISTRY: dict[str, Any] = json.loads((ROOT / "server.json").read_text())
WORKFLOWS = {path.name: path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml")}


def test_the_registry_can_take_the_description() -> None:
    """Its form is the registry's, its version the package's, and the key is a secret."""
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", REGISTRY["name"])
    assert 1 <= len(REGISTRY["description"]) <= 100
    [package] = REGISTRY["packages"]
    assert REGISTRY["version"] == package["version"] == __version__
    key, *others = package["environmentVariables"]
    assert (key["name"], key["isRequired"], key["isSecret"]) == ("HARMONICA_API_KEY", True, True)
    for variable in others:
        assert variable["name"].removeprefix("HARMONICA_").lower() in Settings.model_fields
        assert not variable["isRequired"]


def test_the_description_keeps_the_published_schema() -> None:
    """Every field is one that the schema of 2025-12-11 knows, of its type, form and length."""
    text = {"type": "string", "minLength": 1}
    link = {"type": "string", "pattern": r"^https://[^\s]+$", "maxLength": 255}
    exact = text | {"pattern": r"^\d+\.\d+\.\d+\S*$", "maxLength": 255}
    variable = _exactly(
        {
            "name": text | {"pattern": "^[A-Z][A-Z0-9_]*$"},
            "description": text,
            "format": {"enum": ["string", "number", "boolean", "filepath"]},
            "isRequired": {"type": "boolean"},
            "isSecret": {"type": "boolean"},
        },
        "name",
    )
    package = _exactly(
        {
            "registryType": {"enum": ["npm", "pypi", "oci", "nuget", "mcpb", "cargo"]},
            "identifier": text,
            "version": exact,
            "runtimeHint": {"enum": ["npx", "uvx", "docker", "dnx"]},
            "transport": _exactly({"type": {"const": "stdio"}}, "type"),
            "environmentVariables": {"type": "array", "items": variable},
        },
        "registryType",
        "identifier",
        "transport",
    )
    server = _exactly(
        {
            "$schema": link | {"pattern": r"/schemas/2025-12-11/server\.schema\.json$"},
            "name": text | {"pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "maxLength": 200},
            "title": text | {"maxLength": 100},
            "description": text | {"maxLength": 100},
            "websiteUrl": link,
            "version": exact,
            "packages": {"type": "array", "items": package, "minItems": 1},
        },
        "name",
        "description",
        "version",
    )
    jsonschema.Draft7Validator(server).validate(REGISTRY)  # pyright: ignore[reportUnknownMemberType]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(REGISTRY | {"description": "x" * 101}, server)  # pyright: ignore[reportUnknownMemberType]


def _exactly(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def test_the_registry_finds_its_name_in_what_is_published() -> None:
    """The README, which is the package's page, and the image prove whose the name is."""
    assert f"<!-- mcp-name: {REGISTRY['name']} -->" in (ROOT / "README.md").read_text()
    label = f'io.modelcontextprotocol.server.name="{REGISTRY["name"]}"'
    assert label in (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle for Claude Desktop, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    for where in (folder, folder / "again"):
        subprocess.run(
            [sys.executable, ".ci/mcpb.py", str(where)], cwd=ROOT, check=True, capture_output=True
        )
    packed = folder / "harmonica-mcp.mcpb"
    assert packed.read_bytes() == (folder / "again" / packed.name).read_bytes()
    with ZipFile(packed) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_bundle_says_what_the_server_has(bundle: Path) -> None:
    """Its tools are the default ones, its version the package's, its key is kept secret."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert (manifest["manifest_version"], manifest["version"]) == ("0.4", __version__)
    assert [tool["name"] for tool in manifest["tools"]] == [
        tool for toolset in DEFAULT for tool in TOOLSETS[toolset]
    ]
    assert all(tool["description"] for tool in manifest["tools"])
    key = manifest["user_config"]["api_key"]
    assert (key["sensitive"], key["required"]) == (True, True)
    environment = manifest["server"]["mcp_config"]["env"]
    assert environment["HARMONICA_API_KEY"] == "${user_config.api_key}"
    assert [name.removeprefix("HARMONICA_").lower() for name in environment] == list(
        manifest["user_config"]
    )


def test_the_bundle_serves_with_fields_left_empty(bundle: Path) -> None:
    """A host passes on the placeholders of fields that nobody filled in: they count as not set."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    started = subprocess.run(
        [sys.executable, str(bundle / manifest["server"]["entry_point"])],
        env=environment(**manifest["server"]["mcp_config"]["env"], PYTHONPATH=str(bundle)),
        cwd=bundle,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
    assert {path.name for path in bundle.iterdir()} >= {"pyproject.toml", "README.md", "LICENSE"}


def _link(host: str) -> tuple[str, dict[str, str]]:
    document = (ROOT / "docs" / "hosts.md").read_text()
    links: list[str] = re.findall(rf"\[Add to {host}\]\((https://[^)]*)\)", document)
    [url] = links
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}", {n: v[0] for n, v in parse_qs(parts.query).items()}


def test_the_link_for_cursor_holds_the_configuration() -> None:
    """Cursor decodes from it the command, and a place for the key."""
    address, query = _link("Cursor")
    assert (address, query["name"]) == ("cursor.com/en/install-mcp", "harmonica")
    assert json.loads(b64decode(query["config"])) == {
        "command": "uvx",
        "args": ["harmonica-mcp"],
        "env": {"HARMONICA_API_KEY": "hm_live_…"},
    }


def test_the_link_for_vs_code_asks_for_the_key() -> None:
    """VS Code asks for the key without showing it and gives it to the command."""
    address, query = _link("VS Code")
    assert (address, query["name"]) == ("insiders.vscode.dev/redirect/mcp/install", "harmonica")
    [asked] = json.loads(query["inputs"])
    assert (asked["type"], asked["password"]) == ("promptString", True)
    assert json.loads(query["config"]) == {
        "type": "stdio",
        "command": "uvx",
        "args": ["harmonica-mcp"],
        "env": {"HARMONICA_API_KEY": f"${{input:{asked['id']}}}"},
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_use_pinned_actions_and_few_rights(name: str) -> None:
    """Each action is one commit with its version beside it; rights are given job by job."""
    uses = re.findall(r"uses: (.*)", WORKFLOWS[name])
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    workflow = yaml.safe_load(WORKFLOWS[name])
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"]
        assert job["timeout-minutes"]


def test_only_who_must_can_write_or_prove_who_they_are() -> None:
    """Nothing but the release can write, nothing but publishing gets an identity; no secrets."""
    jobs = yaml.safe_load(WORKFLOWS["release.yml"])["jobs"]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "pypi": {"id-token": "write"},
        "github": {"contents": "write"},
        "registry": {"contents": "read", "id-token": "write"},
    }
    assert jobs["pypi"]["environment"] == "pypi"
    owner = REGISTRY["name"].removeprefix("io.github.").partition("/")[0]
    assert jobs["registry"]["if"] == f"github.repository_owner == '{owner}'"
    assert not any("secrets." in text for text in WORKFLOWS.values())


def test_continuous_integration_runs_on_every_promised_python() -> None:
    """What the package's page promises is what is checked."""
    matrix = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"]["checks"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text()
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", project)
