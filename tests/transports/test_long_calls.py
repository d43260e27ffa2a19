"""Callers that leave while Harmonica works, over every transport and in both eras.

Harmonica is a sandbox in this process, reached through real sockets; the tests let it answer.
"""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.leaving import Cancelling, CancellingSse, Host, OverHttp, OverSse, OverStdio
from tests.transports.wire import (
    ERAS,
    LEGACY,
    MODERN,
    PATIENCE,
    Json,
    Server,
    Stdio,
    key,
    started,
)

OTHER = key("b")
CHAT, SUMMARY, WAIT = "send_chat_message", "get_summary", "wait_for_participants"


SERVERS = {
    "stdio-modern": (),
    "stdio-legacy": (),
    "http": ("--transport", "http", "--port", "0"),
    "sessions": ("--transport", "http", "--port", "0", "--sessions"),
}


@contextmanager
def serving(harmonica: Harmonica, kind: str) -> Generator[Server]:
    """Run a server of this kind over the sandbox."""
    own = {"HARMONICA_API_KEY": OWNER} if kind.startswith("stdio") else {}
    arguments = ("-m", "harmonica_mcp", "serve", *SERVERS[kind])
    own |= {"HARMONICA_API_URL": harmonica.url, "HARMONICA_GRACE_SECONDS": "1"}
    with started(*arguments, **own) as server:
        yield server
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)


@pytest.fixture(scope="module")
def servers(upstream: Harmonica) -> Generator[dict[str, Stdio | str]]:
    """A server of each kind: a host on its line, or its address."""
    with (
        serving(upstream, "stdio-modern") as modern,
        serving(upstream, "stdio-legacy") as legacy,
        serving(upstream, "http") as stateless,
        serving(upstream, "sessions") as sessions,
    ):
        hosts = OverStdio(modern, MODERN), OverStdio(legacy, LEGACY)
        for host in hosts:
            host.open()
        urls = [
            server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
            for server in (stateless, sessions)
        ]
        yield dict(zip(SERVERS, [*hosts, *urls], strict=True))


WAYS: dict[str, tuple[str, type[OverHttp | OverSse] | None, str]] = {
    "stdio, modern": ("stdio-modern", None, MODERN),
    "stdio, legacy": ("stdio-legacy", None, LEGACY),
    "/mcp, modern, hang up": ("http", OverHttp, MODERN),
    "/mcp, legacy, hang up": ("http", OverHttp, LEGACY),
    "/mcp with sessions, modern, hang up": ("sessions", OverHttp, MODERN),
    "/mcp with sessions, legacy, cancel": ("sessions", Cancelling, LEGACY),
    "/mcp with sessions, legacy, hang up": ("sessions", OverHttp, LEGACY),
    **{
        f"/sse, {'modern' if era == MODERN else 'legacy'}, {how}": ("http", kind, era)
        for era in ERAS
        for how, kind in (("hang up", OverSse), ("cancel", CancellingSse))
    },
}
"""How a caller leaves: the server, the client, the era."""

GOES_ON = "/mcp with sessions, legacy, hang up"
"""There the protocol says that a lost connection is no cancel."""


def host_on(servers: dict[str, Stdio | str], way: str) -> Host:
    """A host that leaves this way."""
    kind, client, era = WAYS[way]
    server = servers[kind]
    if isinstance(server, OverStdio):
        return server
    assert client
    host = client(str(server), era, OWNER)
    if isinstance(host, OverHttp):
        host.open()
    return host


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way to leave."""
    return request.param


def test_a_turn_goes_on_without_its_caller(
    harmonica: Harmonica, servers: dict[str, Stdio | str], way: str
) -> None:
    """Who left finds the one answer by calling again; the same words after it are a new turn."""
    host, before = host_on(servers, way), harmonica.turns
    said: Json = {"session_id": harmonica.session, "participant_name": way, "content": "Hello."}
    host.begin(CHAT, said)
    assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
    host.leave()
    assert host.call("get_current_user")["structuredContent"]
    other_words = host.call(CHAT, **said | {"content": "And this."})["structuredContent"]
    assert other_words["state"] == "not_sent"
    assert "previous turn is still running" in other_words["note"]
    harmonica.answer()
    answer = host.call(CHAT, **said)["structuredContent"]
    assert (answer["state"], answer["participant_name"]) == ("done", way)
    assert harmonica.turns == before + 1
    assert host.call(CHAT, **said)["structuredContent"]["state"] == "done"
    assert harmonica.turns == before + 2
    assert [harmonica.arrived.get(timeout=PATIENCE)] == ["POST chat"]
    assert harmonica.arrived.empty()
    assert harmonica.left.empty()


@pytest.mark.parametrize("way", [way for way in WAYS if way != GOES_ON])
def test_a_read_ends_with_its_caller(
    harmonica: Harmonica, servers: dict[str, Stdio | str], way: str
) -> None:
    """When who reads leaves, the connection to Harmonica is closed."""
    host = host_on(servers, way)
    host.begin(SUMMARY, {"session_id": harmonica.session})
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
    host.leave()
    assert harmonica.left.get(timeout=PATIENCE) == "GET summary"


@pytest.mark.parametrize("way", [way for way in WAYS if way != GOES_ON])
def test_waiting_ends_with_its_caller(
    harmonica: Harmonica, servers: dict[str, Stdio | str], way: str
) -> None:
    """When who waits for participants leaves, nobody looks at the session any more."""
    host = host_on(servers, way)
    host.begin(WAIT, {"session_id": harmonica.session, "joined": 999, "max_minutes": 60})
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET responses"
    host.leave()
    assert harmonica.left.get(timeout=PATIENCE) == "GET responses"


@pytest.mark.parametrize("kind", ["http", "sessions"])
@pytest.mark.parametrize("era", ERAS)
def test_another_key_joins_nothing(
    harmonica: Harmonica, servers: dict[str, Stdio | str], kind: str, era: str
) -> None:
    """Another caller with exactly the same arguments gets an answer of its own."""
    owner, other = (OverHttp(str(servers[kind]), era, api_key) for api_key in (OWNER, OTHER))
    said: Json = {"session_id": harmonica.session, "participant_name": "Ada", "content": f"{kind}"}
    owner.open()
    other.open()
    owner.begin(CHAT, said)
    assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
    refused: list[Json] = []
    asking = threading.Thread(target=lambda: refused.append(other.call(CHAT, **said)))
    asking.start()
    assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
    harmonica.answer()
    asking.join(PATIENCE)
    assert refused[0]["isError"]
    assert "no access to it" in refused[0]["content"][0]["text"]
    assert owner.connection.getresponse().status == 200
    owner.connection.close()


def left_behind(harmonica: Harmonica, host: OverStdio | OverHttp, name: str) -> None:
    """Say something, and leave while Harmonica works."""
    host.open()
    host.begin(
        CHAT,
        {"session_id": harmonica.session, "participant_name": name, "content": "secret words"},
    )
    assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"
    host.leave()
    assert host.call("get_current_user")["structuredContent"]


def is_named(harmonica: Harmonica, server: Server) -> bool:
    """Whether the turn was named as the process ended: where and when, not what."""
    told = server.err.rest()
    assert "secret" not in told
    assert "Traceback" not in told
    return "may" in told and f"POST /sessions/{harmonica.session}/chat, sent " in told


@pytest.mark.parametrize(
    ("era", "number"), [(MODERN, None), (LEGACY, signal.SIGINT), (MODERN, signal.SIGTERM)]
)
def test_what_goes_on_is_named_at_the_end_of_stdio(
    harmonica: Harmonica, era: str, number: signal.Signals | None
) -> None:
    """A turn whose caller is gone is cut by the process's end, within two seconds, and named."""
    arguments = ("-m", "harmonica_mcp", "serve")
    settings = {"HARMONICA_API_KEY": OWNER, "HARMONICA_API_URL": harmonica.url}
    with started(*arguments, **settings) as server:
        left_behind(harmonica, OverStdio(server, era), f"{era} {number}")
        if number:
            server.process.send_signal(number)
        else:
            server.stdin.close()
        assert server.ends_within(2) == (128 + number if number else 0)
        assert is_named(harmonica, server)
    assert harmonica.left.get(timeout=PATIENCE) == "POST chat"


def test_what_goes_on_is_named_at_the_end_of_http(harmonica: Harmonica) -> None:
    """A call under way is answered first; a turn whose caller is gone is then cut, and named."""
    arguments = ("-m", "harmonica_mcp", "serve", *SERVERS["http"])
    settings = {"HARMONICA_API_URL": harmonica.url, "HARMONICA_GRACE_SECONDS": "2"}
    with started(*arguments, **settings) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        left_behind(harmonica, OverHttp(url, MODERN, OWNER), "SIGTERM")
        reading = OverHttp(url, MODERN, OWNER)
        reading.begin(SUMMARY, {"session_id": harmonica.session})
        assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
        server.process.send_signal(signal.SIGTERM)
        harmonica.answer("GET summary")
        assert reading.connection.getresponse().status == 200
        reading.connection.close()
        assert server.ends_within(PATIENCE) == -signal.SIGTERM
        assert is_named(harmonica, server)
    assert harmonica.left.get(timeout=PATIENCE) == "POST chat"
