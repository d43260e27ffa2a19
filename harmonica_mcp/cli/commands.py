"""The commands and their options, as `--help` shows them."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from harmonica_mcp._version import __version__
from harmonica_mcp.cli import logs
from harmonica_mcp.cli.doctor.options import doctor
from harmonica_mcp.cli.export.options import export
from harmonica_mcp.cli.install.hosts import HOSTS

if TYPE_CHECKING:
    from io import TextIOWrapper

    from harmonica_mcp.cli.start import Start

# Each command imports what it needs when it runs: `--help` and `--version` answer at once.


class _ServingByDefault(click.Group):
    """Serves over stdio when it is given no command, as MCP hosts start it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {*self.get_help_option_names(ctx), "--version"}
        if not args or (args[0].startswith("-") and args[0] not in known):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ServingByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Harmonica for AI agents: group deliberations over the Model Context Protocol.

    Without a command it serves over stdio, which is how MCP hosts start it: `serve --help` shows
    the flags.
    """
    logs.configure()
    with suppress(AttributeError):  # There may be no stdout at all.
        # As on stderr: what its encoding lacks is spelt out, and ends no command.
        cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")


def _host_name(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not name or set("/*@ ") & set(name):
            raise click.BadParameter(f"{name!r} is no host name such as mcp.example.com")
    return names


_HTTP_ONLY = ("host", "port", "sessions", "allowed_hosts", "allowed_origins", "workers")


def _refuse_what_needs_http() -> None:
    """Over stdio nobody would find the server where such a flag puts it."""
    here = click.get_current_context()
    for each in here.command.params:
        typed = here.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE
        if typed and each.name in _HTTP_ONLY:
            raise click.UsageError(f"{each.opts[0]} is for HTTP: add --transport http.")


def _choosing_tools(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose tools."""
    options = (
        click.option(
            "--toolsets",
            multiple=True,
            metavar="NAMES",
            help="Sets of tools, `default` or `all`; repeatable or separated by commas.",
        ),
        click.option("--tools", multiple=True, metavar="NAMES", help="Single tools."),
        click.option(
            "--exclude-tools", multiple=True, metavar="NAMES", help="Single tools to leave out."
        ),
        click.option(
            "--compat",
            type=click.Choice(["typescript"]),
            help="The official server's tools by its names and arguments, instead of ours.",
        ),
        click.option(
            "--read-only",
            is_flag=True,
            default=None,
            help="Leave only tools that change nothing, whatever else is set.",
        ),
        click.option(
            "--lockdown",
            is_flag=True,
            default=None,
            help="Show summaries and counts, never what single people said.",
        ),
        click.option(
            "--privacy",
            type=click.Choice(["off", "names", "strict"]),
            help="Participants under pseudonyms; strict tells nothing of single ones.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.option(
    "--transport",
    type=click.Choice(["stdio", "http"]),
    default="stdio",
    show_default=True,
    help="How clients reach the server; http is Streamable HTTP at /mcp and HTTP+SSE at /sse.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen (http).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Which port to listen on, 0 for a free one (http).",
)
@click.option(
    "--sessions",
    is_flag=True,
    help="Keep sessions at /mcp, for clients older than protocol 2026-07-28 (http).",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    callback=_host_name,
    help="A name that clients call the server by; repeatable, needed off loopback (http).",
)
@click.option(
    "--allowed-origin",
    "allowed_origins",
    multiple=True,
    metavar="ORIGIN",
    help="A web origin whose pages may use the server; repeatable (http).",
)
@click.option(
    "--dry-run",
    is_flag=True,
    default=None,
    help="Show the requests that would change something instead of sending them.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that serve; more than one need Redis (http).",
)
@click.option(
    "--sandbox", is_flag=True, help="Serve the built-in sandbox, without network or account."
)
@_choosing_tools
@click.pass_obj
def serve(
    begun: "Start | None",
    *,
    transport: str,
    host: str,
    port: int,
    sessions: bool,
    allowed_hosts: tuple[str, ...],
    allowed_origins: tuple[str, ...],
    sandbox: bool,
    **chosen: object,
) -> None:
    """Serve MCP (the default command)."""
    from harmonica_mcp.cli.serve import over_http, over_stdio  # noqa: PLC0415 - not needed for --help

    if transport == "stdio":
        _refuse_what_needs_http()
        over_stdio(sandbox=sandbox, begun=begun, **chosen)
    else:
        over_http(
            host,
            port,
            sessions=sessions,
            allowed_hosts=allowed_hosts,
            allowed_origins=allowed_origins,
            sandbox=sandbox,
            **chosen,
        )


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    help="Which port to listen on, 0 for a free one.",
)
def sandbox(port: int) -> None:
    """Serve an embedded Harmonica over HTTP, to try things out.

    It is forgotten when the process ends.
    """
    from harmonica_mcp.cli.sandbox import serve_sandbox  # noqa: PLC0415 - not needed for --help

    serve_sandbox(port)


@main.command()
def demo() -> None:
    """Show a session from creation to brief, with no key."""
    from harmonica_mcp.cli.demo import run_demo  # noqa: PLC0415 - not needed for --help

    run_demo()


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_choosing_tools
def catalog(*, as_json: bool, **chosen: object) -> None:
    """List tools: toolset, hints, REST operations, token cost.

    Those that are chosen, or all of them.
    """
    from harmonica_mcp.cli.catalog import print_catalog  # noqa: PLC0415 - not needed for --help

    print_catalog(as_json=as_json, **chosen)


_HOST = click.argument("host", type=click.Choice(list(HOSTS)))
_FILE = click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The host's file, where it is not the usual one.",
)
_YES = click.option("--yes", is_flag=True, help="Write without asking.")
_EXIT_CODES = "Exit codes: 0 done or nothing to do, 1 nothing was written, 2 wrong usage."


@main.command(epilog=_EXIT_CODES)
@_HOST
@_FILE
@click.option("--sandbox", is_flag=True, help="Serve the built-in sandbox, without a key.")
@click.option(
    "--check/--no-check", default=True, help="Ask Harmonica whose key it is (the default)."
)
@click.option(
    "--print", "only_print", is_flag=True, help="Only print the configuration, without a key."
)
@_YES
@_choosing_tools
def install(host: str, *, file: Path | None, **wanted: bool) -> None:
    """Set an MCP host up to start this server.

    Shows the change and asks before it is written; a backup stays beside the file. The key comes
    from HARMONICA_API_KEY, or is asked for.
    """
    from harmonica_mcp.cli.install.command import install as run  # noqa: PLC0415 - not for --help

    run(host, file=file, **wanted)


@main.command(epilog=_EXIT_CODES)
@_HOST
@_FILE
@_YES
def uninstall(host: str, *, file: Path | None, yes: bool) -> None:
    """Take this server out of an MCP host's configuration."""
    from harmonica_mcp.cli.install.command import uninstall as run  # noqa: PLC0415 - not for --help

    run(host, file=file, yes=yes)


main.add_command(export)
main.add_command(doctor)
