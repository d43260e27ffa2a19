"""Reading conversations within a budget, fairly."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard import clean
from harmonica_mcp.server.reading import Filters
from tests.server.talks import (
    DIALOGUE,
    LATER,
    ONLY,
    OUTLINE,
    SESSION,
    joined,
    page,
    pages,
    people_of,
    said_on,
    sizes,
)

WORDS = st.one_of(
    st.text(max_size=200),
    st.builds(
        str.__mul__,
        st.sampled_from(['"', "\\", "\n", "é", "中", "🙂", "a ", "\u2028", "\x1b[1m", "\ue000"]),
        st.integers(0, 1_500),
    ),
)
THREADS = st.lists(st.tuples(st.none() | WORDS, st.lists(WORDS, max_size=6)), max_size=6).map(
    people_of
)
BUDGETS = st.integers(500, 3_000)
VIEWS = st.sampled_from([DIALOGUE, ONLY, OUTLINE])


@settings(max_examples=60, deadline=None)
@given(THREADS, BUDGETS, VIEWS)
@example(people_of([('"' * 200, ["\\" * 9_999])]), 500, DIALOGUE)
@example(people_of([("🙂" * 200, ["🙂" * 5_000])] * 6), 500, DIALOGUE)
@example(people_of([("\\" * 200, ["\u2028" * 500, "", "\u2028" * 500])] * 6), 500, OUTLINE)
@example(people_of([("🙂" * 200, ["a"] * 40)]), 500, ONLY)
@example(people_of([(None, ["\n" * 9_999, "\n" * 9_999])] * 3), 500, ONLY)
def test_the_budget_holds(people: list[Participant], budget: int, filters: Filters) -> None:
    """Text and structured content of every page each stay within the budget, whoever says what."""
    for shown in pages(people, budget, filters):
        assert max(sizes(shown)) <= budget


@settings(max_examples=60, deadline=None)
@given(THREADS, BUDGETS, st.sampled_from([DIALOGUE, ONLY]))
def test_pages_joined_are_the_whole(
    people: list[Participant], budget: int, filters: Filters
) -> None:
    """Every message is told once, whole and cleaned; what is left is counted."""
    found = pages(people, budget, filters)
    asked_for = {
        each.id: clean(each.content)
        for person in people
        for each in person.messages
        if each.own_words or filters is DIALOGUE
    }
    assert joined(found) == asked_for
    last = [said for said in map(said_on, found) if said]
    whole = sum(len(said) - (said[-1].part is not None) for said in last)
    assert found[0].left + found[0].shown >= len(asked_for) >= whole
    assert [shown.left for shown in found] == sorted((s.left for s in found), reverse=True)
    assert found[-1].left == 0


@settings(max_examples=60, deadline=None)
@given(THREADS, BUDGETS)
def test_fair_order(people: list[Participant], budget: int) -> None:
    """Nobody's next words come before everybody's last, across all pages."""
    number = {
        m.id: (n, p) for p, person in enumerate(people) for n, m in enumerate(person.messages)
    }
    told = [[number[said.id] for said in said_on(shown)] for shown in pages(people, budget)]
    for before, after in itertools.pairwise(told):
        assert max(before) <= min(after)
    for person in people:
        mine = [number[said.id] for shown in pages(people, budget) for said in said_on(shown)]
        theirs = [place for place in mine if place[1] == people.index(person)]
        assert theirs == sorted(theirs)


@settings(max_examples=60, deadline=None)
@given(THREADS, BUDGETS)
def test_everybody_is_in_the_outline(people: list[Participant], budget: int) -> None:
    """The outline names each person who takes part once, with the count of their own messages."""
    found = pages(people, budget, OUTLINE)
    rows = [(v.participant_id, v.own_messages) for shown in found for v in shown.participants]
    assert rows == [
        (person.participant_id, sum(each.own_words for each in person.messages))
        for person in people
        if person.messages
    ]


def test_a_share_for_everybody() -> None:
    """A page gives everybody's first words before anybody's second."""
    people = people_of([("Ada", ["a" * 300] * 9), ("Bo", ["b" * 300]), ("Cy", ["c" * 300] * 3)])
    shown = page(people, 660)
    assert [(voice.name, len(voice.messages)) for voice in shown.participants] == [
        ("Ada", 2),
        ("Bo", 1),
        ("Cy", 1),
    ]


def test_the_budget_is_used() -> None:
    """A page is filled as far as it goes: one more message of the same size would not fit."""
    text, data = sizes(page(people_of([("Ada", ["a" * 200] * 100)]), 2_000))
    assert max(text, data) > 2_000 - 190


def test_a_long_message_goes_on() -> None:
    """A message too long for any page is told in parts that say which; then the next one comes."""
    people = people_of([("Ada", ["x" * 9_000, "next"])])
    found = pages(people, 1_000)
    assert joined(found) == {"msg_00000000": "x" * 9_000, "msg_00000001": "next"}
    parts = [said_on(shown)[0].part for shown in found]
    first = len(said_on(found[0])[0].words)
    assert parts[0] == f"characters 1 to {first} of 9000"
    assert parts[1] is not None
    assert parts[1].startswith(f"characters {first + 1} to ")
    assert f'[msg_00000000] "Ada" ({parts[0]}): ' in found[0].text()
    assert said_on(found[-1])[-1].words == "next"


def test_a_long_message_waits_for_its_own_page() -> None:
    """A message that does not fit beside others is not parted while one page can hold it."""
    first, second = pages(people_of([("Ada", ["short"]), ("Bo", ["y" * 1_000])]), 500)
    assert [said.words for said in said_on(first)] == ["short"]
    assert [said.words for said in said_on(second)] == ["y" * 1_000]


@pytest.mark.parametrize(("char", "times"), [("中", 10_000), ("🙂", 5_000), ('"', 10_000)])
def test_the_largest_budget_parts_no_participants_words(char: str, times: int) -> None:
    """The longest message that Harmonica takes fits the largest page, in any script."""
    [said] = said_on(page(people_of([("Ada", [char * times])])))
    assert (said.words, said.part) == (char * times, None)


def test_a_name_that_leaves_no_room() -> None:
    """Reading comes to an end whatever an id costs: a page shows at least one character more."""
    [person] = people_of([("Ada", ["long words"])])
    long = Participant(participant_id="p" * 4_000, participant_name="A", messages=person.messages)
    assert joined(pages([long], 500)) == {"msg_00000000": "long words"}


def test_only_participants() -> None:
    """That view holds name, message id and words, and nothing else."""
    shown = page(people_of([("Ada", ["one", "two", "three"])]), filters=ONLY)
    assert shown.model_dump(exclude_none=True)["participants"] == [
        {
            "name": "Ada",
            "messages": [
                {"id": "msg_00000000", "words": "one"},
                {"id": "msg_00000002", "words": "three"},
            ],
        }
    ]
    assert "Ada" not in shown.text().split("<<<words")[0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(90, 300), min_size=1, max_size=30), min_size=1, max_size=17))
def test_own_words_cost_little_more_than_themselves(lengths: list[list[int]]) -> None:
    """In that view each form has at most 60 % more bytes than the words, beside its frame."""
    people = people_of(
        (f"Person {n}", [each for size in sizes for each in ("a b " * (size // 4), "?")])
        for n, sizes in enumerate(lengths)
    )
    words = sum(m.own_words * len(m.content) for person in people for m in person.messages)
    found = pages(people, 6_000, ONLY)
    for form in zip(*map(sizes, found), strict=True):
        assert sum(form) * 4 <= words * 1.6 + 600 * len(found)


def test_the_outline_shows_first_and_last_words() -> None:
    """An outline shows who somebody is, how much they wrote, and their first and last words."""
    shown = page(people_of([("Ada", ["one", "?", "two", "?", "z" * 200])]), filters=OUTLINE)
    [voice] = shown.participants
    assert (voice.name, voice.finished, voice.own_messages) == ("Ada", True, 3)
    first, last = voice.messages
    assert (first.id, first.words, first.part) == ("msg_00000000", "one", None)
    assert (last.id, last.words) == ("msg_00000004", "z" * 160)
    assert last.part == "characters 1 to 160 of 200"
    assert "1 participant, 0 left." in shown.text()
    assert f'"Ada" (finished, id {voice.participant_id}, 3 messages)' in shown.text()


def test_the_outline_of_one_message() -> None:
    """Who wrote one message is shown with it once, who wrote none without any."""
    shown = page(people_of([("Ada", ["one"]), ("Bo", [])]), filters=OUTLINE)
    greeted = Participant(
        participant_id="g", messages=[Message(id="m", role="assistant", content=b"Hello.")]
    )
    assert [len(voice.messages) for voice in shown.participants] == [1]
    [voice] = page([greeted], filters=OUTLINE).participants
    assert (voice.own_messages, voice.messages) == (0, [])


def test_turns_that_the_api_made_up_are_told_apart() -> None:
    """What the API writes in a participant's name is shown as the form, never as their words."""
    shared = "User shared the following context:\nRole?: Baker"
    people = people_of([("Ada", [shared, "Hello.", "Let's begin.", "How?", "Well."])])
    shown = page(people)
    assert [said.by for said in said_on(shown)] == [
        "form",
        "facilitator",
        "form",
        "facilitator",
        "participant",
    ]
    assert '[msg_00000000] form of "Ada": ' in shown.text()
    assert '[msg_00000001] facilitator to "Ada": "Hello."' in shown.text()
    assert [said.words for said in said_on(page(people, filters=ONLY))] == ["Well."]
    [voice] = page(people, filters=OUTLINE).participants
    assert voice.own_messages == 1


def test_twins() -> None:
    """Two conversations that look the same are both told, also when a page ends between them."""
    people = people_of([("Ada", ["w" * 900])]) * 3
    shown = pages(people, 500)
    assert [voice.name for each in shown for voice in each.participants] == ["Ada"] * 3


def test_names() -> None:
    """Who has no name is told as such; a long one is cut once, with the right count."""
    shown = page(people_of([(None, ["one"]), ("N" * 200, ["one"])]))
    first, second = shown.participants
    assert first.name == "(no name)"
    assert second.name == "N" * 80 + "… (cut, 200 characters)"
    assert shown.text().count(f'"{second.name}"') == 2


def test_times() -> None:
    """When something was said is told in UTC, to the second, where it is known."""
    people = [
        Participant(
            participant_id="p",
            messages=[
                TypeAdapter(Message).validate_python(
                    {"id": "m", "role": "user", "created_at": "2026-05-04T09:30:00.123+02:00"}
                )
            ],
        )
    ]
    [said] = said_on(page(people))
    assert said.at == "2026-05-04T07:30:00Z"


def test_the_end() -> None:
    """The last page says so, and from when on a later reading finds what is new."""
    shown = page(people_of([("Ada", ["one"])]))
    assert shown.next_cursor is None
    assert shown.as_of == "2026-05-05T09:00:00Z"
    assert shown.text().endswith("\nThe end. New later: since=2026-05-05T09:00:00Z.")
    more = page(people_of([("Ada", ["x" * 3_000] * 3)]), 1_000)
    assert more.as_of is None
    assert more.text().endswith(
        f"\nMore: call again with the same arguments and cursor {more.next_cursor}."
    )


def test_nothing_to_tell() -> None:
    """Where nothing fits, both forms say so."""
    shown = page([])
    assert (shown.shown, shown.left, shown.participants) == (0, 0, [])
    assert shown.text().startswith(f"Session {SESSION}: nothing that fits was said.\nThe end.")
    assert LATER.isoformat().startswith((shown.as_of or "")[:19])
