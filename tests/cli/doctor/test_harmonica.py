"""What doctor asks of Harmonica, and what it makes of the answers."""

from collections.abc import Callable

import pytest
import stamina

from harmonica_mcp.cli.doctor import harmonica
from harmonica_mcp.cli.doctor.report import Check
from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.settings import Settings
from harmonica_mcp.transports.listening import listen
from tests.server.clock import now, on_a_clock_of_its_own

KEY = "hm_live_" + "0" * 32
URL = "http://127.0.0.1/api/v1"
HTML = "<!doctype html><title>Nothing here</title>"


async def checks(
    sandbox: Sandbox | None = None, key: str | None = KEY, transport: str = "stdio"
) -> dict[str, Check]:
    """Ask a sandbox."""
    told = Settings(api_key=ApiKey(key) if key else None)
    app = (sandbox or Sandbox(clock=now)).app
    async with Pool("http://127.0.0.1", max_seconds=harmonica.PATIENCE, app=app) as pool:
        return {check.name: check for check in await harmonica.examine(told, pool, transport)}


@on_a_clock_of_its_own
async def test_all_is_well() -> None:
    """It tells how fast Harmonica answers, whose key it is, and what the edition offers."""
    sandbox = Sandbox(clock=now, public_sessions=True)
    told = await checks(sandbox)
    assert [check.state for check in told.values()] == ["ok", "ok", "ok"]
    assert told["api"].text == f"{URL} answers: 0.00 s with connecting, then 0.00 s"
    [owner] = told["api"].details
    assert owner == "the key is that of Sandbox Host (h…@sandbox.example), plan PRO"
    assert told["edition"].text == "offers every part of the API"
    assert all(request.operation.startswith("GET ") for request in sandbox.requests)
    assert len(sandbox.requests) == 14


@on_a_clock_of_its_own
async def test_an_owner_without_name_and_address() -> None:
    """An account that tells little is no failure."""
    sandbox = Sandbox(clock=now)
    sandbox.faults.add("GET /me", times=2, body={"id": "auth0|1"})
    told = await checks(sandbox)
    assert told["api"].details == ["the key is that of somebody without a name"]


@on_a_clock_of_its_own
async def test_a_slow_harmonica_is_noted() -> None:
    """Seconds until an answer are no failure, but worth a look."""
    sandbox = Sandbox(clock=now)
    sandbox.faults.add("GET /me", delay=5)
    told = await checks(sandbox)
    assert told["api"].state == "note"
    assert "answers slowly: 5.00 s with connecting, then 0.00 s" in told["api"].text


@pytest.mark.parametrize(
    ("fault", "state", "why"),
    [
        ({"delay": 60}, "failed", "did not answer GET /me within 10 seconds. It is slow"),
        ({"status": 404, "body": HTML, "content_type": "text/html"}, "failed", "Something else"),
        ({"status": 200, "body": HTML, "content_type": "text/html"}, "failed", "Something else"),
        ({"status": 405}, "failed", "Something else than Harmonica answers there: check HARMON"),
        ({"status": 429, "headers": {"retry-after": "42"}}, "note", "Another program uses this"),
        ({"status": 503, "times": 9}, "failed", "Harmonica failed with HTTP 503 at GET /me."),
        ({"drop": "before", "times": 9}, "failed", "The connection was lost before"),
    ],
)
def test_what_goes_wrong_at_harmonica(fault: dict[str, object], state: str, why: str) -> None:
    """Each failure is told with its address and what to do, and nothing more is asked then."""

    @on_a_clock_of_its_own
    async def run() -> None:
        sandbox = Sandbox(clock=now)
        sandbox.faults.add("GET /me", **fault)  # pyright: ignore[reportArgumentType]
        told = await checks(sandbox)
        assert told["api"].state == state
        assert told["api"].text.startswith(URL)
        assert why in told["api"].text
        assert told["edition"].state == "skipped"
        assert all(request.operation == "GET /me" for request in sandbox.requests)

    run()


@on_a_clock_of_its_own
async def test_a_key_that_is_not_accepted() -> None:
    """A revoked key is a failure, told with the other reason that it may have."""
    sandbox = Sandbox(clock=now)
    sandbox.revoked.add(KEY)
    told = await checks(sandbox)
    assert (told["key"].state, told["api"].state) == ("ok", "failed")
    assert "did not accept the key just now (revoked, or its database is down)" in told["api"].text
    assert told["api"].facts["status"] == 401


async def test_a_dead_port() -> None:
    """When nobody listens, the network and the address are what to check."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    told = Settings(api_key=ApiKey(KEY))
    with stamina.set_testing(True, attempts=2):
        async with Pool(f"http://127.0.0.1:{port}") as pool:
            _, api, edition = await harmonica.examine(told, pool, "stdio")
    assert (api.state, edition.state) == ("failed", "skipped")
    assert api.text.endswith("Check the network, a proxy, and HARMONICA_API_URL.")


@on_a_clock_of_its_own
async def test_an_unusual_key_is_noted() -> None:
    """Harmonica decides about keys; one of another form is only noted."""
    told = await checks(key="hm_live_short")
    assert (told["key"].state, told["api"].state) == ("note", "ok")


@on_a_clock_of_its_own
async def test_without_a_key() -> None:
    """Over stdio a key is needed, and is all that is missing where Harmonica answers."""
    told = await checks(key=None)
    assert [check.state for check in told.values()] == ["failed", "ok", "skipped"]
    assert "HARMONICA_API_KEY is not set here" in told["key"].text
    assert "without a key no more can be asked" in told["api"].text


@on_a_clock_of_its_own
async def test_over_http_the_server_has_no_key() -> None:
    """A server over HTTP must not have one; that it is set is noted."""
    told = await checks(key=None, transport="http")
    assert told["key"].state == "ok"
    told = await checks(transport="http")
    assert told["key"].state == "note"
    assert "refused" in told["key"].text
    assert told["api"].state == "ok"


@pytest.mark.parametrize("open_", [True, False])
def test_without_a_key_something_else_may_answer(*, open_: bool) -> None:
    """A web page is not Harmonica; a list of open sessions, or a refusal in its form, is."""

    @on_a_clock_of_its_own
    async def run() -> None:
        sandbox = Sandbox(clock=now, public_sessions=True)
        if not open_:
            page = {"body": HTML, "content_type": "text/html"}
            sandbox.faults.add("GET /sessions/public", status=404, **page)  # pyright: ignore[reportArgumentType]
        told = await checks(sandbox, key=None)
        assert told["api"].state == ("ok" if open_ else "failed")
        assert ("Something else" in told["api"].text) is not open_

    run()


def _lacking(sandbox: Sandbox) -> None:
    page = {"body": HTML, "content_type": "text/html"}
    sandbox.faults.add("GET /projects", status=404, **page)  # pyright: ignore[reportArgumentType]
    sandbox.faults.add("GET /meetings", status=405)


def _forbidden(sandbox: Sandbox) -> None:
    refusal = {"error": {"code": "forbidden", "message": "You don't have access"}}
    sandbox.faults.add("GET /projects", status=403, body=refusal)


def _crashing(sandbox: Sandbox) -> None:
    sandbox.faults.add("GET /projects", status=500, times=2)


def _hanging(sandbox: Sandbox) -> None:
    sandbox.faults.add("GET /projects", delay=60)


def _cut(sandbox: Sandbox) -> None:
    sandbox.faults.add("GET /projects", drop="before", times=9)


@pytest.mark.parametrize(
    ("mishap", "state", "projects", "text"),
    [
        (_lacking, "ok", "not offered", "does not offer projects, meetings: tools for them"),
        (_forbidden, "ok", "offered", "offers every part of the API"),
        (_crashing, "note", "no answer (HTTP 500)", "could not be told for projects"),
        (_cut, "note", "no answer", "for projects, publishing, templates, telegram, meetings"),
        (_hanging, "note", "no answer", "for projects, publishing, templates, telegram, meetings"),
    ],
)
def test_what_the_edition_offers(
    mishap: Callable[[Sandbox], None], state: str, projects: str, text: str
) -> None:
    """No route is told from no such thing and from no answer; after a time-out nobody waits on."""

    @on_a_clock_of_its_own
    async def run() -> None:
        sandbox = Sandbox(clock=now, public_sessions=True)
        mishap(sandbox)
        told = (await checks(sandbox))["edition"]
        assert told.state == state
        assert told.facts["parts"]["projects"] == projects
        assert text in told.text

    run()
