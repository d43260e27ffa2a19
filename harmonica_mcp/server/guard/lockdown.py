"""Lockdown: nothing that a single person said leaves, whichever tool or resource asks for it.

What is left are summaries without their quotations, knowledge without its evidence, and counts. The
words are taken out of the API's answers before any tool sees them; tools that would have nothing
left to show are not served at all.
"""

import copy
import functools
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.knowledge import Extraction
from harmonica_mcp.client.meetings import Restrictions
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.client.results import Summary
from harmonica_mcp.client.sessions import Session

WITHHELD = "[withheld: this server is locked down]"
RULE = (
    "This server is locked down: it shows summaries without quotations, knowledge without evidence "
    "and counts, never what single people said."
)
T = TypeVar("T")
Reduce = Callable[[Any], Any]
# Spaces of a text that is long enough to be somebody's sentence.
_FEW = 3
_SUMMARY = re.compile(r"harmonica://sessions/[^/]+/summary")
# What closes a quotation, by what opens it; an apostrophe closes none.
_CLOSING = {
    opening: re.compile(closing)
    for opening, closing in {
        "“": "”",
        "„": "[“”]",
        "«": "»",
        "»": "«",
        "「": "」",
        "『": "』",
        "《": "》",
        '"': '"',
        "\u2018": r"\u2019(?!\w)",
    }.items()
}
_OPENING = re.compile(f"[{''.join(_CLOSING)}]")
_QUOTED_LINE = re.compile(r"[ \t]*(?:[-*+] )?>")


def is_summary(uri: str) -> bool:
    """Whether a resource, or a template of one, is a summary: no other is served."""
    return _SUMMARY.fullmatch(uri) is not None


def without_quotations(text: str, mark: str = WITHHELD) -> str:
    """A text with each quotation, and each quoted line of Markdown, replaced by a mark."""
    return "\n".join(_line_without(line, mark) for line in text.split("\n"))


def _line_without(line: str, mark: str) -> str:
    if _QUOTED_LINE.match(line):
        return mark
    left: list[str] = []
    end = 0
    # Looked for once, be there as many openings as there may.
    unclosed: set[str] = set()
    for opening in _OPENING.finditer(line):
        if opening.start() < end or opening[0] in unclosed:
            continue
        closing = _CLOSING[opening[0]].search(line, opening.end())
        if closing is None:
            unclosed.add(opening[0])
            continue
        left += line[end : opening.start()], mark
        end = closing.end()
    return "".join((*left, line[end:]))


def locked(client: HarmonicaClient) -> HarmonicaClient:
    """The client, whose answers hold nothing that a single person said."""
    return cast("HarmonicaClient", _Locked(client))


class _Locked:
    def __init__(self, client: HarmonicaClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        area = getattr(self._client, name)
        return _Area(self._client, area, _SEEN[name]) if name in _SEEN else area

    def apart(self) -> HarmonicaClient:
        """A client of the same caller that outlives the call, and is locked as well."""
        return locked(self._client.apart())


class _Area:
    def __init__(
        self, client: HarmonicaClient, area: object, reduced: Mapping[str, Reduce]
    ) -> None:
        self._client = client
        self._area = area
        self._reduced = reduced

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._area, name)
        if not inspect.iscoroutinefunction(operation):
            return operation
        if operation == self._client.knowledge.extract:
            return functools.partial(_extract, self._client)
        return _answering(operation, self._reduced.get(name))


def _answering(
    operation: Callable[..., Awaitable[Any]], reduce: Reduce | None
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(operation)
    async def answer(*args: Any, **more: Any) -> Any:
        if reduce is None:
            raise InvalidInput(f"{RULE} Nothing was sent.")
        return reduce(await operation(*args, **more))

    return answer


async def _extract(client: HarmonicaClient, session_id: str) -> Extraction:
    """Extract knowledge without evidence, and without what only repeats a message."""
    # Read first: the extraction costs money, and could not be shown after a failure here.
    people = await client.responses.list(session_id)
    said = "\n".join(plain_words(m.content) for person in people for m in person.messages)
    outcome = await client.knowledge.extract(session_id)
    return cast("Extraction", unquoted(outcome, said))


def plain_words(text: str) -> str:
    """The words of a text, whatever their case and the spaces between them."""
    return " ".join(text.casefold().split())


def _whole(answer: Any) -> Any:
    return answer


def _people(people: list[Participant]) -> list[Participant]:
    return [_changed(person, messages=list(map(_silent, person.messages))) for person in people]


def _silent(message: Message) -> Message:
    own = message.role != "user" or message.own_words
    # Turns that Harmonica writes in people's names are told apart by how they begin.
    return _changed(message, utf8=WITHHELD.encode() if own else b"Let's begin.")


def _session(session: Session) -> Session:
    return session.model_copy(
        update={
            "summary": without_quotations(session.summary) if session.summary else None,
            "session_md": WITHHELD if session.session_md else None,
        }
    )


def _summary(summary: Summary) -> Summary:
    text = summary.summary
    return summary.model_copy(update={"summary": without_quotations(text) if text else None})


def unquoted(value: object, said: str, mark: str = WITHHELD) -> object:
    """Every text without quotations and repeated messages, every list of evidence empty.

    Args:
        value: knowledge, or a part of it.
        said: the plain words of all messages.
        mark: stands for what is taken out.
    """
    match value:
        case str():
            repeats = value.count(" ") >= _FEW and plain_words(value) in said
            return mark if repeats else without_quotations(value, mark)
        case BaseModel():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            return value.model_copy(
                update={
                    name: [] if name == "evidence" else unquoted(field, said, mark)
                    for name, field in fields.items()
                }
            )
        case list():
            return [unquoted(item, said, mark) for item in cast("list[object]", value)]
        case _:
            return value


def _restrictions(state: Restrictions) -> Restrictions:
    events = {
        name: [event.model_copy(update={"reason": WITHHELD}) for event in getattr(state, name)]
        for name in ("pending_candidates", "history")
    }
    return state.model_copy(update=events)


def _changed(value: T, **fields: object) -> T:
    changed = copy.copy(value)
    for name, field in fields.items():
        object.__setattr__(changed, name, field)
    return changed


_SEEN: Mapping[str, Mapping[str, Reduce]] = {
    "sessions": {
        "list": _whole,
        "list_public": _whole,
        "get": _session,
        "create": _whole,
        "update": _session,
        "questions": _whole,
    },
    "chat": {},
    "responses": {"list": _people},
    "results": {"summary": _summary, "generate_summary": _summary},
    "knowledge": {"price": _whole, "ground": _whole},
    "meetings": {
        "list": _whole,
        "restrictions": _restrictions,
        "restrict": _restrictions,
        "review": _restrictions,
    },
}
"""Where words can be, what is left of each answer; an operation that is not named is refused."""
