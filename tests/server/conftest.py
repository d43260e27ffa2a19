"""A server on a sandbox, without waits."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.options import Options
from tests.server.examples import SPECS
from tests.server.wire import ENVELOPE, HANDSHAKE, KEY, Stage

_PLENTY = 100_000
MakeStage = Callable[..., Stage]


@pytest.fixture(params=[HANDSHAKE, ENVELOPE])
def era(request: pytest.FixtureRequest) -> str:
    """Both eras of the protocol."""
    return request.param


@pytest.fixture(scope="session")
def served() -> HarmonicaServer:
    """The server, built once, trusting its hosts; each test gives it a pool and a key."""
    return HarmonicaServer(Pool(), None, SPECS, Options(confirm="host"))


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """Repeats and looks follow at once, three of each."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def make_stage(served: HarmonicaServer, era: str) -> MakeStage:
    """Set up the server on a sandbox that `app` stands around; `key` None is a caller without."""

    def make(
        *,
        key: str | None = KEY,
        app: Callable[[Sandbox], Any] | None = None,
        **pool: Any,
    ) -> Stage:
        sandbox = Sandbox(requests_per_minute=_PLENTY)
        pool = {"requests_per_minute": _PLENTY, **pool}
        made = Pool("http://127.0.0.1", app=app(sandbox) if app else sandbox.app, **pool)
        made.observers.append(served.calls)
        served.callers = Callers(made, ApiKey(key) if key else None)
        return Stage(served, sandbox, made, era, key or KEY)

    return make


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    """The server on a sandbox, called with a key of zeros."""
    return make_stage()
