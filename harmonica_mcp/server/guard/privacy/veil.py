"""The veil: texts, messages and whole answers without names, addresses, numbers and links."""

import bisect
import copy
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from pydantic import BaseModel

from harmonica_mcp.client.meetings import RestrictionEvent, Utterance
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard.clean import clean
from harmonica_mcp.server.guard.lockdown import without_quotations
from harmonica_mcp.server.guard.privacy.addressing import addresses
from harmonica_mcp.server.guard.privacy.contacts import contacts_in, is_harmonicas, link_and_rest
from harmonica_mcp.server.guard.privacy.finding import Find
from harmonica_mcp.server.guard.privacy.group import Group
from harmonica_mcp.server.guard.privacy.pseudonyms import AI
from harmonica_mcp.server.guard.privacy.tokens import Tokens

SOMEBODY = "a participant"
"""Stands for everybody where nothing may be told of single people."""
WITHHELD = "[withheld: fewer than five have spoken]"
QUOTES_SPEECH = "[withheld: it may quote the meeting]"
T = TypeVar("T")

# What Harmonica itself writes at the beginning of turns in people's names, and knows them by.
_OPENING = re.compile(r"User shared the following context:|Let's begin\.$")
# Fields that hold no text: ids, codes and addresses that a host gave itself.
_CODES = frozenset(
    {"id", "status", "role", "evidence", "slug", "field", "source", "url", "source_ref", "join_url"}
)
_CODE_ENDS = ("_id", "_ids", "_type", "_mode", "_scopes")
# In what a host wrote these are made of participants' words.
_MADE_OF_WORDS = frozenset({"summary", "session_md"})


@dataclass(frozen=True, slots=True)
class Veil:
    """Covers what one call answers.

    Args:
        tokens: of this call.
        host: the host of the configured address, whose links are Harmonica's own.
        group: whose names are known here.
        apart: whether single people stay apart from one another, by their pseudonyms.
        quotes: whether what somebody said may be quoted.
        by_host: whether the texts are the host's own: links in them are for everybody to see.
    """

    tokens: Tokens
    host: str
    group: Group | None = None
    apart: bool = True
    quotes: bool = True
    by_host: bool = False

    def name(self, name: str | None) -> str | None:
        """What is shown as somebody's name."""
        if not name or self.group is None:
            return name
        return self.group.pseudonyms.of(name) if self.apart else SOMEBODY

    def text(self, text: str, *, links: bool = True) -> str:
        """A text with pseudonyms and tokens.

        Args:
            text: what was written.
            links: whether links are masked.
        """
        # What is invisible would tear a name apart here and is taken out later.
        seen = unicodedata.normalize("NFC", clean(text))
        pieces: list[str] = []
        end = 0
        for start, until, shown in self._finds(seen, links=links):
            pieces += seen[end:start], shown
            end = until
        return "".join([*pieces, seen[end:]]) if pieces else seen

    def _finds(self, text: str, *, links: bool) -> Iterator[tuple[int, int, str]]:
        """What is to be replaced, in order; a name within an address is part of it."""
        found = [(*each.span(), self._contact(each, links=links)) for each in contacts_in(text)]
        taken = [(start, end) for start, end, _ in found]
        for find in self.group.finder.finds(text) if self.group else ():
            place = bisect.bisect_left(taken, (find.end,))
            if not place or taken[place - 1][1] <= find.start:
                found.append((find.start, find.end, self._person(text, find)))
        yield from sorted(found)

    def _contact(self, found: re.Match[str], *, links: bool) -> str:
        kind = found.lastgroup or ""
        if kind in {"email", "phone"}:
            return self.tokens.of(kind, found[0])
        if kind == "number":
            return found["lead"] + self.tokens.of("phone", found["number"])
        if kind == "link" and links:
            link, rest = link_and_rest(found[0])
            if not is_harmonicas(link, self.host):
                return self.tokens.of("link", link) + rest
        return found[0]

    def _person(self, text: str, find: Find) -> str:
        if find.form.common and not addresses(text, find.start, find.end):
            return text[find.start : find.end]
        if self.apart:
            return find.form.shown
        return AI * find.form.shown.startswith(AI) + SOMEBODY

    def answer(self, value: T, field: str = "") -> T:
        """What an operation answered, covered wherever it holds texts."""
        return cast("T", self._covered(value, field))

    def _covered(self, value: object, field: str) -> object:
        match value:
            case str():
                return self._field(field, value)
            case Utterance():
                return self._utterance(value)
            case RestrictionEvent(source="transcript_signal"):
                return value.model_copy(update={"reason": QUOTES_SPEECH})
            case BaseModel():
                return self._model(value)
            case dict():
                fields = cast("dict[str, object]", value)
                return {name: self._covered(item, name) for name, item in fields.items()}
            case list():
                return [self._covered(item, field) for item in cast("list[object]", value)]
            case _:
                return value

    def _field(self, name: str, text: str) -> str:
        if name in _CODES or name.endswith(_CODE_ENDS):
            return text
        if name == "participant_name":
            return self.name(text) or ""
        said = not self.by_host or name in _MADE_OF_WORDS
        covered = self.text(text, links=said)
        return without_quotations(covered, WITHHELD) if said and not self.quotes else covered

    def _model(self, value: BaseModel) -> BaseModel:
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        covered = {name: self._covered(item, name) for name, item in fields.items()}
        changed = {name: item for name, item in covered.items() if item != fields[name]}
        return value.model_copy(update=changed) if changed else value

    def _utterance(self, said: Utterance) -> Utterance:
        speaker = said.speaker_name or said.speaker_id
        email = said.speaker_email
        fields: Mapping[str, object] = {
            "speaker_name": self.name(speaker),
            "speaker_id": None,
            "speaker_email": self.tokens.of("email", email) if email and self.apart else None,
            "text": self.text(said.text) if self.quotes else WITHHELD,
        }
        return said.model_copy(update=fields)

    def person(self, person: Participant) -> Participant:
        """A participant under the pseudonym, with covered messages."""
        return changed(
            person,
            participant_name=self.name(person.participant_name),
            messages=[self.message(message) for message in person.messages],
        )

    def message(self, message: Message) -> Message:
        """A message with covered words."""
        said = message.content
        opening = _OPENING.match(said)
        begin = opening.end() if opening and message.role == "user" else 0
        shown = said[:begin] + self.text(said[begin:])
        return message if shown == said else changed(message, utf8=shown.encode())


def changed(value: T, **fields: object) -> T:
    """A copy of a frozen thing with other fields."""
    made = copy.copy(value)
    for name, field in fields.items():
        object.__setattr__(made, name, field)
    return made
