"""Reading page by page while people write, join and are excluded."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.reading import Filters, read
from harmonica_mcp.server.sealing import Seal
from tests.server.talks import (
    BEGUN,
    DIALOGUE,
    ONLY,
    OUTLINE,
    SEAL,
    Harmonica,
    joined,
    people_of,
    said_on,
)
from tests.server.world import HAPPENINGS, Happening, World, happen, read_through


def told_once(
    world: World, before: list[Happening], between: list[list[Happening]], filters: Filters
) -> tuple[dict[str, str], set[str]]:
    """What pages tell by its id, no part of it twice; and the ids of what is there at the end."""
    happen(world, before)
    world.excluded.clear()
    found, there = asyncio.run(read_through(world, between, filters, 700))
    parts = [(said.id, said.part) for shown in found for said in said_on(shown)]
    assert len(parts) == len(set(parts))
    return joined(found), there


@settings(max_examples=120, deadline=None)
@given(HAPPENINGS, st.lists(HAPPENINGS, max_size=5), st.sampled_from([DIALOGUE, ONLY]))
def test_nothing_is_lost_and_nothing_told_twice(
    before: list[Happening], between: list[list[Happening]], filters: Filters
) -> None:
    """Whatever happens between pages: all that is there at the end was told, each message once."""
    world = World()
    told, there = told_once(world, before, between, filters)
    assert there <= told.keys() | _parted_by_exclusion(world)
    for thread in world.threads.values():
        theirs = [said.id for _, said in thread]
        mine = [each for each in told if each in theirs]
        assert mine == sorted(mine)


@settings(max_examples=60, deadline=None)
@given(HAPPENINGS, st.lists(HAPPENINGS, max_size=5), st.integers(2, 3))
@example(
    [("write", name, 600, 0.0) for name in "abb"] + [("wait", "", 2_000, 0.0)],
    [[("wait", "", 2_000, 0.0), ("write", "a", 600, 0.0), ("wait", "", 2_000, 0.0)]],
    2,
)
def test_who_comes_to_enough_messages_is_told_whole(
    before: list[Happening], between: list[list[Happening]], least: int
) -> None:
    """Who writes their second message between two pages is then told with the first one, too."""
    world = World()
    told, _ = told_once(world, before, between, Filters(min_messages=least))
    enough = [person for person in world.seen() if len(person.messages) >= least]
    there = {said.id for person in enough for said in person.messages}
    assert there <= told.keys() | _parted_by_exclusion(world)


def _parted_by_exclusion(world: World) -> set[str]:
    return {m.id for name in world.excluded for _, m in world.threads.get(name, [])}


async def test_what_was_written_a_moment_ago() -> None:
    """A page waits for what was written before its end and is seen only a moment later."""
    world = World()
    happen(world, [("write", "late", 900, 1.9), ("write", "a", 900, 0.0), ("write", "b", 900, 0.0)])
    pause: list[Happening] = [("wait", "", 2_000, 0.0)]
    found, there = await read_through(world, [pause, pause], ONLY, 500)
    assert [shown.participants[0].name for shown in found] == [
        "Person late",
        "Person a",
        "Person b",
    ]
    assert joined(found).keys() == there


async def test_a_copy_is_its_callers() -> None:
    """Who may see less of a session is never shown what another caller's reading has kept."""
    one, other = Harmonica(people_of([("Ada", ["a" * 900] * 3)])), Harmonica([])
    other.people = people_of([("Bo", ["b" * 900] * 3)])
    other.pool, other.key = one.pool, ApiKey("hm_live_" + "1" * 32)
    seal = Seal(other.key, SEAL.tool, SEAL.subject)
    mine = await read(other.client, seal, DIALOGUE, 500, None)
    await read(one.client, SEAL, DIALOGUE, 500, None)
    second = await read(other.client, seal, DIALOGUE, 500, mine.next_cursor)
    assert [said.words for said in said_on(second)] == ["b" * 900]
    assert (one.asked, other.asked) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(HAPPENINGS, st.lists(HAPPENINGS, max_size=5))
def test_the_outline_tells_everybody_once(
    before: list[Happening], between: list[list[Happening]]
) -> None:
    """Whoever joins between two pages comes later; nobody is told twice or left out."""
    world = World()
    happen(world, before)
    found, _ = asyncio.run(read_through(world, between, OUTLINE, 500))
    told = [voice.participant_id for shown in found for voice in shown.participants]
    assert len(told) == len(set(told))
    assert {each.participant_id for each in world.seen() if each.messages} <= set(told)


async def test_what_is_newer_comes_last() -> None:
    """Messages later than the first page come after the last page, as a round of their own."""
    people = people_of([("Ada", ["a" * 900, "?", "a" * 900]), ("Bo", ["b" * 900])])
    api = Harmonica(people, BEGUN + timedelta(hours=1))
    first = await read(api.client, SEAL, ONLY, 600, None)
    late = [*people, *people_of([("Cy", ["c" * 900])])]
    late[-1] = Participant(
        participant_id="late",
        participant_name="Cy",
        messages=[
            Message(
                id="new",
                role="user",
                content=b"c",
                created_at=BEGUN + timedelta(hours=1, minutes=1),
            )
        ],
    )
    api.people, api.now = late, BEGUN + timedelta(hours=2)
    told = [said.id for said in said_on(first)]
    page = first
    while page.next_cursor:
        page = await read(api.client, SEAL, ONLY, 600, page.next_cursor)
        told += [said.id for said in said_on(page)]
    assert told == ["msg_00000000", "msg_00010000", "msg_00000002", "new"]


async def test_following_pages_cost_no_request() -> None:
    """Pages within a minute cost none, but the last asks once more for what was said since."""
    api = Harmonica(people_of([("Ada", ["a" * 900] * 5)]))
    page = await read(api.client, SEAL, DIALOGUE, 500, None)
    asked = [api.asked]
    while page.next_cursor:
        page = await read(api.client, SEAL, DIALOGUE, 500, page.next_cursor)
        asked.append(api.asked)
    assert asked == [1, 1, 1, 1, 2]
    await read(api.client, SEAL, DIALOGUE, 500, None)
    assert api.asked == 3


async def test_times_ahead_of_the_clock() -> None:
    """Where waiting would not settle anything, because clocks differ, nothing waits."""
    people = people_of([("Ada", ["a" * 900]), ("Bo", ["b" * 900])])
    api = Harmonica(people, BEGUN - timedelta(hours=1))
    first = await read(api.client, SEAL, DIALOGUE, 500, None)
    second = await read(api.client, SEAL, DIALOGUE, 500, first.next_cursor)
    assert [said.id for page in (first, second) for said in said_on(page)] == [
        "msg_00000000",
        "msg_00010000",
    ]
    assert api.asked == 2


async def test_without_a_clock() -> None:
    """Where Harmonica tells no time, the newest message's time stands for it."""
    api = Harmonica(people_of([("Ada", ["a" * 900] * 3)]), None)
    page = await read(api.client, SEAL, DIALOGUE, 500, None)
    told = [said.id for said in said_on(page)]
    while page.next_cursor:
        page = await read(api.client, SEAL, DIALOGUE, 500, page.next_cursor)
        told += [said.id for said in said_on(page)]
    assert len(told) == 3
    assert page.as_of == "2026-05-04T09:02:00Z"
    silent = Harmonica([], None)
    assert (await read(silent.client, SEAL, DIALOGUE, 500, None)).as_of is None


@pytest.mark.parametrize(
    "other",
    [
        ONLY,
        Filters(participant="Ada"),
        Filters(query="a"),
        Filters(since=BEGUN),
        Filters("dialogue", None, None, None, 1),
    ],
)
async def test_other_arguments(other: Filters) -> None:
    """A cursor goes on with the arguments it was made with, and says so when others come."""
    api = Harmonica(people_of([("Ada", ["a" * 900] * 5)]))
    page = await read(api.client, SEAL, DIALOGUE, 500, None)
    with pytest.raises(InvalidInput, match="repeat them, only max_tokens may differ"):
        await read(api.client, SEAL, other, 500, page.next_cursor)
    wider = await read(api.client, SEAL, DIALOGUE, 5_000, page.next_cursor)
    assert len(said_on(wider)) == 4


async def test_messages_that_are_still_coming_in_stay_together() -> None:
    """Where only some of the last seconds' messages fit, all of them wait for the next page."""
    people = people_of([("Ada", ["a" * 100, "a" * 600]), ("Bo", ["b" * 100, "b" * 600])])
    api = Harmonica(people, BEGUN + timedelta(minutes=1, seconds=0.5))
    first = await read(api.client, SEAL, DIALOGUE, 500, None)
    assert sorted(said.words[0] for said in said_on(first)) == ["a", "b"]
    assert {len(said.words) for said in said_on(first)} == {100}
    assert first.next_cursor is not None
