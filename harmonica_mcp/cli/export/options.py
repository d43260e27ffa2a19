"""The command's options; all else is loaded when it runs."""

from pathlib import Path

import click


def _parts(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    parts = frozenset(part.strip() for text in given for part in text.split(","))
    for part in sorted(parts):
        if part not in {"brief", "summary", "knowledge", "responses"}:
            raise click.BadParameter(f"{part!r} is neither knowledge nor responses")
    return parts


@click.command(
    epilog="Exit codes: 0 all went well, 1 something failed and the rest was done, 2 nothing was "
    "begun."
)
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default="harmonica",
    show_default=True,
    help="Where to; made where there is none.",
)
@click.option("--project", metavar="ID", help="All sessions of a project.")
@click.option(
    "--since",
    metavar="WHEN",
    help="Only sessions created or updated since: an ISO time, or 12h, 7d, 2w ago.",
)
@click.option("--all", "everything", is_flag=True, help="All sessions that the key can reach.")
@click.option(
    "--include",
    multiple=True,
    metavar="PARTS",
    callback=_parts,
    help="Besides brief and summary: `responses`, and `knowledge`, which costs model time once "
    "for each summary; repeatable or separated by commas.",
)
def export(
    *,
    sessions: tuple[str, ...],
    directory: Path,
    project: str | None,
    since: str | None,
    everything: bool,
    include: frozenset[str],
) -> None:
    """Export sessions as Markdown files.

    A SESSION is an id, a join or host link, or words of its topic. Repeated, it writes only what
    has changed.
    """
    from harmonica_mcp.cli.export.command import run_export  # noqa: PLC0415 - not needed for --help

    run_export(
        sessions,
        directory=directory,
        project=project,
        since=since,
        everything=everything,
        include=include,
    )
