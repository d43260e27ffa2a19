"""`harmonica-mcp sandbox`."""

import signal

import httpx2
import pytest

from tests.transports.wire import started


def test_the_sandbox_is_served_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells its address and a key, its join links open, and it ends with Ctrl+C."""
    monkeypatch.setenv("no_proxy", "*")
    with started("-m", "harmonica_mcp", "sandbox", "--port", "0") as server:
        url = server.err.until("sandbox at").split()[3].rstrip(",")
        key = server.err.until("Any key").split()[-1]
        answer = httpx2.get(f"{url}/me", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        assert len(answer.headers.get_list("date")) == 1
        wanted = {"topic": "A garden", "goal": "Agree what to plant."}
        made = httpx2.post(
            f"{url}/sessions", json=wanted, headers={"Authorization": f"Bearer {key}"}
        )
        assert "A garden" in httpx2.get(made.json()["join_url"]).text
        server.process.send_signal(signal.SIGINT)
        assert server.ends_within(10) == 130
        assert len(server.err.rest().splitlines()) == 2
