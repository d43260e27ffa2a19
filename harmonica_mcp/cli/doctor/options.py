"""The command's options; all else is loaded when it runs."""

import click


@click.command(
    epilog="Exit codes: 0 all is well, 1 something does not work, 2 the settings cannot be used."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--transport",
    type=click.Choice(["stdio", "http"]),
    default="stdio",
    show_default=True,
    help="Over what the round trip goes.",
)
def doctor(*, as_json: bool, transport: str) -> None:
    """Check settings, key, Harmonica, this server and the hosts.

    It changes nothing. The report holds no key or secret and can be pasted into an issue.
    """
    from harmonica_mcp.cli.doctor.command import run_doctor  # noqa: PLC0415 - not needed for --help

    run_doctor(as_json=as_json, transport=transport)
