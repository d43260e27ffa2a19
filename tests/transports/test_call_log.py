"""The call log as an operator finds it on stderr."""

import re
import signal

import pytest

from tests.transports.wire import ERAS, PATIENCE, Http, Stdio, key, started

SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox")
HTTP = (*SERVE, "--transport", "http", "--port", "0")
KEY = key("b")
DIGEST = "b99fc9da"
LINE = re.compile(
    r"harmonica-mcp INFO: call tool=get_current_user outcome=done seconds=\d+\.\d{3} "
    r"requests=1 status=200 caller=(\w{8})\n"
)


def test_http_logs_each_call() -> None:
    """Over HTTP a line tells tool, outcome, seconds, requests, status and the caller's digest."""
    with started(*HTTP) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        for era in ERAS:
            client = Http(url, era, KEY)
            client.open()
            client.call("get_current_user")
            line = LINE.fullmatch(server.err.until("call tool"))
            assert line
            assert line[1] == DIGEST
            client.call("create_session", topic="Our secret", goal="Bees")
            assert "outcome=done" in server.err.until("tool=create_session")
            client.call("get_session", session_id="hst_000000000000")
            assert "outcome=forbidden" in server.err.until("tool=get_session")
            brief = {"uri": "harmonica://sessions/hst_000000000000/brief"}
            client.post("resources/read", brief)
            assert "outcome=forbidden" in server.err.until("resource=brief")
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)
        told = server.err.rest()
    assert all(words not in told for words in (KEY, "secret", "Bees", "hst_"))


def test_http_can_be_told_to_keep_quiet() -> None:
    """With `HARMONICA_LOG=warnings` calls leave no line."""
    with started(*HTTP, HARMONICA_LOG="warnings") as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        Http(url, ERAS[0], KEY).call("get_current_user")
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)
        assert "call tool" not in server.err.rest()


@pytest.mark.parametrize(("log", "lines"), [("", 0), ("calls", 1)])
@pytest.mark.parametrize("era", ERAS)
def test_stdio_logs_calls_when_asked(era: str, log: str, lines: int) -> None:
    """Over stdio, where hosts may not read it, calls are logged only when that is set."""
    with started(*SERVE, HARMONICA_API_KEY=KEY, HARMONICA_LOG=log) as server:
        host = Stdio(server, era)
        host.open()
        host.call("get_current_user")
        server.stdin.close()
        server.ends_within(PATIENCE)
        assert len(LINE.findall(server.err.rest())) == lines
