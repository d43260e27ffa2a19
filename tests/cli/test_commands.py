"""The command line as a person types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harmonica_mcp import __version__
from harmonica_mcp.cli import main, serve
from harmonica_mcp.transports.listening import listen
from tests.cli.running import WITHOUT_MCP, WITHOUT_REDIS, run, without

KEY = "hm_live_" + "0" * 32

SHARED = {"HARMONICA_SECRET": "s" * 32, "HARMONICA_REDIS_URL": "redis://:hush@127.0.0.1:1/0"}


def refused(*arguments: str, **settings: str) -> str:
    """Run without `mcp` what must be refused, and give the one line that says why."""
    done = run("-c", WITHOUT_MCP, *arguments, **settings)
    assert done.returncode == 2
    assert done.stdout == ""
    line = done.stderr.removesuffix("\n")
    assert "\n" not in line
    return line


def test_the_version_is_told_without_mcp() -> None:
    """`--version` answers at once, without loading `mcp`."""
    done = run("-c", WITHOUT_MCP, "--version")
    assert (done.returncode, done.stdout) == (0, f"harmonica-mcp {__version__}\n")


@pytest.mark.parametrize(
    "command",
    ["", "serve", "sandbox", "demo", "catalog", "install", "uninstall", "export", "doctor"],
)
def test_help_is_given_without_mcp(command: str) -> None:
    """`--help` answers at once, without loading `mcp`, for every command."""
    done = run("-c", WITHOUT_MCP, *command.split(), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: harmonica-mcp {command}".strip())


def test_each_command_is_told_in_one_line() -> None:
    """The list of commands cuts no sentence short."""
    told = CliRunner().invoke(main, ["--help"], terminal_width=80).output
    assert all(f"\n  {name} " in told for name in main.commands)
    assert "..." not in told.partition("Commands:")[2]


def test_installing_needs_no_mcp(tmp_path: Path) -> None:
    """Setting a host up is quick, without loading `mcp`."""
    file = tmp_path / "mcp.json"
    done = run("-c", WITHOUT_MCP, "install", "cursor", "--sandbox", "--yes", "--file", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert file.is_file()


def test_the_module_is_the_command() -> None:
    """`python -m harmonica_mcp` is `harmonica-mcp`."""
    assert run("-m", "harmonica_mcp", "--version").stdout == f"harmonica-mcp {__version__}\n"


def test_bad_settings_are_told_without_mcp() -> None:
    """A setting that cannot be used is named, not shown, before anything is loaded."""
    line = refused(HARMONICA_API_KEY="sk-secret")
    assert line.startswith("harmonica-mcp: HARMONICA_API_KEY: ")
    assert "sk-secret" not in line
    assert "HARMONICA_API_URL" in refused(HARMONICA_API_URL="http://harmonica.example")


def test_what_leaves_no_tool_is_refused() -> None:
    """Names that are no toolset or tool, and choices that leave none, are told in one line."""
    assert "HARMONICA_TOOLSETS" in refused("--toolsets", "nonsense")
    assert "HARMONICA_TOOLS" in refused("serve", "--tools", "nonsense")
    assert "EXCLUDE_TOOLS" in refused("--tools", "get_summary", "--exclude-tools", "get_summary")


def test_unknown_settings_are_only_warned_about() -> None:
    """A misspelt setting does not keep the server from starting; a near one is suggested."""
    done = run("-m", "harmonica_mcp", HARMONICA_API_KEYS=KEY)
    assert done.returncode == 0
    assert "HARMONICA_API_KEYS is no setting" in done.stderr
    assert "HARMONICA_API_KEY?" in done.stderr
    assert KEY not in done.stderr


HTTP = ("serve", "--transport", "http")


def test_over_http_there_is_no_key_of_the_server() -> None:
    """With a key in the environment it does not serve HTTP, where each caller has their own."""
    line = refused(*HTTP, HARMONICA_API_KEY=KEY)
    assert "HARMONICA_API_KEY is set" in line
    assert "HARMONICA_API_KEY is set" in refused(*HTTP, "--sandbox", HARMONICA_API_KEY=KEY)


def test_redis_needs_its_extra() -> None:
    """Without the extra one line says what to install."""
    done = run("-c", WITHOUT_REDIS, *HTTP, **SHARED)
    assert done.returncode == 2
    assert "pip install 'harmonica-mcp[redis]'" in done.stderr
    assert "\n" not in done.stderr.removesuffix("\n")


def test_what_is_no_redis_is_told_in_one_line() -> None:
    """An address that Redis cannot have is refused before anything is served, and not shown."""
    line = refused(*HTTP, **SHARED | {"HARMONICA_REDIS_URL": "redis://:hush@host:port"})
    assert line == "harmonica-mcp: HARMONICA_REDIS_URL: that is no address of a Redis server."


@pytest.mark.parametrize("flag", ["--sessions", "--sandbox"])
def test_several_processes_serve_what_needs_no_one_process(flag: str) -> None:
    """Sessions and the sandbox live in one process: with several they are refused."""
    line = refused(*HTTP, "--workers", "2", flag, **SHARED)
    assert f"{flag} cannot be served by several processes" in line
    assert "HARMONICA_WORKERS above 1 needs HARMONICA_REDIS_URL" in refused(*HTTP, "--workers", "2")


@pytest.mark.parametrize("flag", ["--port=8000", "--host=127.0.0.1", "--sessions", "--workers=2"])
def test_flags_of_http_are_refused_over_stdio(flag: str) -> None:
    """Who forgets the transport is told so, and gets no server that nobody can reach."""
    result = CliRunner().invoke(main, ["serve", flag])
    assert result.exit_code == 2
    assert f"{flag.partition('=')[0]} is for HTTP: add --transport http." in result.output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "mcp.example.com"])  # noqa: S104 - refused
def test_off_loopback_it_needs_a_name(host: str) -> None:
    """Where others can reach it, it does not serve without knowing its own name."""
    assert "--allowed-host" in refused(*HTTP, "--host", host)


def test_a_taken_port_is_told_in_one_line() -> None:
    """When another program listens there, one line says so."""
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        line = refused(*HTTP, "--port", port)
    assert f"Cannot listen on 127.0.0.1 port {port}" in line


def test_an_address_of_another_machine_is_told_in_one_line() -> None:
    """When the address is not this machine's, one line says so."""
    line = refused(*HTTP, "--host", "192.0.2.1", "--allowed-host", "mcp.example.com")
    assert "Cannot listen on 192.0.2.1" in line


@pytest.mark.parametrize("name", ["PORT", "TOKEN"])
def test_metrics_need_their_extra(name: str) -> None:
    """Where the extra is not installed, one line says how to install it."""
    value = {"PORT": "9464", "TOKEN": "t" * 32}[name]
    done = run(
        "-c", without("mcp", "prometheus_client"), *HTTP, **{f"HARMONICA_METRICS_{name}": value}
    )
    assert done.returncode == 2
    assert done.stderr == (
        "harmonica-mcp: Metrics need an extra: pip install 'harmonica-mcp[metrics]'\n"
    )


def test_a_taken_port_for_metrics_is_told_in_one_line() -> None:
    """When another program listens where metrics shall be, one line says so."""
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = run("-m", "harmonica_mcp", *HTTP, "--port", "0", HARMONICA_METRICS_PORT=port)
    assert done.returncode == 2
    assert done.stderr.startswith(f"harmonica-mcp: Cannot serve metrics on 127.0.0.1 port {port}")


@pytest.mark.parametrize("name", ["", "*", "https://mcp.example.com", "me@mcp.example.com"])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    """`--allowed-host` takes names, not patterns or addresses of pages."""
    result = CliRunner().invoke(main, [*HTTP, "--allowed-host", name])
    assert result.exit_code == 2
    assert "no host name" in result.stderr


def test_an_unknown_command_is_refused() -> None:
    """A misspelt command is not taken for something to serve."""
    result = CliRunner().invoke(main, ["serv"])
    assert result.exit_code == 2
    assert "No such command 'serv'" in result.stderr


def test_options_without_a_command_are_those_of_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts may leave out `serve`."""
    served: list[bool] = []

    def over_stdio(*, sandbox: bool, **_: object) -> None:
        served.append(sandbox)

    monkeypatch.setattr(serve, "over_stdio", over_stdio)
    for arguments in ([], ["--sandbox"], ["serve", "--sandbox"]):
        assert CliRunner().invoke(main, arguments).exit_code == 0
    assert served == [False, True, True]


def test_a_person_at_a_terminal_is_told_what_this_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Started by hand it waits in silence for a protocol, so it says that and names the demo."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    served: list[object] = []

    def run_stdio(*arguments: object) -> None:
        served.extend(arguments)

    monkeypatch.setattr("harmonica_mcp.transports.stdio.serving.run_stdio", run_stdio)
    serve.over_stdio(sandbox=True)
    assert served
    assert "harmonica-mcp demo" in capsys.readouterr().err
