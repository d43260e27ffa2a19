"""`harmonica-mcp doctor` as a whole."""

import ast
import json
import platform
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import stamina
from click.testing import CliRunner, Result

import harmonica_mcp
from harmonica_mcp.cli import main
from harmonica_mcp.cli.doctor import command, report, versions, wire
from harmonica_mcp.cli.doctor.report import Check, Report
from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox
from tests.cli.running import WITHOUT_MCP, run

KEY = "hm_live_" + "0123456789abcdef" * 2
CANARIES = ("0123456789abcdef", "canary-secret-" + "s" * 40, "canary-token-" + "t" * 40)
NAMES = ["versions", "settings", "key", "api", "edition", "round_trip", "hosts"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["format", "exit_code", "checks"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": 1},
        "exit_code": {"enum": [0, 1, 2]},
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "state", "text", "details", "facts"],
                "additionalProperties": False,
                "properties": {
                    "name": {"enum": NAMES},
                    "state": {"enum": ["ok", "note", "failed", "skipped"]},
                    "text": {"type": "string"},
                    "details": {"type": "array", "items": {"type": "string"}},
                    "facts": {"type": "object"},
                },
            },
        },
    },
}


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """Harmonica in this process; the round trip, which takes seconds, is made elsewhere."""
    made = Sandbox()

    def pool(*_: object, **more: Any) -> Pool:
        return Pool("http://127.0.0.1", app=made.app, **more)

    def round_trip(transport: str) -> Check:
        return Check("round_trip", "ok", f"over {transport}")

    monkeypatch.setattr(command, "Pool", pool)
    monkeypatch.setattr(wire, "examine", round_trip)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return made


def doctor(*arguments: str, **settings: str) -> Result:
    """Run the command with these settings."""
    with stamina.set_testing(True, attempts=2):
        return CliRunner().invoke(
            main, ["doctor", *arguments], env={"HARMONICA_API_KEY": KEY} | settings
        )


@pytest.mark.usefixtures("sandbox")
def test_all_is_well() -> None:
    """Every check stands on its line, and the exit code is 0."""
    told = doctor()
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("ok ")] == NAMES
    assert lines[-1] == "No key or secret is in this report: it can be pasted into an issue."


@pytest.mark.parametrize(("key", "code"), [(KEY, 0), ("", 1), ("sk-secret", 2)])
def test_json_keeps_its_form(sandbox: Sandbox, key: str, code: int) -> None:
    """Programs find the same checks in the same form, whatever the outcome."""
    told = doctor("--json", HARMONICA_API_KEY=key)
    report = json.loads(told.stdout)
    jsonschema.validate(report, SCHEMA)
    assert [check["name"] for check in report["checks"]] == NAMES
    assert told.exit_code == report["exit_code"] == code
    assert "sk-secret" not in told.output
    assert bool(sandbox.requests) is (code < 2)


def test_a_failure_ends_with_1(sandbox: Sandbox) -> None:
    """A script sees that something does not work."""
    sandbox.revoked.add(KEY)
    told = doctor("--transport", "http")
    assert told.exit_code == 1
    assert "\nFAILED  api         http://127.0.0.1/api/v1: Harmonica did not accept" in told.stdout
    assert "\nskipped edition     " in told.stdout
    assert "\nok      round_trip  over http\n" in told.stdout


@pytest.mark.usefixtures("sandbox")
def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container whose user nobody knows there are no hosts, and all else is checked."""

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    told = doctor()
    assert told.exit_code == 0
    assert "skipped hosts       not looked for: this user has no home folder" in told.stdout


def test_no_secret_is_in_the_report(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither settings nor hosts' files nor Harmonica itself bring a secret into it."""
    echo = {"error": {"code": "forbidden", "message": f"No access for {KEY}"}}
    sandbox.faults.add("GET /projects", status=500, body=echo, times=2)
    sandbox.faults.add("GET /me", times=2, body={"id": "1", "name": f"\x1b[31m{KEY}"})
    (tmp_path / ".cursor").mkdir()
    entry = {"command": f"/gone/{KEY}", "env": {"HARMONICA_API_KEY": KEY}}
    (tmp_path / ".cursor" / "mcp.json").write_text(json.dumps({"mcpServers": {"harmonica": entry}}))
    secrets = {"HARMONICA_SECRET": CANARIES[1], "HARMONICA_METRICS_TOKEN": CANARIES[2]}
    for arguments in ((), ("--json",)):
        told = doctor(*arguments, **secrets)
        assert told.exit_code == 0
        assert "\x1b" not in told.output
        assert not any(canary in told.output for canary in CANARIES)
        assert str(tmp_path) not in told.output


def test_a_real_run_with_nobody_there() -> None:
    """As typed, with an address where nobody listens, it tells what fails and what does not."""
    settings = {"HARMONICA_API_URL": "http://127.0.0.1:9", "HARMONICA_API_KEY": KEY}
    done = run("-m", "harmonica_mcp", "doctor", "--json", **settings)
    assert (done.returncode, done.stderr) == (1, "")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["api"]["facts"]["error"] == "ConnectionFailed"
    assert checks["round_trip"]["state"] == "ok"


def test_an_environment_that_lets_no_request_leave() -> None:
    """A proxy that cannot be used is a failed check that names its variable, not its password."""
    settings = {"HARMONICA_API_KEY": KEY, "all_proxy": "ftp://me:sesame@proxy.example"}
    done = run("-m", "harmonica_mcp", "doctor", **settings)
    assert (done.returncode, done.stderr) == (1, "")
    assert "The proxy in all_proxy cannot be used" in done.stdout
    assert "sesame" not in done.stdout
    assert "\nok      round_trip  " in done.stdout


def test_without_mcp_all_else_is_checked() -> None:
    """Where `mcp` cannot be loaded, the report says so instead of breaking."""
    settings = {"HARMONICA_API_URL": "http://127.0.0.1:9"}
    done = run("-c", WITHOUT_MCP, "doctor", **settings)
    assert done.returncode == 1
    assert "FAILED  key         HARMONICA_API_KEY is not set here" in done.stdout


def test_versions_name_what_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package that is missing and the command's place are told."""
    monkeypatch.setattr(versions, "_PACKAGES", ("mcp", "no-such-package"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    program = tmp_path / "harmonica-mcp"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    told = versions.examine()
    assert platform.python_version() in told.text
    assert told.facts["packages"]["no-such-package"] == "missing"
    assert told.details[1] == f"harmonica-mcp on the PATH is {Path('~/harmonica-mcp')}"
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert "not on the PATH" in versions.examine().details[1]


def test_facts_of_every_kind_are_kept() -> None:
    """Numbers, lists and nothing stay what they are; texts are made safe wherever they stand."""
    facts = {"list": [f"x {KEY}", 1], "none": None, "deep": {"text": "a\u202eb"}}
    told = Report([Check("api", "ok", "fine", facts=facts)]).to_json()
    assert told["checks"][0]["facts"] == {
        "list": ["x hm_live_(hidden)", 1],
        "none": None,
        "deep": {"text": "ab"},
    }
    assert told["format"] == report.FORMAT


def _texts() -> str:
    """Every text of the program, a line each."""
    package = Path(harmonica_mcp.__file__).parent
    trees = (ast.parse(path.read_text()) for path in package.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(node.value for node in nodes if isinstance(node.value, str))


def test_messages_that_the_document_quotes_are_real() -> None:
    """Who looks for what doctor says in docs/troubleshooting.md finds the program's own words."""
    text = (Path(__file__).parents[3] / "docs" / "troubleshooting.md").read_text()
    rows = re.findall(r"^\| [^|]+ \| `([^|]+)` \| [^|]+ \|$", text, re.MULTILINE)
    assert len(rows) == 19
    known = _texts()
    # A sentence can be put together from a setting's name and another text.
    assert [row for row in rows if row.removeprefix("HARMONICA_API_KEY: ") not in known] == []
