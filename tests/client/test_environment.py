"""What the environment says of proxies, and what becomes of a request with it."""

import asyncio

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY

LOOPBACK = ["http://localhost", "http://127.0.0.1", "http://[::1]", "HTTP://LocalHost"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own proxies."""
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("url", LOOPBACK)
async def test_this_machine_is_never_asked_for_through_a_proxy(
    url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain HTTP is for this machine only: a proxy would read the key, so it is not asked."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    monkeypatch.setenv(name, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    # Nothing listens there.
    async with server, Pool(f"{url}:1", max_seconds=0.4) as pool:
        with pytest.raises(errors.ConnectionFailed):
            await HarmonicaClient(KEY, pool=pool).account.me()
    assert asked == []
