"""What every test of a transport needs."""

import pytest


@pytest.fixture(autouse=True)
def _directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever proxy this machine uses."""
    monkeypatch.setenv("no_proxy", "*")
