"""What every test of a transport needs."""

from collections.abc import Generator
from pathlib import Path

import pytest

from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import running_app
from tests.transports.harmonica import Harmonica


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever proxy this machine uses."""
    monkeypatch.setenv("no_proxy", "*")
    # Nothing here speaks TLS. A client that reads all authorities takes longer than its request.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(Path(__file__).parent))


@pytest.fixture(scope="module")
def upstream() -> Generator[Harmonica]:
    """Harmonica, for all tests of this module."""
    harmonica, socket = Harmonica(), listen("127.0.0.1", 0)
    harmonica.url = address(socket)
    with running_app(harmonica, socket, date_header=False):
        yield harmonica


@pytest.fixture
def harmonica(upstream: Harmonica) -> Harmonica:
    """Harmonica, which holds back what comes."""
    upstream.hold()
    return upstream
