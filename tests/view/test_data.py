"""What the results view asks for, and how it is offered."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.status import people_of
from harmonica_mcp.server.view import RESULTS
from harmonica_mcp.server.view.citing import citations
from harmonica_mcp.server.view.page import HTML
from harmonica_mcp.server.view.timeline import timeline
from harmonica_mcp.settings import load_settings
from tests.server.test_dialects import gemini, openai
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, Stage
from tests.view.conftest import stage_of

eras = pytest.mark.parametrize("era", [ENVELOPE, HANDSHAKE])
BEGUN = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


async def listed(stage: Stage) -> dict[str, Json]:
    """The tools by name."""
    async with stage.connect() as wire:
        return {tool["name"]: tool for tool in (await wire.result("tools/list"))["tools"]}


@eras
async def test_it_is_offered(era: str) -> None:
    """Tools whose results it shows name the page; its own tool is for it alone."""
    stage = stage_of(Options(), era)
    uis = {
        name: tool["_meta"]["ui"] for name, tool in (await listed(stage)).items() if "_meta" in tool
    }
    assert uis == {
        "get_session_status": {"resourceUri": RESULTS},
        "get_summary": {"resourceUri": RESULTS},
        "results_view_data": {"resourceUri": RESULTS, "visibility": ["app"]},
    }
    async with stage.connect() as wire:
        [content] = (await wire.read(RESULTS))["result"]["contents"]
    assert content["mimeType"] == "text/html;profile=mcp-app"
    assert content["text"] == HTML.read_text(encoding="utf-8")
    domains = ("connectDomains", "resourceDomains", "frameDomains", "baseUriDomains")
    assert content["_meta"] == {
        "ui": {"csp": {name: [] for name in domains}, "prefersBorder": True}
    }


async def test_the_extension_is_declared() -> None:
    """Hosts that know MCP Apps are told that the server does, too."""
    async with stage_of(Options()).connect() as wire:
        told = (await wire.result("server/discover"))["capabilities"]["extensions"]
    async with stage_of(Options(apps=False)).connect() as wire:
        plain = (await wire.result("server/discover"))["capabilities"]
    assert told == {"io.modelcontextprotocol/ui": {}}
    assert not plain.get("extensions")


@eras
async def test_it_can_be_switched_off(era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `HARMONICA_APPS=0` nothing of it is there, nor where no tool shows results."""
    monkeypatch.setenv("HARMONICA_APPS", "0")
    compat = Options(compat="typescript")
    for options in (load_settings().options, Options(toolsets=("helpers",)), compat):
        stage = stage_of(options, era)
        tools = await listed(stage)
        assert "results_view_data" not in tools
        assert not any("_meta" in tool for tool in tools.values())
        async with stage.connect() as wire:
            assert "error" in await wire.read(RESULTS)


async def test_what_it_costs_where_hosts_do_not_know_apps() -> None:
    """A host that shows the page's tool to a model all the same spends at most 160 tokens on it."""
    tool = (await listed(stage_of(Options())))["results_view_data"]
    assert len(json.dumps(tool, separators=(",", ":")).encode()) / 4 <= 160
    assert tool["annotations"]["readOnlyHint"]
    assert not [*gemini(tool), *openai(tool)]


def test_the_page_can_load_nothing() -> None:
    """One file without addresses, without markup made from texts, under a policy of nothing."""
    page = HTML.read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'" in page
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in page
    for way in (
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "src=",
        "href=",
        "url(",
        "@import",
    ):
        assert way not in page
    assert page.replace("http://www.w3.org/2000/svg", "").count("://") == 0


@eras
async def test_at_a_glance(era: str) -> None:
    """The page is told who takes part, how it went over time, and what the summary quotes."""
    stage = stage_of(Options(), era)
    session = stage.session("spring repair day")
    async with stage.connect() as wire:
        called = await wire.call("results_view_data", session_id="spring repair day")
    data = called.data
    assert data["session_id"] == session.id
    assert [person["name"] for person in data["people"]] == ["Okan", "Priya", "Edda"]
    assert (data["joined"], data["finished"], data["left"]) == (3, 3, 0)
    assert sum(data["timeline"]["messages"]) == 12
    assert data["summary_words"] == session.summary
    assert data["extracts"] is False
    spoken = {message.id: message.content for t in session.threads for message in t.spoken()}
    assert data["cited"]
    for each in data["cited"]:
        assert all(each["words"].rstrip("….!?,; ") in spoken[one] for one in each["evidence"])
    assert not any(words in called.text for words in spoken.values())


async def test_without_a_summary() -> None:
    """A session without a summary has none to show, and nothing is cited."""
    stage = stage_of(Options(toolsets=("all",)))
    stage.session("spring repair day").summary = None
    async with stage.connect() as wire:
        data = (await wire.call("results_view_data", session_id="spring repair day")).data
    assert (data["summary"], data["cited"], data["extracts"]) == ("none", [], True)
    assert "summary_words" not in data


async def test_quotes_by_message_and_by_person() -> None:
    """Messages come by id, the facilitator's too, and a person's own; a click costs no request."""
    stage = stage_of(Options())
    session = stage.session("spring repair day")
    okan = session.threads[0]
    asked, said = next(m for m in okan.messages if m.role == "assistant"), list(okan.spoken())
    async with stage.connect() as wire:
        data = (await wire.call("results_view_data", session_id=session.id)).data
        stage.sandbox.requests.clear()
        by_id = await wire.call(
            "results_view_data", session_id=session.id, messages=[asked.id, said[1].id, "msg_none"]
        )
        person = data["people"][0]["id"]
        own = await wire.call("results_view_data", session_id=session.id, participant=person)
    assert {(q["name"], q["words"]) for q in by_id.data["quotes"]} == {
        ("Facilitator", asked.content),
        ("Okan", said[1].content),
    }
    assert [quote["words"] for quote in own.data["quotes"]] == [each.content for each in said]
    assert own.text.startswith("For the results view: 4 quotes.")
    assert said[0].content not in own.text
    assert stage.sent == []


async def test_many_quotes() -> None:
    """Of what is too much for one answer the page is told how much is left."""
    stage = stage_of(Options())
    session = stage.session("spring repair day")
    first = session.threads[0]
    first.messages *= 20
    async with stage.connect() as wire:
        glance = (await wire.call("results_view_data", session_id=session.id)).data
        person = glance["people"][0]["id"]
        data = (
            await wire.call("results_view_data", session_id=session.id, participant=person)
        ).data
    assert len(data["quotes"]) == 50
    assert data["left"] == len(list(first.spoken())) - 50


async def test_lockdown() -> None:
    """Locked down, the page is told counts and times, and nothing that anybody said."""
    stage = stage_of(Options(lockdown=True))
    session = stage.session("spring repair day")
    said = [message.content for thread in session.threads for message in thread.spoken()]
    async with stage.connect() as wire:
        assert "result" in await wire.read(RESULTS)
        glance = await wire.call("results_view_data", session_id=session.id)
        person = glance.data["people"][0]["id"]
        own = await wire.call("results_view_data", session_id=session.id, participant=person)
    assert glance.data["cited"] == []
    assert sum(glance.data["timeline"]["messages"]) == 12
    assert not any(words in str(each.raw) for words in said for each in (glance, own))


async def test_privacy() -> None:
    """Under pseudonyms the page shows no names; in strict privacy counts, and nobody alone."""
    stage = stage_of(Options(privacy="names"))
    async with stage.connect() as wire:
        shown = (await wire.call("results_view_data", session_id="spring repair day")).data
    assert [person["name"].split()[0] for person in shown["people"]] == ["Participant"] * 3
    stage = stage_of(Options(privacy="strict"))
    async with stage.connect() as wire:
        shown = (await wire.call("results_view_data", session_id="spring repair day")).data
    assert (shown["joined"], shown["finished"], shown["people"]) == (3, 3, [])
    assert sum(shown["timeline"]["messages"]) == 12
    assert sum(shown["timeline"]["joined"]) == 3
    assert shown["cited"] == []


async def test_a_failure_is_a_sentence() -> None:
    """When Harmonica fails the page is told so in one sentence."""
    stage = stage_of(Options())
    stage.sandbox.faults.add("GET /sessions/{id}/responses", times=100, status=403)
    async with stage.connect() as wire:
        called = await wire.call(
            "results_view_data", session_id=stage.session("spring repair day").id
        )
    assert called.error


def talk(*hours: float, words: str = "Lamps would help us.", at: bool = True) -> Participant:
    """A conversation with a message so many hours after the beginning each."""
    said = [
        Message(
            id=f"msg_{number}",
            role="user",
            content=words.encode(),
            created_at=BEGUN + timedelta(hours=hour) if at else None,
        )
        for number, hour in enumerate(hours)
    ]
    return Participant(participant_id="1", participant_name="Ada", messages=said)


@pytest.mark.parametrize(
    ("hours", "step", "begins"),
    [
        ((0, 1, 1.2), 1, "2026-05-04T09:00:00Z"),
        ((0, 40), 6, "2026-05-04T06:00:00Z"),
        ((0, 24 * 20), 24, "2026-05-04T00:00:00Z"),
        ((0, 24 * 60), 168, "2026-05-04T00:00:00Z"),
        ((24, 24 * 700), 168 * 4, "2026-04-13T00:00:00Z"),
    ],
)
def test_steps_of_time(hours: tuple[float, ...], step: int, begins: str) -> None:
    """However long a session lasts there are few steps; days and weeks begin where people's do."""
    threads = [talk(*hours)]
    line = timeline(threads, people_of(threads))
    assert line
    assert (line.step_hours, line.begins_at) == (step, begins)
    assert sum(line.messages) == len(hours)
    assert (line.joined[0], sum(line.joined)) == (1, 1)
    assert len(line.messages) == len(line.joined) <= 33


def test_no_times() -> None:
    """Where Harmonica tells no time there is nothing to draw."""
    threads = [talk(0, at=False)]
    assert timeline(threads, people_of(threads)) is None


def test_citations() -> None:
    """A quotation counts where somebody wrote it, in any case and spacing; others do not."""
    threads = [talk(0, 1, words="Lamps would\n help US all."), talk(2, words="No.")]
    found = citations(
        "“lamps would help us…” and „Lamps would help“, «would help us all», "
        '"nobody ever said this", "help us", “… ! ?”, “lamps would help us…”',
        threads,
    )
    assert [(each.words, each.evidence) for each in found] == [
        ("lamps would help us…", ["msg_0", "msg_1"]),
        ("Lamps would help", ["msg_0", "msg_1"]),
        ("would help us all", ["msg_0", "msg_1"]),
    ]
