"""What a signal leaves time for."""

import asyncio
import json
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from harmonica_mcp.transports.stopping import Stopping
from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.raw import Raw, is_open
from tests.transports.wire import (
    ERAS,
    LEGACY,
    MODERN,
    PATIENCE,
    Http,
    Json,
    Server,
    listening,
    message,
    started,
)

SERVE = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0")


@contextmanager
def serving(harmonica: Harmonica, *options: str) -> Generator[tuple[Server, str]]:
    """Run a server that gives what is under way more time than any test takes."""
    settings = {"HARMONICA_API_URL": harmonica.url, "HARMONICA_GRACE_SECONDS": "1000"}
    with started(*SERVE, *options, **settings) as server:
        yield server, server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")


def stop(server: Server, url: str, *, number: int = signal.SIGTERM) -> None:
    """Send a signal, and wait until nobody can connect any more."""
    server.process.send_signal(number)
    while is_open(url):
        pass


def nothing_went_wrong(server: Server) -> bool:
    """Whether the log has nothing but calls."""
    told = server.err.rest().splitlines()[1:]
    return not [line for line in told if "INFO" not in line]


def chat(harmonica: Harmonica) -> Json:
    """Give the parameters of a turn, which has an effect."""
    said = {"session_id": harmonica.session, "participant_name": "Ana", "content": "Bees"}
    return {"name": "send_chat_message", "arguments": said}


def test_who_listens_too_late_hears_it_at_once() -> None:
    """A stream that opens when the end has begun is told so."""
    stopping, told = Stopping(), list[str]()
    with stopping.heard_by(lambda: told.append("early")):
        stopping.begin()
        with stopping.heard_by(lambda: told.append("late")):
            assert told == ["early", "late"]


@pytest.mark.parametrize("options", [(), ("--sessions",)], ids=["stateless", "sessions"])
@pytest.mark.parametrize("era", ERAS)
def test_a_call_under_way_is_answered(
    harmonica: Harmonica, era: str, options: tuple[str, ...]
) -> None:
    """After the signal the answer still comes, whole; then the server ends and says nothing."""
    with serving(harmonica, *options) as (server, url), ThreadPoolExecutor() as threads:
        client = Http(url, era, OWNER)
        client.open()
        before = harmonica.turns
        call = threads.submit(client.ask, "tools/call", chat(harmonica))
        assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
        stop(server, url)
        harmonica.answer()
        assert call.result(PATIENCE)["result"]["structuredContent"]["state"] == "done"
        assert harmonica.turns == before + 1
        assert server.ends_within(PATIENCE) == -signal.SIGTERM
        assert nothing_went_wrong(server)


@pytest.mark.parametrize("era", ERAS)
def test_a_call_under_way_is_answered_on_its_stream(harmonica: Harmonica, era: str) -> None:
    """A stream ends at once when nothing is under way on it, else after the last answer."""
    with (
        serving(harmonica) as (server, url),
        listening(url, era, OWNER) as busy,
        listening(url, era, OWNER) as idle,
    ):
        busy.open()
        assert busy.post(message(era, 7, "tools/call", chat(harmonica))).status_code == 202
        assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
        stop(server, url)
        assert idle.rest() == []
        harmonica.answer()
        [answer] = [event for event in busy.rest() if "id" in event]
        assert answer["result"]["structuredContent"]["state"] == "done"
        assert server.ends_within(PATIENCE) == -signal.SIGTERM
        assert nothing_went_wrong(server)


def left_behind(harmonica: Harmonica, url: str) -> None:
    """Begin a turn and hang up."""
    with Raw(url) as raw:
        headers = {
            name.replace("-", "_"): v for name, v in Http(url, MODERN, OWNER).headers.items()
        }
        headers |= {"MCP_Protocol_Version": MODERN, "Mcp_Method": "tools/call"}
        body = json.dumps(message(MODERN, 9, "tools/call", chat(harmonica))).encode()
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": "send_chat_message"}
        headers |= {"Content-Length": str(len(body))}
        raw.head("POST /mcp", **headers)
        raw.send(body)
        assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"


def test_what_nobody_waits_for_may_finish_too(harmonica: Harmonica) -> None:
    """A turn whose caller has left is not cut while there is time."""
    with serving(harmonica) as (server, url):
        before = harmonica.turns
        left_behind(harmonica, url)
        stop(server, url)
        harmonica.answer()
        assert server.ends_within(PATIENCE) == -signal.SIGTERM
        assert harmonica.turns == before + 1
        assert nothing_went_wrong(server)
    assert harmonica.left.empty()


def test_a_second_ctrl_c_waits_for_no_call(harmonica: Harmonica) -> None:
    """Who presses Ctrl+C again wants the end now: callers are told, and what is cut is named."""
    with (
        serving(harmonica) as (server, url),
        ThreadPoolExecutor() as threads,
        Raw(url) as slow,
    ):
        client = Http(url, MODERN, OWNER)
        call = threads.submit(client.post, "tools/call", chat(harmonica))
        assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
        slow.head("POST /mcp", Authorization=f"Bearer {OWNER}", Content_Length="10")
        stop(server, url, number=signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert call.result(PATIENCE).json()["error"] == "unavailable"
        assert slow.refusal()[0] == 503
        assert server.ends_within(PATIENCE) == 130
        assert cut(harmonica, server)


def test_a_second_ctrl_c_waits_for_nothing_else(harmonica: Harmonica) -> None:
    """Nor does the end wait for a turn whose caller is gone."""
    with serving(harmonica) as (server, url):
        left_behind(harmonica, url)
        stop(server, url, number=signal.SIGINT)
        server.process.send_signal(signal.SIGINT)
        assert server.ends_within(PATIENCE) == 130
        assert cut(harmonica, server)


# A server whose one answer is more than anybody takes at once.
LONG = """
import sys
from starlette.responses import PlainTextResponse
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app
from harmonica_mcp.transports.stopping import Stopping

async def app(scope, receive, send):
    if scope["type"] == "http":
        await PlainTextResponse(b"-" * 50_000_000)(scope, receive, send)
        print("answered", file=sys.stderr, flush=True)

listening = listen("127.0.0.1", 0)
print("at", address(listening), file=sys.stderr, flush=True)
run_app(app, listening, Stopping(1000))
"""


def test_a_second_ctrl_c_does_not_wait_for_readers() -> None:
    """Nor for a client that does not take its answer."""
    with started("-c", LONG) as server:
        url = server.err.until("at http").split()[1]
        with Raw(url, receive_buffer=4096) as raw:
            raw.head("GET /")
            server.err.until("answered")
            stop(server, url, number=signal.SIGINT)
            server.process.send_signal(signal.SIGINT)
            assert server.ends_within(PATIENCE) == 130


def cut(harmonica: Harmonica, server: Server) -> bool:
    """Whether the log names the turn that was cut, and nothing went wrong."""
    told = server.err.rest()
    assert "Traceback" not in told
    assert "Bees" not in told
    return f"may have taken effect: POST /sessions/{harmonica.session}/chat" in told


def test_a_request_that_arrives_too_late_is_refused(harmonica: Harmonica) -> None:
    """A message whose end comes after the signal is not begun: come again, elsewhere."""
    with serving(harmonica) as (server, url), Raw(url) as raw:
        body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
        headers = {"Authorization": f"Bearer {OWNER}", "Content_Type": "application/json"}
        raw.head("POST /mcp", **headers, Content_Length=str(len(body)))
        raw.send(body[:5])
        # Answered after the other connection's bytes were read.
        assert httpx2.get(f"{url}/healthz").status_code == 200
        stop(server, url)
        raw.send(body[5:])
        status, answered, error = raw.refusal()
        assert (status, answered["retry-after"], error) == (503, "5", "unavailable")
        assert raw.rest() == b""
        assert server.ends_within(PATIENCE) == -signal.SIGTERM


def test_a_session_that_listens_does_not_hold_it_up(harmonica: Harmonica) -> None:
    """A stream of a session, on which nothing is under way, ends at once and in order."""
    with serving(harmonica, "--sessions") as (server, url):
        client = Http(url, LEGACY, OWNER)
        client.open()
        with httpx2.stream("GET", client.url, headers=client.headers, timeout=PATIENCE) as stream:
            stop(server, url)
            assert stream.read() == b""
        assert server.ends_within(PATIENCE) == -signal.SIGTERM
        assert nothing_went_wrong(server)


async def test_hurrying_leaves_no_more_time() -> None:
    """Who waits for what is under way waits no longer, and leaves it as it is."""
    stopping, never = Stopping(grace=3600), asyncio.Event()
    stopping.begin()
    under_way = asyncio.ensure_future(never.wait())

    async def finished() -> None:
        await asyncio.wait([under_way])

    waiting = asyncio.ensure_future(stopping.wait_for(finished))
    await asyncio.sleep(0)
    stopping.hurry()
    await waiting
    assert not under_way.done()
    under_way.cancel()
