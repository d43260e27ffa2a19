"""The results view with names of any length and texts of any direction, in a real browser."""

from pathlib import Path

import pytest

from tests.server.wire import Stage
from tests.view.host import needs_chromium, opened

pytestmark = needs_chromium

# Where the first letter of a text stands, and where the full stop at its end.
_ENDS = """(node) => {
  const text = node.firstChild, range = document.createRange();
  return [0, text.data.length - 1].map((at) => {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect().left;
  });
}"""


@pytest.mark.parametrize(
    "name",
    [
        "Мария Александровна Преображенская, учитель начальных классов",
        "山田太郎、町内会の会長、自転車修理工房の世話人、そして図書館のボランティア代表",
        "🌻" * 30,
        "Ottoline, chairwoman of the residents' association of the ground floor, since 2019",
        "Ottoline, chairwoman of the residents' association, and of its "
        + "sub-" * 30
        + "committee",
    ],
    ids=["cyrillic", "japanese", "emoji", "latin", "longer than every cut"],
)
async def test_long_names(stage: Stage, tmp_path: Path, name: str) -> None:
    """However long a name, what its owner wrote is counted and opens."""
    session = stage.session("spring repair day")
    session.threads[0].name = name
    [spoken, *_] = session.threads[0].spoken()
    call = ("get_session_status", {"session_id": session.id})
    async with opened(stage, tmp_path, call) as host:
        person = host.view.locator("#list li", has_text=name[:15])
        await person.get_by_text("4 messages").wait_for()
        await person.get_by_role("button").click()
        await person.get_by_text(spoken.content).wait_for()


async def test_a_name_that_begins_another(stage: Stage, tmp_path: Path) -> None:
    """Who is called as another one begins is somebody else."""
    session = stage.session("spring repair day")
    okan, priya, edda = session.threads
    okan.name, priya.name, edda.name = "Ann", "Ann…", "Anna"
    for thread in (priya, edda):
        thread.messages[:] = thread.messages[:2]
    call = ("get_session_status", {"session_id": session.id})
    async with opened(stage, tmp_path, call) as host:
        people = host.view.locator("#list li")
        await people.get_by_text("4 messages").wait_for()
        assert await people.get_by_text("0 messages").count() == 2


async def test_from_right_to_left(stage: Stage, tmp_path: Path) -> None:
    """Each text runs in its own direction: a Hebrew sentence ends at its left, an English right."""
    session = stage.session("spring repair day")
    [hebrew, english, *_] = session.threads[0].spoken()
    session.topic = hebrew.content = "הגן פתוח לכולם."
    session.threads[0].name = "דנה."
    call = ("get_session_status", {"session_id": session.id})
    async with opened(stage, tmp_path, call) as host:
        view = host.view
        await view.get_by_text("3 of 3 shown.").wait_for()
        person = view.locator("#list li", has_text="דנה")
        await person.get_by_text("4 messages").wait_for()
        await person.get_by_role("button").click()
        quotes = person.locator("blockquote")
        await quotes.first.wait_for()
        for text in (view.locator("h1"), person.locator(".name"), quotes.first):
            first, stop = await text.evaluate(_ENDS)
            assert stop < first
        assert await quotes.nth(1).inner_text() == english.content
        first, stop = await quotes.nth(1).evaluate(_ENDS)
        assert stop > first
