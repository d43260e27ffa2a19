"""Every snippet that README and documents show is tested, and here stands where."""

import json
import re
import shlex
import tomllib

import jsonschema
import pytest
import yaml

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox
from tests.documents.shown import BLOCKS, ROOT, Block
from tests.transports.wire import key

HERE = "tests/documents/test_blocks.py"
COMMANDS = "tests/documents/test_commands.py"
EXAMPLES = "tests/examples/test_examples.py"
TESTED_BY = {
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/harmonica-mcp demo": (
        f"{COMMANDS}::test_the_first_command_of_the_readme"
    ),
    'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/python -m pytest': (
        f"{HERE}::test_ci_runs_what_documents_say_it_runs"
    ),
    ".venv/bin/harmonica-mcp install claude-desktop": f"{COMMANDS}::test_commands_that_end",
    "harmonica-mcp serve --transport http --host 127.0.0.1 --port 8000": (
        f"{COMMANDS}::test_commands_that_serve"
    ),
    "from harmonica_mcp import HarmonicaClient": f"{HERE}::test_the_python_of_the_readme",
    "harmonica-mcp --compat typescript": f"{COMMANDS}::test_commands_that_serve",
    "export HARMONICA_API_KEY=hm_live_…": (
        "tests/cli/export/test_export.py::test_the_documents_commands_work"
    ),
    "notes/": "tests/cli/export/test_export.py::test_the_documents_tree_is_what_is_written",
    "python3 -m venv .venv && .venv/bin/pip install .": f"{EXAMPLES}::test_a_framework",
    # What the image starts; there is no Docker here.
    "docker build -t harmonica-mcp .": (
        "tests/test_container.py::test_the_entry_point_is_the_command"
    ),
    'python3 -m venv .venv && .venv/bin/pip install ".[metrics,otel]"': (
        f"{COMMANDS}::test_commands_that_serve"
    ),
    "harmonica-mcp INFO: call tool=get_session outcome=done seconds=0.213 requests=1 status=200 "
    "caller=b99fc9da": "tests/transports/test_call_log.py::test_http_logs_each_call",
    # Only its form: the program is another's.
    "claude mcp add harmonica --scope user -e HARMONICA_API_KEY=hm_live_… -- "
    "/full/path/to/.venv/bin/harmonica-mcp": f"{HERE}::test_the_line_for_claude_code",
    "claude mcp add --transport http harmonica": f"{HERE}::test_the_line_for_a_server_over_http",
    "pip install 'harmonica-mcp[redis]'": f"{COMMANDS}::test_the_lines_for_several_processes",
    "curl -H": "tests/examples/test_sandbox_document.py::test_the_request_that_it_shows",
    "harmonica-mcp doctor": f"{COMMANDS}::test_commands_that_end",
    # Only that it is understood: .ci/run has a short run of it.
    "python -m bench": "tests/bench/test_options.py::test_the_documents_lines_are_understood",
    "apt-get install chromium": f"{HERE}::test_ci_runs_what_documents_say_it_runs",
}
"""The first line of a block, or how it begins, and the test that runs it."""
BY_LANGUAGE = {
    "json": "tests/test_documents.py::test_host_configurations_are_those_that_the_installer_writes",
    "toml": "tests/test_documents.py::test_host_configurations_are_those_that_the_installer_writes",
    "python": "tests/examples/test_snippets.py::test_snippets_are_from_the_examples",
    "yaml": f"{HERE}::test_yaml",
    # Only their form, see docs/hosting.md: what reads them is no part of the project.
    "nginx": f"{HERE}::test_braces_and_ends",
    "caddy": f"{HERE}::test_braces_and_ends",
}


def of(*languages: str) -> list[Block]:
    """The blocks of these languages."""
    return [block for block in BLOCKS if block.language in languages]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_has_its_test(block: Block) -> None:
    """A new snippet needs a test, which is named here and exists."""
    longest = max(filter(block.first.startswith, TESTED_BY), key=len, default="")
    test = TESTED_BY.get(longest) or BY_LANGUAGE.get(block.language)
    assert test, f"No test is named for this block of {block.document}"
    path, _, name = test.partition("::")
    assert re.search(rf"^(?:async )?def {name}\b", (ROOT / path).read_text(), re.MULTILINE)


def test_no_test_is_named_for_nothing() -> None:
    """What the documents no longer show is not listed here."""
    firsts = [block.first for block in BLOCKS]
    assert [each for each in TESTED_BY if not any(f.startswith(each) for f in firsts)] == []


async def test_the_python_of_the_readme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's program, with a key and a sandbox, opens a session and shows its link."""
    [block] = [b for b in BLOCKS if (b.document, b.language) == ("README.md", "python")]
    program = block.text.replace("hm_live_…", key("0"))
    body = "\n".join(f"    {line}" for line in program.splitlines())
    space: dict[str, object] = {}
    async with Pool("https://sandbox.example.org", app=Sandbox().app) as pool:

        def connected(api_key: str) -> HarmonicaClient:
            return HarmonicaClient(api_key, pool=pool)

        monkeypatch.setattr("harmonica_mcp.HarmonicaClient", connected)
        exec(f"async def program():\n{body}\n", space)  # noqa: S102 - the snippet itself
        await space["program"]()  # pyright: ignore[reportCallIssue, reportUnknownVariableType, reportGeneralTypeIssues]
    assert re.fullmatch(r"https://\S+/chat\?s=hst_\w+\n", capsys.readouterr().out)


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_yaml(block: Block) -> None:
    """A snippet of YAML is a mapping of lists, with ports that are numbers."""
    read = yaml.safe_load(block.text)
    schema = {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}
    jsonschema.validate(read, schema)  # pyright: ignore[reportUnknownMemberType]
    assert "8000" in str(read)


@pytest.mark.parametrize("block", of("nginx", "caddy"), ids=str)
def test_braces_and_ends(block: Block) -> None:
    """What a proxy is told is whole: braces close, and nginx's statements end."""
    plain = re.sub(r"#.*", "", block.text)
    assert plain.count("{") == plain.count("}") > 0
    if block.language == "nginx":
        assert not re.search(r"[^{};\s]\s*\n", plain)
    assert ":8000" in plain


def test_the_line_for_claude_code() -> None:
    """It names the server, the key's variable, and after two dashes the command."""
    [line] = [block.first for block in BLOCKS if block.first.startswith("claude mcp add har")]
    told, command = line.split(" -- ")
    assert told.split()[3] == "harmonica"
    assert "-e HARMONICA_API_KEY=hm_live_…" in told
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert command.rpartition("/")[2] in scripts


def test_the_line_for_a_server_over_http() -> None:
    """It sends the key in the header that the server reads, as the snippet below it does."""
    [line] = [block.first for block in BLOCKS if block.first.startswith("claude mcp add --tr")]
    name, address, flag, header = shlex.split(line)[5:]
    assert (name, flag) == ("harmonica", "--header")
    [snippet] = [block.text for block in of("json") if '"url"' in block.text]
    field, _, value = header.partition(": ")
    entry = {"url": address, "headers": {field: value}}
    assert json.loads(snippet) == {"mcpServers": {name: entry}}


def test_ci_runs_what_documents_say_it_runs() -> None:
    """The README's line for tests is run as it stands; a browser is installed for the view's."""
    script = (ROOT / ".ci" / "run").read_text()
    assert "apt-get install -y -qq chromium" in script
    assert 'bash -c "$command"' in script
    [pattern] = re.findall(r"sed -n 's/(.*?)/\\1/p' README\.md", script)
    plain = pattern.replace(r"\(", "(").replace(r"\)", ")")
    [line] = re.findall(plain, (ROOT / "README.md").read_text(), re.MULTILINE)
    assert TESTED_BY[line].startswith(HERE)
