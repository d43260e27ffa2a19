"""Reading conversations within a budget, fairly."""

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server import paging
from harmonica_mcp.server.guard import clean
from harmonica_mcp.server.reading import Conversations, Said, read

SESSION = "b79fbf17-ee99-4313-9e88-0551ae8b6b34"
WORDS = st.one_of(
    st.text(max_size=200),
    st.builds(
        str.__mul__,
        st.sampled_from(['"', "\\", "\n", "é", "中", "🙂", "a ", "\u2028", "\x1b[1m", "\ue000"]),
        st.integers(0, 1_500),
    ),
)
IDS = st.from_regex("msg_[0-9a-f]{12}|[0-9a-f]{8}-[0-9a-f]{27}", fullmatch=True)


def people_of(threads: Iterable[tuple[str | None, Iterable[str]]]) -> list[Participant]:
    """Conversations in which participant and facilitator take turns."""
    return [
        Participant(
            participant_id=f"{place:08x}-0000-4000-8000-000000000000",
            participant_name=name,
            active=bool(place % 2),
            messages=[
                Message(
                    id=f"msg_{place:04}{number:04}",
                    role="assistant" if number % 2 else "user",
                    content=words,
                )
                for number, words in enumerate(said)
            ],
        )
        for place, (name, said) in enumerate(threads)
    ]


THREADS = st.lists(st.tuples(st.none() | WORDS, st.lists(WORDS, max_size=6)), max_size=6).map(
    people_of
)


def page_of(
    people: list[Participant], budget: int = 10_000, cursor: str | None = None
) -> Conversations:
    """A page of both sides of all conversations."""
    return read(SESSION, people, None, True, budget, cursor)


def pages_of(people: list[Participant], budget: int) -> list[Conversations]:
    """All pages, one after another."""
    pages = [page_of(people, budget)]
    while cursor := pages[-1].next_cursor:
        pages.append(page_of(people, budget, cursor))
    return pages


def said_on(page: Conversations) -> list[Said]:
    """The messages of a page."""
    return [said for voice in page.participants for said in voice.messages]


def sizes(page: Conversations) -> tuple[float, float]:
    """Tokens of text and of structured content, as they are sent."""
    sent = page.to_mcp()
    [block] = sent.content
    assert block.type == "text"
    data = json.dumps(sent.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(block.text.encode()) / 4, len(data.encode()) / 4


@settings(max_examples=50, deadline=None)
@given(THREADS, st.integers(500, 3_000))
@example(people_of([('"' * 200, ["\\" * 9_999])]), 500)
@example(people_of([("🙂" * 200, ["🙂" * 5_000])] * 6), 500)
@example(people_of([(None, ["\n" * 9_999, "\n" * 9_999])] * 3), 500)
def test_the_budget_holds(people: list[Participant], budget: int) -> None:
    """Text and structured content of every page each stay within the budget, whoever says what."""
    for page in pages_of(people, budget):
        assert max(sizes(page)) <= budget


@settings(max_examples=50, deadline=None)
@given(THREADS, st.integers(500, 3_000))
def test_pages_joined_are_the_whole(people: list[Participant], budget: int) -> None:
    """No message is missing or told twice, in an order that no page breaks."""
    pages = pages_of(people, budget)
    ids = [said.id for page in pages for said in said_on(page)]
    assert sorted(ids) == sorted(message.id for person in people for message in person.messages)
    assert sum(page.shown_messages for page in pages) == pages[0].total_messages == len(ids)
    assert {page.total_participants for page in pages} == {len(people)}
    for person in people:
        mine = [said_id for said_id in ids if said_id in {each.id for each in person.messages}]
        assert mine == [message.id for message in person.messages]


@settings(max_examples=50, deadline=None)
@given(THREADS)
def test_words_arrive(people: list[Participant]) -> None:
    """What fits a page is shown as it was said, but cleaned."""
    said = {each.id: each.words for page in pages_of(people, 10_000) for each in said_on(page)}
    for message in itertools.chain.from_iterable(person.messages for person in people):
        assert said[message.id] == clean(message.content)


def test_fair_order() -> None:
    """Everybody's first words come before anybody's second; nobody's share waits for another's."""
    people = people_of([("Ada", ["a" * 300] * 9), ("Bo", ["b" * 300]), ("Cy", ["c" * 300] * 3)])
    page = page_of(people, 600)
    assert [(voice.name, len(voice.messages)) for voice in page.participants] == [
        ("Ada", 2),
        ("Bo", 1),
        ("Cy", 1),
    ]


def test_the_budget_is_used() -> None:
    """A page is filled as far as it goes: one more message of the same size would not fit."""
    people = people_of([("Ada", ["a" * 200] * 100)])
    page = page_of(people, 2_000)
    text, data = sizes(page)
    assert max(text, data) > 2_000 - 150


def test_a_long_message_is_cut_and_says_so() -> None:
    """A message too long for any page is cut; the mark says how much and what to do."""
    page = page_of(people_of([("Ada", ["x" * 9_000, "next"])]), 500)
    [said] = said_on(page)
    shown = said.words.index(" […cut: ")
    assert said.words[:shown] == "x" * shown
    assert said.words[shown:] == (
        f" […cut: {9_000 - shown} of 9000 characters left out; ask for a larger max_tokens]"
    )
    assert shown > 1_000
    assert page.next_cursor
    [following] = said_on(
        page_of(people_of([("Ada", ["x" * 9_000, "next"])]), 500, page.next_cursor)
    )
    assert following.words == "next"


def test_a_long_message_waits_for_its_own_page() -> None:
    """A message that does not fit beside others is not cut while a page of its own can hold it."""
    people = people_of([("Ada", ["short"]), ("Bo", ["y" * 1_380])])
    first, second = pages_of(people, 500)
    assert [said.words for said in said_on(first)] == ["short"]
    assert [said.words for said in said_on(second)] == ["y" * 1_380]


def test_the_largest_budget_cuts_no_participants_words() -> None:
    """The longest message that Harmonica takes fits the largest page, in any script."""
    for char, times in (("中", 10_000), ("🙂", 5_000), ('"', 10_000)):
        page = page_of(people_of([("Ada", [char * times])]))
        [said] = said_on(page)
        assert said.words == char * times


def test_only_participants() -> None:
    """The other view leaves the facilitator's turns out, and counts only what is left."""
    people = people_of([("Ada", ["one", "two", "three"])])
    page = read(SESSION, people, None, False, 10_000, None)
    assert [(said.by, said.words) for said in said_on(page)] == [
        ("participant", "one"),
        ("participant", "three"),
    ]
    assert page.total_messages == 2


def test_turns_that_the_api_made_up_are_left_out() -> None:
    """What the API writes in a participant's name is no words of theirs."""
    people = people_of([("Ada", ["Let's begin.", "Hello."])])
    [said] = said_on(page_of(people))
    assert said.by == "facilitator"


@pytest.mark.parametrize("wanted", ["da", "DA", "00000000-0000-4000-8000-000000000000"])
def test_one_participant(wanted: str) -> None:
    """A part of the name in any case, or the whole id, chooses; the counts follow."""
    people = people_of([("Ada", ["one"]), ("Bo", ["two"]), (None, ["three"])])
    page = read(SESSION, people, wanted, True, 10_000, None)
    assert [voice.name for voice in page.participants] == ["Ada"]
    assert (page.total_participants, page.total_messages) == (1, 1)


def test_twins() -> None:
    """Two conversations that look the same are both told."""
    people = people_of([("Ada", ["one"])]) * 2
    assert [voice.name for voice in page_of(people).participants] == ["Ada", "Ada"]


def test_somebody_without_a_name() -> None:
    """Who has no name is told as such."""
    [voice] = page_of(people_of([(None, ["one"])])).participants
    assert voice.name == "(no name)"


def test_a_long_name() -> None:
    """A long name is cut once, with the right count."""
    page = page_of(people_of([("N" * 200, ["one"])]))
    [voice] = page.participants
    assert voice.name == "N" * 80 + "… (cut, 200 characters)"
    assert page.text().count(f'"{voice.name}"') == 2


def test_a_cursor_behind_the_end() -> None:
    """A place behind the last message is told as such, not as silence."""
    people = people_of([("Ada", ["one"])])
    page = page_of(people, cursor=paging.encode(5, 0))
    assert page.next_cursor is None
    assert page.text() == f"This cursor is behind the last message of session {SESSION}."


@pytest.mark.parametrize("cursor", ["", "nonsense", paging.encode(1), paging.encode(1, 2, 3)])
def test_bad_cursors(cursor: str) -> None:
    """A cursor of another kind is refused."""
    with pytest.raises(InvalidInput, match="leave it out to begin again"):
        page_of(people_of([("Ada", ["one"])]), cursor=cursor)


def test_times() -> None:
    """When something was said is told in UTC, to the second, where it is known."""
    message = Message.model_validate(
        {"id": "m", "role": "user", "content": "x", "created_at": "2026-05-04T09:30:00.123+02:00"}
    )
    [said] = said_on(page_of([Participant(participant_id="p", messages=[message])]))
    assert said.at == "2026-05-04T07:30:00Z"
