"""Conversations for tests of reading, and a Harmonica that only tells what was said in them."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from harmonica_mcp.client import ApiKey, HarmonicaClient, Pool
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.reading import Conversations, Filters
from harmonica_mcp.server.reading.kept import Heard
from harmonica_mcp.server.reading.order import Place
from harmonica_mcp.server.reading.page import Said
from harmonica_mcp.server.reading.reader import page_of
from harmonica_mcp.server.result import Result
from harmonica_mcp.server.sealing import Seal

SESSION = "b79fbf17-ee99-4313-9e88-0551ae8b6b34"
KEY = ApiKey("hm_live_" + "0" * 32)
SEAL = Seal(KEY, "get_responses", SESSION)
BEGUN = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LATER = BEGUN + timedelta(days=1)
DIALOGUE = Filters()
ONLY = Filters("participants_only")
OUTLINE = Filters("outline")


def message(identity: str, words: str, minute: float = 0, role: str = "user") -> Message:
    """What somebody said so many minutes after the beginning."""
    return Message(
        id=identity, role=role, content=words.encode(), created_at=BEGUN + timedelta(minutes=minute)
    )


def people_of(threads: Iterable[tuple[str | None, Iterable[str]]]) -> list[Participant]:
    """Conversations in which participant and facilitator take turns, one minute each."""
    return [
        Participant(
            participant_id=f"{place:08x}-0000-4000-8000-000000000000",
            participant_name=name,
            active=bool(place % 2),
            messages=[
                message(
                    f"msg_{place:04}{number:04}",
                    words,
                    number + place / 1_000,
                    "assistant" if number % 2 else "user",
                )
                for number, words in enumerate(said)
            ],
        )
        for place, (name, said) in enumerate(threads)
    ]


def page(
    people: Sequence[Participant],
    budget: int = 10_000,
    filters: Filters = DIALOGUE,
    cursor: str | None = None,
    settled: datetime = LATER,
) -> Conversations:
    """A page of conversations that were heard long after the last word."""
    place = Place.opened(cursor, SEAL, filters) if cursor else None
    return page_of(Heard(people, settled), SEAL, filters, budget, place)


def pages(
    people: Sequence[Participant], budget: int = 10_000, filters: Filters = DIALOGUE
) -> list[Conversations]:
    """All pages, one after another."""
    found = [page(people, budget, filters)]
    while cursor := found[-1].next_cursor:
        found.append(page(people, budget, filters, cursor))
    return found


def said_on(shown: Conversations) -> list[Said]:
    """The messages of a page."""
    return [said for voice in shown.participants for said in voice.messages]


def joined(found: Iterable[Conversations]) -> dict[str, str]:
    """The words by message id, the parts of a message put together."""
    words: dict[str, str] = {}
    for said in (said for shown in found for said in said_on(shown)):
        goes_on = said.part is not None and not said.part.startswith("characters 1 to ")
        assert (said.id in words) is goes_on
        words[said.id] = words.get(said.id, "") + said.words
    return words


def sizes(result: Result) -> tuple[float, float]:
    """Tokens of text and of structured content, as they are sent."""
    sent = result.to_mcp()
    [block] = sent.content
    assert block.type == "text"
    data = json.dumps(sent.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(block.text.encode()) / 4, len(data.encode()) / 4


class Harmonica:
    """Tells what was said up to now, and counts how often it is asked."""

    def __init__(self, people: Sequence[Participant], now: datetime | None = LATER) -> None:
        self.people = people
        self.now = now
        self.key = KEY
        self.pool = Pool()
        self.asked = 0
        self.responses = self

    async def list(self, session_id: str) -> list[Participant]:
        """The conversations of the only session there is."""
        assert session_id == SESSION
        self.asked += 1
        return list(self.people)

    @property
    def client(self) -> HarmonicaClient:
        """Itself, for whoever only reads."""
        return cast("HarmonicaClient", cast("Any", self))
