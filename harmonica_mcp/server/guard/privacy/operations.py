"""What happens around the operations of a client that is seen through a lens."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, cast

from harmonica_mcp.client import errors
from harmonica_mcp.client.chat import Reply
from harmonica_mcp.client.knowledge import Extraction
from harmonica_mcp.client.meetings import Transcript
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.client.scratchpad import Mode, Scratchpad
from harmonica_mcp.server.guard.privacy import strict
from harmonica_mcp.server.guard.privacy.group import Group
from harmonica_mcp.server.guard.privacy.pseudonyms import WRITTEN, canonical
from harmonica_mcp.server.guard.privacy.sight import Sight

Operation = Callable[..., Awaitable[Any]]

# Answers without texts: nobody's name has to be known for them.
_NAMELESS = frozenset({("responses", "add"), ("knowledge", "price"), ("knowledge", "ground")})
# Written from what has been said up to now: the names must be as new.
_MADE_NOW = frozenset({("results", "generate_summary"), ("knowledge", "extract")})
_CHOOSING = ("name", "joined_since", "min_messages")


def special_for(area: str, name: str, *, strict: bool) -> Callable[..., Any] | None:
    """What stands in for an operation whose answer names people; None where none does."""
    if (area, name) == ("knowledge", "extract"):
        return _extract if strict else None
    return _SPECIAL.get((area, name))


async def covered(
    sight: Sight, operation: Operation, area: str, name: str, *args: Any, **more: Any
) -> Any:
    """Any operation: its arguments with what was masked, its answer without."""
    bound = inspect.signature(operation).bind_partial(*args, **more).arguments
    session = bound["owner_id"] if bound.get("owner") == "session" else bound.get("session_id")
    room = session or bound.get("meeting_id")
    group = sight.known(room)
    if session and ((area, name) not in _NAMELESS or _is_written(bound)):
        group = await sight.group(session, anew=(area, name) in _MADE_NOW)
    # Where there is neither session nor meeting, nobody takes part whose name could be told.
    with sight.hiding(group if room else sight.nobody):
        found = await operation(*sight.restored(args, group), **sight.restored(more, group))
    # The key's owner is the user, who may see whose key it is.
    return found if area == "account" else sight.veil(area, group).answer(found)


def _is_written(value: object) -> bool:
    """Whether a pseudonym stands in an argument."""
    match value:
        case str():
            return WRITTEN.search(value) is not None
        case dict():
            return any(map(_is_written, cast("dict[str, object]", value).values()))
        case _:
            return False


async def _people(
    sight: Sight, operation: Operation, session_id: str, **filters: Any
) -> list[Participant]:
    """Conversations: under pseudonyms; where privacy is strict counted, or all in one."""
    chosen = any(filters.get(name) is not None for name in _CHOOSING)
    group = await sight.group(session_id) if chosen else sight.known(session_id)
    with sight.hiding(group):
        people = await operation(session_id, **sight.restored(filters, group))
        if sight.is_strict and filters.get("mode") == "list":
            return strict.counted(await _with_times(people, operation, session_id))
    if chosen and group:
        for person in people:
            group = group.joined_by(person.participant_name or "")
    else:
        group = sight.learn(session_id, people)
    veil = sight.veil("responses", group)
    return strict.together(people, veil) if sight.is_strict else [veil.person(p) for p in people]


async def _with_times(
    people: list[Participant], operation: Operation, session_id: str
) -> list[Participant]:
    # Who asks for times where an edition tells none would get everybody as one.
    if any(p.only_counted and p.last_message_at is None for p in people):
        return await operation(session_id)
    return people


async def _steps(
    sight: Sight, operation: Callable[..., AsyncIterator[Scratchpad]], session_id: str, mode: Mode
) -> AsyncIterator[Scratchpad]:
    """Counts only, and errors."""
    with sight.hiding(sight.known(session_id)):
        async for step in operation(session_id, mode):
            yield step


async def _called(sight: Sight, _: Operation, session_id: str, participant: str) -> str:
    """A pseudonym as it is today, where it was made with an older key."""
    pseudonyms = (await sight.group(session_id)).pseudonyms
    name = pseudonyms.meant(participant)
    return pseudonyms.of(name) if name else participant


async def _speak(
    sight: Sight,
    operation: Operation,
    session_id: str,
    *words: object,
    participant_name: str,
    **more: Any,
) -> Reply:
    """A turn under the speaker's real name; the group is asked for first, as words stay said."""
    group = await sight.group(session_id)
    name = _speaker(group, participant_name)
    group = sight.keep(session_id, group.joined_by(name))
    given = sight.restored(words, group)
    with sight.hiding(group):
        reply = await operation(session_id, *given, participant_name=name, **more)
    return sight.veil("chat", group).answer(reply)


def _speaker(group: Group, given: str) -> str:
    if WRITTEN.fullmatch(canonical(given)) is None:
        return given
    if name := group.pseudonyms.meant(given):
        return name
    if canonical(given) in group.pseudonyms.names:
        return given
    raise errors.InvalidInput(
        "There is no participant of that pseudonym in this session; get_session_status lists "
        "them. Whoever is new gives a name of their own. Nothing was sent."
    )


def _participant_id(
    sight: Sight, operation: Callable[[str, str], str], session_id: str, participant_name: str
) -> str:
    group = sight.known(session_id)
    name = group.pseudonyms.meant(participant_name) if group else None
    return operation(session_id, name or participant_name)


async def _transcript(sight: Sight, operation: Operation, meeting_id: str) -> Transcript:
    """A meeting's words, with pseudonyms for who speaks in it."""
    with sight.hiding(sight.known(meeting_id)):
        transcript: Transcript = await operation(meeting_id)
    speakers = [(said.speaker_name or said.speaker_id, said.text) for said in transcript.utterances]
    spoken = {name for name, text in speakers if text}
    group = sight.group_of(meeting_id, [name for name, _ in speakers], len(spoken))
    return sight.veil("meetings", sight.keep(meeting_id, group)).answer(transcript)


async def _extract(sight: Sight, operation: Operation, session_id: str) -> Extraction:
    """Knowledge where privacy is strict: without what single people of a small group said."""
    # Read first: the extraction costs money, and could not be shown after a failure here.
    people: Sequence[Participant] = await sight.all_said(session_id)
    group = sight.learn(session_id, people)
    with sight.hiding(group):
        outcome: Extraction = await operation(session_id)
    shown = strict.without_repeats(outcome, people) if group.is_small else outcome
    return sight.veil("knowledge", group).answer(shown)


_SPECIAL: dict[tuple[str, str], Callable[..., Any]] = {
    ("responses", "list"): _people,
    ("responses", "called"): _called,
    ("scratchpad", "run"): _steps,
    ("chat", "send"): _speak,
    ("chat", "join"): _speak,
    ("chat", "participant_id"): _participant_id,
    ("meetings", "transcript"): _transcript,
}
