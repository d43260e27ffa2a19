"""Exporting one session after the other: what cannot be read or written holds up no other."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from harmonica_mcp.cli.export import pages
from harmonica_mcp.cli.export.archive import Archive, KnownSession, Outcome, digest
from harmonica_mcp.cli.export.choosing import is_recent
from harmonica_mcp.cli.export.progress import Progress
from harmonica_mcp.cli.export.waiting import Waiting
from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import DryRun, HarmonicaError
from harmonica_mcp.client.sessions import Session
from harmonica_mcp.server.guard import one_line
from harmonica_mcp.server.guard.lockdown import WITHHELD

_AGAIN = "it is not asked for again by itself, see docs/export.md"


@dataclass
class Tally:
    """What became of all files and sessions."""

    sessions: int = 0
    older: int = 0
    files: Counter[Outcome] = field(default_factory=Counter[Outcome])
    failures: list[str] = field(default_factory=list[str])
    remarks: list[str] = field(default_factory=list[str])

    def fail(self, what: str, error: Exception) -> None:
        """Note what did not work."""
        self.failures.append(f"{one_line(what)}: {one_line(str(error), 600)}")


class Exporter:
    """Brings sessions up to date in an archive.

    Args:
        client: makes a client as the settings let it see, a new one for each session.
        archive: where to.
        parts: which files.
        since: only sessions that were created or updated since.
        waiting: how requests wait for the budget.
        tally: counts.
    """

    def __init__(
        self,
        client: Callable[[], HarmonicaClient],
        archive: Archive,
        parts: Collection[str],
        since: datetime | None,
        waiting: Waiting,
        tally: Tally,
    ) -> None:
        self._client = client
        self._archive = archive
        self._parts = parts
        self._since = since
        self._waiting = waiting
        self._tally = tally

    async def run(self, sessions: Iterable[str], progress: Progress) -> None:
        """Export these."""
        for session_id in sessions:
            try:
                what = await self._export(session_id)
            except (HarmonicaError, OSError) as error:
                what = "failed"
                self._tally.fail(session_id, error)
            progress.done(one_line(session_id), what)

    async def _export(self, session_id: str) -> str:
        api = self._client()
        session = await self._waiting.out(lambda: api.sessions.get(session_id))
        if not is_recent(session, self._since):
            self._tally.older += 1
            return "older"
        known = self._archive.session(session.id, one_line(session.topic))
        try:
            outcomes = {name: self._keep(known, name, text) for name, text in self._texts(session)}
            if "responses" in self._parts:
                people = await self._waiting.out(lambda: api.responses.list(session.id))
                text = pages.document(session, "responses", pages.responses(people))
                outcomes["responses"] = self._keep(known, "responses", text)
            if "knowledge" in self._parts:
                outcomes |= await self._knowledge(api, session, known)
        finally:
            self._archive.save()
        self._tally.sessions += 1
        told = ", ".join(f"{part} {outcome.value}" for part, outcome in outcomes.items())
        return told or "has no summary yet"

    def _texts(self, session: Session) -> Iterator[tuple[str, str]]:
        """What one request has brought: no other is needed for these."""
        for part, text in (("brief", session.session_md), ("summary", session.summary)):
            if part in self._parts and text and text != WITHHELD:
                yield part, pages.document(session, part, pages.written(text))

    def _keep(self, known: KnownSession, part: str, text: str) -> Outcome:
        outcome = self._archive.keep(known, f"{part}.md", text)
        self._tally.files[outcome] += 1
        if outcome is Outcome.BESIDE:
            self._tally.remarks.append(f"{known.folder}/{part}.md: {outcome.value}")
        return outcome

    async def _knowledge(
        self, api: HarmonicaClient, session: Session, known: KnownSession
    ) -> dict[str, Outcome]:
        """Knowledge, extracted once for each summary: it costs, and no operation reads it again."""
        if not session.summary:
            self._tally.remarks.append(f"{known.folder}: knowledge needs a summary first")
            return {}
        of = digest(session.summary.encode())
        if known.knowledge_of == of:
            return {}
        try:
            extracted = await self._waiting.out(lambda: api.knowledge.extract(session.id))
        except DryRun as planned:
            self._tally.remarks.append(f"{known.folder}: {planned}")
            return {}
        except HarmonicaError as error:
            if error.may_have_happened:
                known.knowledge_of = of
                self._tally.remarks.append(
                    f"{known.folder}: knowledge may have been paid for; {_AGAIN}"
                )
            raise
        known.knowledge_of = of
        if extracted.knowledge is None:
            reason = one_line(extracted.reason or "no reason given")
            self._tally.remarks.append(f"{known.folder}: nothing was extracted: {reason}")
            return {}
        text = pages.document(session, "knowledge", pages.knowledge(extracted.knowledge))
        try:
            return {"knowledge": self._keep(known, "knowledge", text)}
        except OSError:
            self._tally.remarks.append(
                f"{known.folder}: knowledge was paid for and could not be written; {_AGAIN}"
            )
            raise
