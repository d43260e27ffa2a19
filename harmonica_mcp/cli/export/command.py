"""The command: what is refused before anything is sent, and what is told at the end."""

import functools
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import anyio
import click

from harmonica_mcp.cli.export import choosing
from harmonica_mcp.cli.export.archive import Archive, ManifestBroken, Outcome
from harmonica_mcp.cli.export.exporting import Exporter, Tally
from harmonica_mcp.cli.export.progress import Progress, progress
from harmonica_mcp.cli.export.waiting import Waiting
from harmonica_mcp.cli.serve import fail, pool_for, settings
from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.client.errors import HarmonicaError
from harmonica_mcp.client.key import WHERE_KEYS_COME_FROM
from harmonica_mcp.server.guard.lockdown import locked
from harmonica_mcp.server.guard.privacy import Book, Lens, seen_through
from harmonica_mcp.settings import Settings

ALWAYS = ("brief", "summary")


def run_export(
    sessions: Sequence[str],
    *,
    directory: Path,
    project: str | None,
    since: str | None,
    everything: bool,
    include: Collection[str],
) -> None:
    """Export; ends with 1 where something failed, with 2 where nothing could be begun."""
    told = settings()
    _refuse(told, include)
    if not (sessions or project or since or everything):
        fail("Name sessions, or choose them with --project, --since or --all.")
    try:
        moment = choosing.since_when(since, datetime.now(UTC)) if since else None
    except (ValueError, OverflowError):
        fail("--since must be a time like 2026-11-22T09:00:00Z, or 12h, 7d or 2w ago.")
    try:
        archive = Archive.open(directory)
    except ManifestBroken as error:
        fail(str(error))
    except OSError as error:
        fail(f"Cannot use {directory}: {error.strerror}.")
    job = Job(told, archive, frozenset({*ALWAYS, *include}), moment)
    everything = everything or not (sessions or project)
    tally = anyio.run(functools.partial(job.run, sessions, project, everything=everything))
    _tell(tally, directory)
    sys.exit(1 if tally.failures else 0)


def _refuse(told: Settings, include: Collection[str]) -> None:
    if told.api_key is None:
        fail(f"HARMONICA_API_KEY is not set: {WHERE_KEYS_COME_FROM}.")
    if told.lockdown and "responses" in include:
        fail("HARMONICA_LOCKDOWN is set: what single people said is not exported.")
    if told.read_only and "knowledge" in include:
        fail("HARMONICA_READ_ONLY is set: knowledge is extracted anew, which changes the session.")


class Job:
    """One export.

    Args:
        told: the settings.
        archive: where to.
        parts: which files.
        since: only sessions created or updated since.
    """

    def __init__(
        self, told: Settings, archive: Archive, parts: Collection[str], since: datetime | None
    ) -> None:
        self._told = told
        self._lens = Lens(told.privacy, told.options.secrets, Book())
        self._archive = archive
        self._parts = parts
        self._since = since
        self._tally = Tally()

    async def run(self, sessions: Sequence[str], project: str | None, everything: bool) -> Tally:
        """Choose sessions and export them."""
        async with pool_for(self._told, sandbox=False) as pool:
            waiting = Waiting(Progress(0).waits)
            chosen = await self._chosen(pool, waiting, sessions, project, everything=everything)
            with progress(len(chosen)) as shown:
                waiting = Waiting(shown.waits)
                exporter = Exporter(
                    lambda: self._client(pool, waiting),
                    self._archive,
                    self._parts,
                    self._since,
                    waiting,
                    self._tally,
                )
                await exporter.run(chosen, shown)
        return self._tally

    def _client(self, pool: Pool, waiting: Waiting) -> HarmonicaClient:
        """A client that sees what the settings let tools see."""
        client = HarmonicaClient(
            self._told.api_key, pool=pool, on_wait=waiting.told, dry_run=self._told.dry_run
        )
        return seen_through(self._lens, locked(client) if self._told.lockdown else client)

    async def _chosen(
        self,
        pool: Pool,
        waiting: Waiting,
        sessions: Sequence[str],
        project: str | None,
        *,
        everything: bool,
    ) -> list[str]:
        """The ids of the chosen sessions, each once, in order."""
        api = self._client(pool, waiting)
        chosen: dict[str, None] = {}
        for text in sessions:
            try:
                chosen[await choosing.named(api, waiting, text)] = None
            except HarmonicaError as error:
                self._tally.fail(text, error)
        if project:
            try:
                chosen |= dict.fromkeys(await choosing.of_project(api, waiting, project))
            except HarmonicaError as error:
                self._tally.fail(f"project {project}", error)
        if everything:
            try:
                async for session_id in choosing.reachable(api, waiting, self._since):
                    chosen[session_id] = None
            except HarmonicaError as error:
                self._tally.fail("the list of sessions", error)
        return list(chosen)


def _tell(tally: Tally, directory: Path) -> None:
    for remark in tally.remarks:
        click.echo(f"harmonica-mcp: {remark}", err=True)
    for failure in tally.failures:
        click.echo(f"harmonica-mcp: {failure}", err=True)
    files = tally.files
    told = [
        f"{_count(tally.sessions, 'session')} in {directory}",
        f"{_count(files[Outcome.WRITTEN], 'file')} written",
        f"{files[Outcome.UNCHANGED]} unchanged",
    ]
    if kept := files[Outcome.YOURS] + files[Outcome.BESIDE]:
        told.append(f"{kept} kept as you changed them")
    if tally.older:
        told.append(f"{tally.older} left out as older")
    if tally.failures:
        told.append(f"{len(tally.failures)} failed")
    click.echo(", ".join(told))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
