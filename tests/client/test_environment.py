"""What the environment says of proxies and certificates, and what becomes of a request with it."""

import asyncio
import sys
from pathlib import Path

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY

PASSWORD = "sesame"
LOOPBACK = ["http://localhost", "http://127.0.0.1", "http://[::1]", "HTTP://LocalHost"]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own proxies."""
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


async def refused(url: str = "https://harmonica.example") -> str:
    """What a caller reads when the environment lets no request leave."""
    async with Pool(url) as pool:
        with pytest.raises(errors.Misconfigured, match="nothing was sent") as caught:
            await HarmonicaClient(KEY, pool=pool).sessions.create("Tea", "Choose.")
    assert not caught.value.may_have_happened
    return str(caught.value)


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


@pytest.mark.parametrize(
    "proxy",
    [
        f"socks5://me:{PASSWORD}@proxy.example:1080",
        f"ftp://me:{PASSWORD}@proxy.example",
        f"http://me:{PASSWORD}@proxy.example:port",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
async def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    proxy: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads it knows what to correct, and does not read the proxy's password."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(name, proxy)
    text = await refused()
    assert f"The proxy in {name} cannot be used" in text
    assert PASSWORD not in text


async def test_each_proxy_that_could_be_meant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several variables may hold the one that cannot be used; others are not named."""
    monkeypatch.setenv("ALL_PROXY", "ftp://proxy.example")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    monkeypatch.setenv("ftp_proxy", "ftp://proxy.example")
    assert "The proxy in ALL_PROXY or https_proxy cannot be used" in await refused()


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_certificates_that_cannot_be_read_are_named_by_their_variable(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is not there, or holds something else, is a sentence and no traceback."""
    file = tmp_path / "certificates.pem"
    if text:
        file.write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    told = await refused()
    assert "The certificates in SSL_CERT_FILE cannot be read" in told
    assert str(file) not in told


async def test_what_this_machine_needs_no_proxy_for_is_not_refused_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy that cannot be used does not matter where none is."""
    monkeypatch.setenv("ALL_PROXY", "ftp://proxy.example")
    async with Pool("http://127.0.0.1:1", max_seconds=0.4) as pool:
        with pytest.raises(errors.ConnectionFailed):
            await HarmonicaClient(KEY, pool=pool).account.me()


async def test_preparing_leaves_the_telling_to_the_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a start prepares in a thread ends without a traceback there."""
    monkeypatch.setenv("ALL_PROXY", "ftp://proxy.example")
    async with Pool("https://harmonica.example") as pool:
        await asyncio.to_thread(pool.prepare)
        with pytest.raises(errors.Misconfigured):
            await HarmonicaClient(KEY, pool=pool).account.me()
