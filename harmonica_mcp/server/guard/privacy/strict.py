"""Strict privacy: what is left of what people said where nothing may be told of single ones."""

from collections.abc import Iterable, Sequence
from typing import cast

from harmonica_mcp.client.knowledge import Extraction
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard.lockdown import plain_words, unquoted
from harmonica_mcp.server.guard.privacy.veil import WITHHELD, Veil, changed

EVERYBODY = "Everybody"
_SILENT = WITHHELD.encode()


def spoken(people: Iterable[Participant]) -> int:
    """How many of them said something themselves."""
    return sum(any(message.own_words for message in person.messages) for person in people)


def together(people: Sequence[Participant], veil: Veil) -> list[Participant]:
    """What all of them said, as if it were one person's; without words where they are few."""
    said = [message for person in people for message in person.messages if message.own_words]
    if not said:
        return []
    shown = [veil.message(each) if veil.quotes else _silent(each) for each in said]
    return [Participant(participant_name=EVERYBODY, active=True, messages=shown)]


def counted(people: Iterable[Participant]) -> list[Participant]:
    """Who takes part, to be counted only: without names and words."""
    return [
        changed(
            person,
            participant_name=None,
            messages=[_silent(m) if m.own_words else m for m in person.messages],
        )
        for person in people
    ]


def _silent(message: Message) -> Message:
    return changed(message, utf8=_SILENT)


def without_repeats(outcome: Extraction, people: Iterable[Participant]) -> Extraction:
    """Knowledge without evidence, quotations, and what only repeats a message."""
    said = "\n".join(plain_words(m.content) for person in people for m in person.messages)
    return cast("Extraction", unquoted(outcome, said, WITHHELD))
