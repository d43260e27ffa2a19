"""What is sent, removed or replaced waits for the user's word, or for the name of the thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.server import examples
from tests.server.asking import Room
from tests.server.wire import ENVELOPE, Json

CAFE = "Fennmill repair café"
OWN = "Two-round estimate"
CHAIN = '{"steps": [{"id": "one"}]}'
SPEC = examples.SPEC.replace("tea-break", "tea-chain")
ROSTER: list[Json] = [
    {"email": "ada@x.example", "roles": [{"step": 0, "role": "expert"}, {"step": 1, "role": "a"}]},
    {"email": "ben@x.example"},
]
OPEN = "Opening hours"


@dataclass(frozen=True)
class Case:
    """A call that is asked about."""

    tool: str
    arguments: Callable[[Room], Json]
    told: Callable[[Room], list[str]]
    """Pieces of the question."""
    name: Callable[[Room], str]
    """What confirms it by name."""


def _own_with_spec(room: Room) -> Json:
    [own] = [each for each in room.tenant.templates.values() if each.title == OWN]
    own.provenance = {"spec_id": "tea-chain", "install_hash": "0"}
    own.texts["facilitation_prompt"] = "Ask for a number."
    return {"template": OWN}


def _source(room: Room) -> Json:
    session = room.session(OPEN)
    return {"session_id": session.id, "source_id": session.sources[0].id}


def _in(piece: str, **more: Any) -> Callable[[Room], Json]:
    return lambda room: {"session_id": room.session(piece).id, **more}


def _prompt(topic: str) -> Callable[[Room], list[str]]:
    return lambda room: [
        f'The prompt of session "{room.session(topic).topic}" is replaced',
        "the edit history keeps",
        (room.session(topic).prompt or "")[:60],
    ]


def _topic(topic: str) -> Callable[[Room], str]:
    return lambda room: room.session(topic).topic


NEW: Json = {"topic": "Lamps", "goal": "Light"}
CASES = {
    "project": Case(
        "delete_project",
        lambda _: {"project": CAFE},
        lambda _: [f'Project "{CAFE}" is deleted for good.', "sessions should stay", "guides warn"],
        lambda _: CAFE,
    ),
    "template": Case(
        "delete_template",
        lambda _: {"template": OWN},
        lambda _: [f'Template "{OWN}" is deleted for good, with its 2 steps.'],
        lambda _: OWN,
    ),
    "context source": Case(
        "remove_context_source",
        _source,
        lambda room: [room.session(OPEN).sources[0].title, "is removed for good, with its text"],
        lambda room: room.session(OPEN).sources[0].title,
    ),
    "Telegram group": Case(
        "unregister_telegram_group",
        lambda _: {"group": CAFE},
        lambda _: [f'Telegram group "{CAFE}" is forgotten', "cannot be announced in it"],
        lambda _: CAFE,
    ),
    "prompt": Case("update_session", _in(OPEN, prompt="Ask less."), _prompt(OPEN), _topic(OPEN)),
    "composed prompt": Case(
        "apply_template_prompt",
        _in("tool library", template="Retrospective"),
        _prompt("tool library"),
        _topic("tool library"),
    ),
    "questions": Case(
        "update_session",
        _in("new volunteers", questions=[{"text": "Which bench?"}]),
        lambda room: [
            "3 questions of session",
            "are lost",
            *(str(question.text) for question in room.session("new volunteers").questions),
        ],
        _topic("new volunteers"),
    ),
    "groups": Case(
        "update_session",
        _in(OPEN, telegram_groups=[]),
        lambda _: ["The Telegram groups that session", "Harmonica does not tell which"],
        _topic(OPEN),
    ),
    "groups and an announcement": Case(
        "update_session",
        _in(OPEN, telegram_groups=[CAFE]),
        lambda _: ["may have now are replaced", f'in the Telegram group "{CAFE}".'],
        lambda room: f"{room.session(OPEN).topic}, {CAFE}",
    ),
    "template's prompt": Case(
        "update_template",
        lambda room: _own_with_spec(room) | {"facilitation_prompt": "Ask twice."},
        lambda _: [f'Template "{OWN}" loses for good: its prompt "Ask for a number.".'],
        lambda _: OWN,
    ),
    "template's steps and edits": Case(
        "update_template",
        lambda room: _own_with_spec(room) | {"chain_config": CHAIN, "force": True},
        lambda _: ["loses for good: its 2 steps, all edits since it was installed."],
        lambda _: OWN,
    ),
    "method spec": Case(
        "install_method_spec",
        lambda room: {"text": SPEC, "force": bool(_own_with_spec(room))},
        lambda _: [f'Template "{OWN}"', "is overwritten by version 0.3.1, with all edits made"],
        lambda _: OWN,
    ),
    "announcement": Case(
        "create_session",
        lambda _: NEW | {"telegram_groups": [CAFE]},
        lambda _: [f'is announced to everybody in the Telegram group "{CAFE}".'],
        lambda _: CAFE,
    ),
    "e-mails": Case(
        "create_session",
        lambda _: NEW | {"template": OWN, "roster": ROSTER},
        lambda _: ["2 persons of the roster get 3 e-mails", '"ada@x.example", "ben@x.example".'],
        lambda _: "3 e-mails",
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
async def test_nothing_is_sent_after_a_no(era: str, case: Case) -> None:
    """The user is told what is sent or lost; after a no nothing with an effect leaves."""
    room = Room(era, agrees=False)
    arguments, told = case.arguments(room), case.told(room)
    called = await room.call(case.tool, **arguments)
    [question] = room.asked
    assert [piece for piece in told if piece not in question] == []
    assert called.data["state"] == "not_sent"
    assert room.writes == []


@every_case
async def test_it_is_done_after_a_yes(era: str, case: Case) -> None:
    """After a yes it is done, whatever `confirm` says, and asked no more."""
    room = Room(era, agrees=True)
    called = await room.call(case.tool, **case.arguments(room), confirm="anything")
    assert called.data["state"] == "done"
    assert len(room.asked) == 1
    assert room.writes


@every_case
async def test_it_is_confirmed_by_name_where_nobody_can_be_asked(era: str, case: Case) -> None:
    """Only the exact name confirms, spaces aside; the refusal says it and what would be lost."""
    room = Room(era, agrees=None)
    arguments, told, name = case.arguments(room), case.told(room), case.name(room)
    for wrong in ({}, {"confirm": "yes"}, {"confirm": name.upper()}, {"confirm": f"{name} x"}):
        refused = (await room.call(case.tool, **arguments, **wrong)).error
        assert [piece for piece in told if piece not in refused] == []
        assert refused.endswith(f'Ask your user, then call again with confirm="{name}".')
    assert room.writes == []
    spaced = f" {name.replace(' ', '  ')} "
    called = await room.call(case.tool, **arguments, confirm=spaced)
    assert called.data["state"] == "done"
    assert room.writes


NOTHING_LOST: dict[str, tuple[str, Callable[[Room], Json]]] = {
    "the first questions": ("update_session", _in(OPEN, questions=[{"text": "Who are you?"}])),
    "an ordinary field": ("update_session", _in(OPEN, topic="Hours", context="New.")),
    "the same prompt": (
        "update_session",
        lambda room: {"session_id": room.session(OPEN).id, "prompt": room.session(OPEN).prompt},
    ),
    "a template's title": ("update_template", lambda _: {"template": OWN, "title": "Rounds"}),
    "a template's first prompt": (
        "update_template",
        lambda _: {"template": OWN, "facilitation_prompt": "Ask."},
    ),
    "a new method spec": ("install_method_spec", lambda _: {"text": SPEC}),
    "a look at a method spec": (
        "install_method_spec",
        lambda room: {"text": SPEC, "dry_run": bool(_own_with_spec(room))},
    ),
    "a plain session": ("create_session", lambda _: NEW),
    "a public session, in which nobody has spoken": (
        "create_session",
        lambda _: NEW | {"results_visibility": "public"},
    ),
    "a roster without a chain": ("create_session", lambda _: NEW | {"roster": ROSTER}),
    "a roster with a single template": (
        "create_session",
        lambda _: NEW | {"roster": ROSTER, "template": "Retrospective"},
    ),
}


@pytest.mark.parametrize(("tool", "arguments"), NOTHING_LOST.values(), ids=NOTHING_LOST)
async def test_nobody_is_asked_where_nothing_is_lost_or_sent(
    era: str, tool: str, arguments: Callable[[Room], Json]
) -> None:
    """What overwrites nothing and writes to nobody goes on without a question."""
    room = Room(era, agrees=False)
    called = await room.call(tool, **arguments(room))
    assert called.data["state"] in {"done", "dry_run"}
    assert room.asked == []


async def test_a_session_without_a_prompt_loses_none(era: str) -> None:
    """Where there is no prompt yet, composing one replaces nothing."""
    room = Room(era, agrees=False)
    room.session(OPEN).prompt = None
    called = await room.call("apply_template_prompt", session_id=room.session(OPEN).id)
    assert (called.data["state"], room.asked) == ("done", [])


@pytest.mark.parametrize("era", [ENVELOPE])
async def test_many_are_shown_in_part(era: str) -> None:
    """Of many questions the first five are shown, and how many more there are."""
    room = Room(era, agrees=True)
    session = room.session("Opening hours").id
    many = [{"text": f"Question {number}?"} for number in range(7)]
    await room.call("update_session", session_id=session, questions=many)
    await room.call("update_session", session_id=session, questions=[])
    assert '"Question 4?" and 2 more.' in room.asked[-1]
    assert "Question 5?" not in room.asked[-1]


@pytest.mark.parametrize("era", [ENVELOPE])
async def test_what_has_no_name_is_confirmed_by_its_id(era: str) -> None:
    """A group without a name is named by its id."""
    room = Room(era, agrees=None)
    await room.call("register_telegram_group", group_id="-100200300")
    refused = await room.call("unregister_telegram_group", group="-100200300")
    assert 'confirm="-100200300"' in refused.error


@pytest.mark.parametrize("era", [ENVELOPE])
async def test_a_roster_that_is_refused_anyway_is_not_asked_about(era: str) -> None:
    """Two roles in one step are refused before anybody is asked."""
    room = Room(era, agrees=True)
    twice = {"email": "ada@x.example", "roles": [{"step": 0, "role": r} for r in ("a", "b")]}
    refused = await room.call("create_session", **NEW, template=OWN, roster=[twice])
    assert "two roles in one step" in refused.error
    assert room.asked == []
