"""Metrics as Prometheus fetches them: on a port of their own, or with a token."""

import signal
from collections.abc import Generator

import httpx2
import pytest

from tests.transports.wire import ERAS, PATIENCE, Http, key, started

SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox", "--transport", "http", "--port", "0")
TOKEN = "metrics-token-of-thirty-two-letters"


@pytest.fixture(scope="module")
def urls() -> Generator[tuple[str, str]]:
    """A server with metrics both ways: its address, and that of the metrics' own port."""
    settings = {"HARMONICA_METRICS_PORT": "0", "HARMONICA_METRICS_TOKEN": TOKEN}
    with started(*SERVE, **settings) as server:
        own = server.err.until("Metrics at").split()[2]
        yield server.err.until("Serving MCP at").split()[3].removesuffix("/mcp"), own
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)


@pytest.mark.parametrize("era", ERAS)
def test_calls_show_in_the_metrics(urls: tuple[str, str], era: str) -> None:
    """A call is counted in both places, in Prometheus's text format."""
    url, own = urls
    client = Http(url, era, key("a"))
    client.open()
    client.call("get_current_user")
    with_token = httpx2.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    for page in (with_token, httpx2.get(own)):
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/plain; version=")
        counted = 'harmonica_mcp_calls_total{kind="tool",name="get_current_user",outcome="done"}'
        assert counted in page.text
        assert 'upstream_requests_total{operation="GET /me",status="2xx"}' in page.text
        assert "process_resident_memory_bytes" in page.text
        assert key("a") not in page.text


@pytest.mark.parametrize("sent", [None, "Bearer", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}"])
def test_others_are_refused(urls: tuple[str, str], sent: str | None) -> None:
    """Without the token the answer is 401, which shows neither metrics nor token."""
    headers = {"Authorization": sent} if sent else {}
    page = httpx2.get(f"{urls[0]}/metrics", headers=headers)
    assert page.status_code == 401
    assert "harmonica_mcp_" not in page.text
    assert TOKEN not in page.text


def test_a_scraper_may_use_any_name(urls: tuple[str, str]) -> None:
    """Prometheus calls an address, which is none of the allowed hosts."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7:8000"}
    assert httpx2.get(f"{urls[0]}/metrics", headers=headers).status_code == 200


def test_a_port_of_its_own_needs_no_token() -> None:
    """With a port alone there is nothing at `/metrics` beside MCP."""
    with started(*SERVE, HARMONICA_METRICS_PORT="0") as server:
        own = server.err.until("Metrics at").split()[2]
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        assert httpx2.get(own).status_code == 200
        assert httpx2.get(f"{url}/metrics").status_code == 404
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)


def test_a_token_needs_no_port() -> None:
    """With a token alone no other port is opened."""
    with started(*SERVE, HARMONICA_METRICS_TOKEN=TOKEN) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        told = httpx2.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert told.status_code == 200
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)
        assert "Metrics at" not in server.err.rest()
