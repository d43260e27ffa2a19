"""Two servers, one key, one Redis: callers find either as good as the other."""

import os
import signal
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from tests.shared.servers import BEST, RedisServer, everything_in, serving_redis, url_of
from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.leaving import OverHttp
from tests.transports.wire import ERAS, MODERN, PATIENCE, Http, Json, Server, key, started

CHAT = "send_chat_message"
SECRET = "s" * 32
HTTP = ("serve", "--transport", "http", "--port", "0", "--toolsets", "all")

# A server that is taken for dead two seconds after it was last heard of.
IMPATIENT = """
from harmonica_mcp.shared import renewing
renewing.LEASE = 2.0
from harmonica_mcp.cli import main
main(prog_name="harmonica-mcp")
"""


@dataclass
class Replicas:
    """Two server processes of one service."""

    harmonica: Harmonica
    redis: RedisServer
    servers: list[Server]
    urls: list[str]

    def host(self, number: int, era: str = MODERN, api_key: str = OWNER) -> OverHttp:
        """A host of one of them."""
        host = OverHttp(self.urls[number], era, api_key)
        host.open()
        return host

    def said(self, name: str, content: str = "A garden of herbs.") -> Json:
        """What somebody says."""
        session = self.harmonica.session
        return {"session_id": session, "participant_name": name, "content": content}


@contextmanager
def two(harmonica: Harmonica, redis: RedisServer, *program: str) -> Generator[Replicas]:
    """Run two servers that know of each other."""
    program = program or ("-m", "harmonica_mcp")
    settings = {
        "HARMONICA_API_URL": harmonica.url,
        "HARMONICA_REDIS_URL": url_of(redis),
        "HARMONICA_SECRET": SECRET,
        "HARMONICA_REQUESTS_PER_MINUTE": "50",
    }
    with ExitStack() as open_ones:
        servers = [open_ones.enter_context(started(*program, *HTTP, **settings)) for _ in "12"]
        urls = [each.err.until("Serving MCP at").split()[3] for each in servers]
        yield Replicas(harmonica, redis, servers, [url.removesuffix("/mcp") for url in urls])
        for each in servers:
            each.process.send_signal(signal.SIGTERM)
        for each in servers:
            each.ends_within(PATIENCE)


@pytest.fixture(scope="module")
def redis() -> Generator[RedisServer]:
    """A Redis server."""
    with serving_redis(BEST) as server:
        yield server


@pytest.fixture(scope="module")
def pair(upstream: Harmonica, redis: RedisServer) -> Generator[Replicas]:
    """Two servers, for all tests of this module."""
    upstream.hold()
    with two(upstream, redis) as replicas:
        yield replicas


@pytest.fixture
def replicas(pair: Replicas) -> Replicas:
    """Two servers over a Harmonica that holds back what comes."""
    pair.harmonica.hold()
    return pair


def begin(harmonica: Harmonica, host: OverHttp, said: Json) -> None:
    """Say something; Harmonica is at work on it now."""
    while not harmonica.arrived.empty():
        harmonica.arrived.get()
    host.begin(CHAT, said)
    assert harmonica.arrived.get(timeout=PATIENCE) == "POST chat"


def leave_behind(replicas: Replicas, host: OverHttp, said: Json) -> None:
    """Say something, and leave while Harmonica works."""
    begin(replicas.harmonica, host, said)
    host.leave()
    assert host.call("get_current_user")["structuredContent"]


def until_redis_holds(replicas: Replicas, part: str, *, no_more: bool = False) -> None:
    """Wait until Redis holds this, or does so no more."""
    end = time.monotonic() + PATIENCE
    while (part in everything_in(replicas.redis)) is no_more:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("era", ERAS)
def test_the_budget_is_one(replicas: Replicas, era: str) -> None:
    """A key's requests of the minute count over all processes, and each says when it is spent."""
    digit = str(ERAS.index(era))
    hosts = [replicas.host(number, era, key(digit)) for number in (0, 1)]
    for number in range(50):
        assert hosts[number % 2].call("get_current_user")["structuredContent"]
    for host in hosts:
        refused = host.call("get_current_user")
        assert refused["isError"]
        assert "has used its 50 requests of the minute" in refused["content"][0]["text"]
    assert key(digit) not in everything_in(replicas.redis)


@pytest.mark.parametrize("era", ERAS)
def test_an_identical_call_joins_the_other_process(replicas: Replicas, era: str) -> None:
    """Who left one process finds the one answer at the other; afterwards the words are new."""
    first, second = replicas.host(0, era), replicas.host(1, era)
    said = replicas.said(f"Join {era}")
    harmonica, before = replicas.harmonica, replicas.harmonica.turns
    leave_behind(replicas, first, said)
    beside = second.call(CHAT, **said | {"content": "Other words."})["structuredContent"]
    assert beside["state"] == "not_sent"
    assert "previous turn is still running" in beside["note"]
    with ThreadPoolExecutor() as threads:
        joined = threads.submit(second.call, CHAT, **said)
        harmonica.answer()
        answer = joined.result(PATIENCE)["structuredContent"]
    assert (answer["state"], harmonica.turns) == ("done", before + 1)
    # The process that answered tells the other one when its answer is out.
    until_redis_holds(replicas, "'phase': 'ended'", no_more=True)
    assert first.call(CHAT, **said)["structuredContent"]["state"] == "done"
    assert harmonica.turns == before + 2


@pytest.mark.parametrize("era", ERAS)
def test_an_answer_is_collected_from_either_process(replicas: Replicas, era: str) -> None:
    """What nobody heard waits for whoever asks again, anywhere; Redis cannot read it."""
    first, second = replicas.host(0, era), replicas.host(1, era)
    said = replicas.said(f"Collect {era}", "Beans and squash.")
    harmonica, before = replicas.harmonica, replicas.harmonica.turns
    leave_behind(replicas, first, said)
    harmonica.answer()
    until_redis_holds(replicas, "'phase': 'ended'")
    held = everything_in(replicas.redis)
    answer = second.call(CHAT, **said)["structuredContent"]
    assert (answer["state"], harmonica.turns) == ("done", before + 1)
    for secret in (OWNER, SECRET, "Beans", "Collect", harmonica.session, answer["reply_words"]):
        assert secret not in held
    until_redis_holds(replicas, "'phase': 'ended'", no_more=True)


class Asking(Http):
    """A host that can ask its user."""

    capabilities: Json | None = {"elicitation": {"form": {}}}  # noqa: RUF012 - never changed


def test_a_question_of_one_process_is_answered_at_the_other(replicas: Replicas) -> None:
    """The user's word reaches either process, and counts once for both."""
    hosts = [Asking(replicas.urls[number], MODERN, OWNER) for number in (0, 1)]
    made = hosts[0].call("create_project", title=f"Garden {replicas.redis.port}")
    call: Json = {
        "name": "delete_project",
        "arguments": {"project": made["structuredContent"]["id"]},
    }
    asked = hosts[0].ask("tools/call", call)["result"]
    agreed = {"action": "accept", "content": {"go_on": True}}
    answers = dict.fromkeys(asked["inputRequests"], agreed)
    answered = call | {"inputResponses": answers, "requestState": asked["requestState"]}
    done = hosts[1].ask("tools/call", answered)["result"]
    assert done["structuredContent"]["state"] == "done"
    for host in hosts:
        refused = host.post("tools/call", answered).json()
        assert refused["error"]["message"] == "Invalid or expired requestState"


@pytest.mark.parametrize("era", ERAS)
def test_a_process_is_killed_in_the_middle(
    upstream: Harmonica, redis: RedisServer, era: str
) -> None:
    """The other one serves on, says once what is known of the call, and then begins anew."""
    upstream.hold()
    with two(upstream, redis, "-c", IMPATIENT) as replicas:
        first, second = replicas.host(0, era), replicas.host(1, era)
        said = replicas.said(f"Killed {era}")
        before = upstream.turns
        begin(upstream, first, said)
        os.kill(replicas.servers[0].process.pid, signal.SIGKILL)
        assert second.call("get_current_user")["structuredContent"]
        told = second.call(CHAT, **said)
        assert told["isError"]
        assert told["content"][0]["text"] == (
            "The process that sent this ended before Harmonica's answer came; it may have taken "
            "effect: do not repeat it blindly, check with get_responses."
        )
        upstream.answer()
        assert second.call(CHAT, **said)["structuredContent"]["state"] == "done"
        assert upstream.turns == before + 1
        first.connection.close()
        replicas.servers[0].ends_within(PATIENCE)


def test_redis_is_lost_and_comes_back(upstream: Harmonica, redis: RedisServer) -> None:
    """Calls go on as if nothing was; each process says so once, and once that it is back."""
    upstream.hold()
    upstream.answer()
    with two(upstream, redis) as replicas:
        hosts = [replicas.host(number) for number in (0, 1)]
        redis.stop()
        try:
            for number, host in enumerate(hosts):
                said = replicas.said(f"Lost {number} {redis.port}")
                assert host.call(CHAT, **said)["structuredContent"]["state"] == "done"
                assert host.call("get_current_user")["structuredContent"]
        finally:
            redis.start()
        for server in replicas.servers:
            server.err.until("Redis answers again.")
        said = replicas.said(f"Back {redis.port}")
        assert hosts[1].call(CHAT, **said)["structuredContent"]["state"] == "done"
        for server in replicas.servers:
            server.process.send_signal(signal.SIGTERM)
            told = server.err.rest()
            assert told.count("Redis does not answer") == told.count("Redis answers again") == 1
            assert "Traceback" not in told
