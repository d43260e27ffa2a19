"""The results view in a real browser, inside a host that speaks the protocol of MCP Apps."""

import asyncio
import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harmonica_mcp.server.options import Options, Privacy
from tests.server.wire import Json, Stage
from tests.view.conftest import stage_of
from tests.view.host import needs_chromium, opened

pytestmark = needs_chromium

ATTACKS = [
    "<script>top.struck = 1; fetch('https://example.org/script')</script>",
    '<img src="https://example.org/image" onerror="window.struck = 1">',
    "<svg onload=window.struck=1><a href=javascript:window.struck=1>go</a>",
    "[click](javascript:window.struck=1) </blockquote></li><iframe src=https://example.org>",
]

_CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = numbers(getComputedStyle(node).backgroundColor);
      if (color.length === 3) return color;
    }
  };
  const low = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  for (let node; (node = walker.nextNode());) {
    const holder = node.parentElement;
    if (!node.data.trim() || !holder.offsetParent || holder.closest("script, :disabled")) continue;
    seen++;
    const two = [light(numbers(getComputedStyle(holder).color)), light(behind(holder))].sort();
    const ratio = (Math.max(...two) + .05) / (Math.min(...two) + .05);
    if (ratio < 4.5) low.push([node.data, ratio]);
  }
  return [seen, low];
}"""


def first(stage: Stage, tool: str = "get_session_status") -> tuple[str, Json]:
    """A model's call about a session with a summary and quotations."""
    return tool, {"session_id": stage.session("spring repair day").id}


async def test_a_click_shows_quotes_that_no_model_reads(stage: Stage, tmp_path: Path) -> None:
    """People are listed and filtered; a click shows what one wrote, to the person alone."""
    session = stage.session("spring repair day")
    session.threads[1].finished = False
    async with opened(stage, tmp_path, first(stage)) as host:
        view, people = host.view, host.view.locator("#list li")
        await view.get_by_text("3 of 3 shown.").wait_for()
        assert await view.locator("h1").inner_text() == session.topic
        assert await view.locator("#counts").inner_text() == (
            "Joined\n3\nFinished\n2\nTalking\n0\nStalled\n1"
        )
        assert "12 in all" in str(await view.get_by_role("img").get_attribute("aria-label"))
        await view.get_by_role("button", name="Stalled", exact=True).click()
        assert await people.count() == 1
        assert "Priya" in await people.inner_text()
        await view.get_by_role("button", name="All", exact=True).click()
        await view.get_by_label("Name").fill("okA")
        assert await people.count() == 1
        await people.get_by_role("button").click()
        [spoken, *_] = session.threads[0].spoken()
        await people.get_by_text(spoken.content).wait_for()
        assert "4 messages, last " in await people.inner_text()
        assert await people.get_by_role("button").get_attribute("aria-expanded") == "true"
        await people.get_by_role("button").click()
        assert await view.locator("blockquote").first.is_hidden()
        assert [name for name, _ in host.called] == [
            *("get_session_status", "get_summary", "get_responses")
        ]
        assert spoken.content not in "".join(host.for_model)
        methods = {message.get("method") for message in host.said}
        assert methods <= {
            *("ui/initialize", "ui/notifications/initialized", "tools/call"),
            "ui/notifications/size-changed",
        }


async def test_themes_with_evidence(stage: Stage, tmp_path: Path) -> None:
    """The summary's themes stand under headings; a quotation opens its message."""
    async with opened(stage, tmp_path, first(stage, "get_summary")) as host:
        await host.view.get_by_text("3 of 3 shown.").wait_for()
        await host.view.get_by_role("tab", name="Themes").click()
        themes = host.view.get_by_role("tabpanel", name="Themes")
        assert await themes.get_by_role("heading", name="Common ground").count() == 1
        row = themes.locator("li", has_text="Numbered cards at the door").first
        await row.get_by_role("button").click()
        await row.get_by_text("People waited without knowing when").wait_for()


async def test_decisions_and_tensions(stage: Stage, tmp_path: Path) -> None:
    """Nothing is extracted unless somebody asks for it; then it is filtered, and has evidence."""
    async with opened(stage, tmp_path, first(stage)) as host:
        view = host.view
        await view.get_by_text("3 of 3 shown.").wait_for()
        await view.get_by_role("tab", name="Decisions").click()
        assert "POST /sessions/{id}/knowledge" not in stage.sent
        await view.get_by_role("button", name="Extract them now").click()
        await view.get_by_role("button", name="Tension").click()
        rows = view.locator(".finding")
        assert {await each.locator(".kind").inner_text() for each in await rows.all()} == {
            "Tension"
        }
        await rows.first.get_by_role("button").click()
        assert await rows.first.locator("blockquote").nth(1).inner_text()
        assert stage.sent.count("POST /sessions/{id}/knowledge") == 1


async def test_what_a_model_extracted(stage: Stage, tmp_path: Path) -> None:
    """After a model extracted the knowledge the page opens with it, and asks for nothing again."""
    async with opened(stage, tmp_path, first(stage, "extract_knowledge")) as host:
        await host.view.locator(".finding").first.wait_for()
        assert stage.sent.count("POST /sessions/{id}/knowledge") == 1


async def test_an_extraction_that_fails(stage: Stage, tmp_path: Path) -> None:
    """What the server says of a failure stands beside the button, which can be used again."""
    stage.tenant.plan = "FREE"
    async with opened(stage, tmp_path, first(stage)) as host:
        await host.view.get_by_role("tab", name="Decisions").click()
        await host.view.get_by_text("3 of 3").wait_for(state="attached")
        button = host.view.get_by_role("button", name="Extract them now")
        await button.click()
        await host.view.get_by_text("requires a Pro subscription").wait_for()
        assert await button.is_enabled()


async def test_payloads_stay_text(stage: Stage, tmp_path: Path) -> None:
    """Markup in names, quotes, topic, summary and findings is shown as text and does nothing."""
    session, call = stage.session("spring repair day"), first(stage)
    session.topic = session.goal = ATTACKS[0]
    for thread, attack in zip(session.threads, ATTACKS[1:], strict=True):
        thread.name = attack
        for message in thread.spoken():
            message.content = f"We should agree. {attack}"
    session.summary = "\n".join(["# " + ATTACKS[2], *(f"- {attack}" for attack in ATTACKS)])
    async with opened(stage, tmp_path, call) as host:
        view = host.view
        await view.get_by_text("3 of 3 shown.").wait_for()
        assert await view.locator("h1").inner_text() == ATTACKS[0]
        names = await view.locator(".name").all_inner_texts()
        assert sorted(name[:70] for name in names) == sorted(each[:70] for each in ATTACKS[1:])
        await view.locator(".person").first.click()
        await view.locator("blockquote").first.wait_for()
        assert "onerror" in await view.locator("blockquote").first.inner_text()
        for tab in ("Themes", "Decisions"):
            await view.get_by_role("tab", name=tab).click()
        await view.get_by_role("button", name="Extract them now").click()
        await view.locator(".finding").first.wait_for()
        foreign = "main :is(script, img, iframe, a, [onload], [onerror], [src], [href])"
        assert await view.locator(foreign).count() == 0
        frame = host.page.frames[1]
        assert await frame.evaluate("typeof struck") == "undefined"
        assert await host.page.evaluate("typeof struck") == "undefined"
        assert host.left == []


async def test_no_request_leaves(stage: Stage, tmp_path: Path) -> None:
    """Even a script in the page could send nothing: its policy forbids every request."""
    async with opened(stage, tmp_path, first(stage)) as host:
        tried = await host.page.frames[1].evaluate(
            """async () => {
                 const blocked = [];
                 addEventListener("securitypolicyviolation", (e) => blocked.push(e.blockedURI));
                 await fetch("https://example.org/fetch").catch(() => 0);
                 const image = new Image();
                 await new Promise((done) => {
                   image.onerror = done;
                   image.src = "https://example.org/image";
                 });
                 return blocked;
               }"""
        )
        assert tried == ["https://example.org/fetch", "https://example.org/image"]
        assert host.left == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("told", [None, "light", "dark"])
async def test_contrast(stage: Stage, tmp_path: Path, scheme: str, told: str | None) -> None:
    """Light and dark, by the system or by the host: every text has a contrast of 4.5 and more."""
    context = {"theme": told} if told else {}
    async with opened(stage, tmp_path, first(stage), scheme=scheme, context=context) as host:
        view, frame = host.view, host.page.frames[1]
        await view.get_by_text("3 of 3 shown.").wait_for()
        await view.locator(".person").first.click()
        await view.locator("blockquote").first.wait_for()
        ground = await frame.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is ((told or scheme) == "light")
        for tab in ("People", "Themes", "Decisions"):
            await view.get_by_role("tab", name=tab).click()
            seen, low = await frame.evaluate(_CONTRAST)
            assert seen > 5
            assert low == []


async def test_the_theme_changes(stage: Stage, tmp_path: Path) -> None:
    """When the host changes its theme the page follows, keeping what is open."""
    async with opened(stage, tmp_path, first(stage), context={"theme": "light"}) as host:
        await host.view.get_by_text("3 of 3 shown.").wait_for()
        await host.tell(
            {"method": "ui/notifications/host-context-changed", "params": {"theme": "dark"}}
        )
        await host.view.locator("html[data-theme=dark]").wait_for()
        assert await host.view.get_by_text("3 of 3 shown.").is_visible()


@pytest.mark.parametrize("width", [320, 800, 1600])
async def test_widths(stage: Stage, tmp_path: Path, width: int) -> None:
    """From 320 pixels up nothing is wider than the window, and every target is 44 pixels high."""
    stage.session("spring repair day").threads[0].name = "Wolfeschlegelsteinhausen" * 3
    async with opened(stage, tmp_path, first(stage), width=width) as host:
        view, frame = host.view, host.page.frames[1]
        await view.get_by_text("3 of 3 shown.").wait_for()
        for tab in ("People", "Themes", "Decisions"):
            await view.get_by_role("tab", name=tab).click()
            assert await frame.evaluate("document.documentElement.scrollWidth") <= width
            low = await frame.evaluate(
                """[...document.querySelectorAll("button, input, summary")].filter((each) =>
                     each.offsetParent && each.getBoundingClientRect().height < 43.9).length"""
            )
            assert low == 0
        [*_, sized] = [m for m in host.said if m.get("method", "").endswith("size-changed")]
        assert sized["params"]["height"] > 100


async def test_keyboard_alone(stage: Stage, tmp_path: Path) -> None:
    """All can be reached by keys: tabs by arrows, people by Tab, quotes by Enter; focus is seen."""
    async with opened(stage, tmp_path, first(stage)) as host:
        view, keys, frame = host.view, host.page.keyboard, host.page.frames[1]
        await view.get_by_text("3 of 3 shown.").wait_for()
        await view.get_by_role("tab", name="People").focus()
        for key, tab in (("ArrowRight", "Themes"), ("End", "Decisions"), ("ArrowRight", "People")):
            await keys.press(key)
            assert await view.get_by_role("tab", name=tab).get_attribute("aria-selected") == "true"
        passed: list[str] = []
        while not any(each.startswith("Okan") for each in passed):
            await keys.press("Tab")
            passed.append(await frame.evaluate("document.activeElement.innerText"))
            outline = await frame.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid"
            assert len(passed) < 20
        await keys.press("Enter")
        await view.locator("blockquote").first.wait_for()
        await view.get_by_role("button", name="Finished", exact=True).focus()
        await keys.press("Enter")
        assert await frame.evaluate("document.activeElement.innerText") == "Finished"


async def test_a_host_that_hands_on_nothing_more(stage: Stage, tmp_path: Path) -> None:
    """Where the page may call no tool it shows what the model's call told, and says what lacks."""

    def refuse(result: Json) -> Json:
        refused = {"isError": True, "content": [{"type": "text", "text": "No."}]}
        return result if "joined" in result.get("structuredContent", {}) else refused

    async with opened(stage, tmp_path, first(stage), change=refuse) as host:
        await host.view.get_by_text("Not all could be loaded: No.").wait_for()
        people = host.view.locator("#list li")
        assert await people.count() == 3
        await people.first.get_by_role("button").click()
        await people.first.get_by_text("What was said could not be read.").wait_for()


async def test_a_click_before_all_is_there(stage: Stage, tmp_path: Path) -> None:
    """Who clicks while the conversations are being read sees that, and the quotes once they are."""
    read = asyncio.Event()
    async with opened(stage, tmp_path, first(stage), until=read) as host:
        people = host.view.locator("#list li")
        await host.asked.wait()
        await people.first.get_by_role("button").click()
        await people.first.get_by_text("What was said is being read…").wait_for()
        read.set()
        await people.first.locator("blockquote").first.wait_for()


async def test_a_large_session(stage: Stage, tmp_path: Path) -> None:
    """People, summary and conversations of many pages come whole, long messages and all."""
    session = stage.session("spring repair day")
    okan, edda = session.threads[0], session.threads[2]
    [long, *_] = okan.spoken()
    long.content = f"Lamps first. {'and so on ' * 5_000} Benches last."
    session.summary = "\n".join(f"- Point {n}: {'words ' * 200}" for n in range(60))
    edda.messages *= 20
    for number in range(60):
        named = copy.deepcopy(session.threads[1])
        named.row_id, named.name = f"{named.row_id}-{number}", f"Person {number}"
        session.threads.append(named)
    async with opened(stage, tmp_path, first(stage)) as host:
        view = host.view
        await view.get_by_text("63 of 63 shown.").wait_for()
        await view.get_by_role("img").wait_for()
        people = view.locator("#list li")
        await people.filter(has_text="Okan").get_by_role("button").click()
        words = await people.filter(has_text="Okan").locator("blockquote").first.inner_text()
        assert words == long.content
        await people.filter(has_text="Edda").get_by_role("button").click()
        left = len(list(edda.spoken())) - 50
        await people.filter(has_text="Edda").get_by_text(f"{left} more are not shown").wait_for()
        await view.get_by_role("tab", name="Themes").click()
        assert await view.locator("#themes li").count() == 60


async def test_steps_of_time(stage: Stage, tmp_path: Path) -> None:
    """However long a session lasts there are few steps; days and weeks begin where people's do."""
    begun = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    cases: list[tuple[tuple[float, ...], str]] = [
        ((0, 1, 1.2), "Messages per hour: 3 in all, most (2) from 4 May 2026, 10:00."),
        ((0, 1, 40), "Messages per six hours: 3 in all, most (2) from 4 May 2026, 06:00."),
        ((0, 24 * 20), "Messages per day: 2 in all, most (1) from 4 May 2026, 00:00."),
        ((0, 24 * 60), "Messages per week: 2 in all, most (1) from 4 May 2026, 00:00."),
        ((24, 24 * 700), "Messages per 4 weeks: 2 in all, most (1) from 13 Apr 2026, 00:00."),
    ]
    async with opened(stage, tmp_path, first(stage)) as host:
        chart = host.view.get_by_role("img")
        await chart.wait_for()
        for hours, told in cases:
            times = [(begun + timedelta(hours=hour)).isoformat() for hour in hours]
            said = [{"by": "participant", "at": time} for time in times]
            await host.page.frames[1].evaluate(
                "(said) => { threads = [{messages: said}]; renderTimeline(); }", said
            )
            assert (await chart.get_attribute("aria-label") or "").replace(" at ", ", ") == told
            assert await chart.locator("rect").count() <= 33


async def test_quotations(stage: Stage, tmp_path: Path) -> None:
    """A quotation opens what somebody wrote, in any case and spacing; others are only text."""
    session = stage.session("spring repair day")
    [said, *_] = session.threads[0].spoken()
    said.content = "Lamps would\n help US all."
    session.summary = (
        "- All say “lamps would help us…”\n- Some: „Lamps would help“\n- «would help us all»\n"
        '- "nobody ever said this"\n- "help us"\n- “… ! ?”\n'
    )
    async with opened(stage, tmp_path, first(stage)) as host:
        await host.view.get_by_role("tab", name="Themes").click()
        lines = host.view.locator("#themes li")
        await lines.first.get_by_role("button").wait_for()
        opened_by = [await line.get_by_role("button").count() for line in await lines.all()]
        assert opened_by == [1, 1, 1, 0, 0, 0]


async def test_lockdown(tmp_path: Path) -> None:
    """Locked down, the page shows counts and the summary, and nothing that can be opened."""
    stage = stage_of(Options(lockdown=True))
    session = stage.session("spring repair day")
    said = [message.content for thread in session.threads for message in thread.spoken()]
    async with opened(stage, tmp_path, first(stage)) as host:
        await host.view.get_by_text("3 of 3 shown.").wait_for()
        assert await host.view.locator("#list button, #themes button").count() == 0
        seen = await host.view.locator("main").inner_text()
        assert not any(words in seen for words in said)
        await host.view.get_by_role("tab", name="Decisions").click()
        await host.view.get_by_text("“knowledge” is switched off").wait_for()
        assert [name for name, _ in host.called] == ["get_session_status", "get_summary"]


@pytest.mark.parametrize(
    ("privacy", "names"),
    [("names", ["Participant"] * 3), ("strict", [])],
)
async def test_privacy(tmp_path: Path, privacy: Privacy, names: list[str]) -> None:
    """Under pseudonyms the page shows no names; in strict privacy counts, and nobody alone."""
    stage = stage_of(Options(privacy=privacy))
    async with opened(stage, tmp_path, first(stage)) as host:
        await host.view.get_by_role("img").wait_for()
        shown = await host.view.locator(".name").all_inner_texts()
        assert [name.split()[0] for name in shown] == names
        assert "Joined\n3" in await host.view.locator("#counts").inner_text()
        alone = host.view.get_by_text("This server does not tell people apart.")
        assert await alone.count() == (privacy == "strict")


async def test_a_session_without_anything(stage: Stage, tmp_path: Path) -> None:
    """Where nobody has come yet the page says so, and offers nothing that cannot be."""
    session = stage.session("Opening hours")
    session.threads.clear()
    call = ("get_session_status", {"session_id": session.id})
    async with opened(stage, tmp_path, call) as host:
        await host.view.get_by_text("0 of 0 shown.").wait_for()
        await host.view.get_by_role("tab", name="Themes").click()
        await host.view.get_by_text("There is no summary yet.").wait_for()


async def test_manners_towards_the_host(stage: Stage, tmp_path: Path) -> None:
    """A ping and a farewell are answered; other requests are refused, as JSON-RPC says."""
    async with opened(stage, tmp_path, first(stage)) as host:
        await host.view.get_by_text("3 of 3 shown.").wait_for()
        for number, method in enumerate(("ping", "ui/resource-teardown", "toString")):
            await host.tell({"id": f"host-{number}", "method": method, "params": {}})
        await host.tell({"method": "ui/notifications/tool-cancelled", "params": {}})
        await host.view.get_by_text("The tool call was cancelled.").wait_for()
        answers = {m["id"]: m for m in host.said if str(m.get("id", "")).startswith("host-")}
        assert [answers[f"host-{n}"].get("result") for n in range(3)] == [{}, {}, None]
        assert answers["host-2"]["error"]["code"] == -32601
