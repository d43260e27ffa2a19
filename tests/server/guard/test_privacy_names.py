"""With pseudonyms: when names are asked for, and what is shown without them."""

import asyncio
from typing import Any

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.guard.privacy.book import SECONDS
from harmonica_mcp.server.guard.privacy.pseudonyms import WRITTEN
from harmonica_mcp.server.options import Options
from tests.server.clock import on_a_clock_of_its_own
from tests.server.guard.private import lens, staged
from tests.server.guard.talking import talks_of
from tests.server.wire import ENVELOPE, KEY, Stage


async def test_a_failure_without_names(private: Stage) -> None:
    """Where names are not known, what Harmonica says of a failure is left out; the rest stays."""
    private.sandbox.faults.add(
        "*", times=9, status=403, body={"error": {"code": "x", "message": "Ada is away"}}
    )
    async with private.connect() as wire:
        error = (await wire.call("get_summary", session_id="hst_1")).error
        private.sandbox.faults.clear()
        private.sandbox.faults.add(
            "*", times=9, status=403, body={"error": {"code": "x", "message": "Ask a@b.org"}}
        )
        other = (await wire.call("list_templates")).error
    assert error.endswith("or the account's plan does not include it.")
    assert other.endswith("does not include it: Ask [email 1].")


@on_a_clock_of_its_own
async def test_how_often_names_are_asked_for() -> None:
    """Who takes part is asked for once in twenty seconds; several at once ask once."""
    server = build_server(Pool(), None, Options(toolsets=("all",), privacy="names"))
    stage = staged(server, ENVELOPE)
    session = stage.whole

    def asked() -> int:
        return stage.sent.count("GET /sessions/{id}/responses")

    api: Any = server.callers.client(None)
    await asyncio.gather(*(api.results.brief(session.id) for _ in range(5)))
    assert asked() == 1
    await asyncio.sleep(SECONDS - 1)
    await api.sessions.get(session.id)
    assert asked() == 1
    await asyncio.sleep(2)
    assert len(server.callers.lens.book) == 0
    await api.sessions.get(session.id)
    assert asked() == 2
    await api.results.generate_summary(session.id)
    assert asked() == 3


@on_a_clock_of_its_own
async def test_who_joins_while_names_are_asked_for() -> None:
    """A summary names nobody who came after somebody else's question for names was answered."""
    server = build_server(Pool(), None, Options(toolsets=("all",), privacy="names"))
    stage = staged(server, ENVELOPE)
    session = stage.whole
    stage.sandbox.faults.add("GET /sessions/{id}/responses", delay_after=5)
    api: Any = server.callers.client(None)
    brief = asyncio.create_task(api.results.brief(session.id))
    await asyncio.sleep(1)
    session.threads[0].name = "Zelda"
    summary = await api.results.generate_summary(session.id)
    assert "Zelda" in (session.summary or "")
    assert "Zelda" not in summary.summary
    await brief


async def test_without_privacy(served: HarmonicaServer) -> None:
    """When it is off, nothing stands between a tool and the client, and nothing more is asked."""
    stage = staged(served, ENVELOPE, privacy="off")
    session = stage.whole
    async with stage.connect() as wire:
        await wire.call("get_session_brief", session_id=session.id)
    assert stage.sent == ["GET /sessions/{id}/session-md"]
    assert type(served.callers.client(None)).__name__ == "HarmonicaClient"
    assert len(served.callers.lens.book) == 0


async def test_a_lost_group(private: Stage) -> None:
    """Nothing is said, and nothing shown, while the names cannot be asked for."""
    session = private.whole
    private.sandbox.faults.add("GET /sessions/{id}/responses", times=9, status=403)
    async with private.connect() as wire:
        summary = await wire.call("get_session_brief", session_id=session.id)
        spoken = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Ada", content="Hello."
        )
    assert summary.failed
    assert spoken.failed
    assert not [sent for sent in private.sent if sent.startswith("POST")]


async def test_failures_with_names(private: Stage) -> None:
    """What Harmonica says of people in an error is told by pseudonym where they are known."""
    session = private.whole
    talks_of(session, "Ada")
    private.sandbox.faults.add(
        "POST /sessions/{id}/chat",
        status=422,
        body={"error": {"code": "x", "message": f"{'Bo ' * 98}Ada Ada speaks"}},
    )
    private.sandbox.faults.add(
        "GET /meetings/{id}/transcript",
        status=404,
        body={"error": {"code": "x", "message": "Ada forbids it"}},
    )
    async with private.connect() as wire:
        spoken = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Bo", content="Hello."
        )
        read = await wire.call("get_transcript", meeting_id=next(iter(private.tenant.meetings)))
    assert WRITTEN.search(spoken.error)
    assert "Bo" not in spoken.error
    assert "Ada" not in spoken.error + read.error


def test_what_agents_are_told() -> None:
    """The instructions say what pseudonyms and tokens are, and only where there are some."""
    told = build_server(Pool(), None, Options(privacy="names")).instructions or ""
    assert "`Participant K7QD`" in told
    strict = build_server(Pool(), None, Options(privacy="strict")).instructions or ""
    assert "fewer than five" in strict
    assert "masked" not in (build_server(Pool()).instructions or "")


async def test_locked_down_and_private(served: HarmonicaServer, era: str) -> None:
    """Both settings together: no words of single people, and no names in summaries."""
    stage = staged(served, era)
    served.callers = Callers(stage.pool, ApiKey(KEY), lockdown=True, lens=lens("names"))
    session = stage.whole
    talks_of(session, "Ada")
    session.summary = 'Ada said "more light".'
    async with stage.connect() as wire:
        summary = await wire.call("get_summary", session_id=session.id)
        known = await wire.call("extract_knowledge", session_id=session.id)
        waited = await wire.call("wait_for_participants", session_id=session.id, joined=1)
    assert "withheld" in summary.data["summary_words"]
    assert WRITTEN.match(summary.data["summary_words"])
    assert known.data["findings"]
    assert waited.data["reached"]
