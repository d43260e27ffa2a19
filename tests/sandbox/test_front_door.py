"""Paths, methods, keys and the request budget, before any handler works."""

from datetime import datetime, timedelta

import httpx2
import pytest
from starlette.types import Message

from harmonica_mcp.sandbox import Recorded, Sandbox, Session, key_digest

OTHER_KEY = "hm_live_" + "1" * 32


async def test_me_describes_the_key(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """GET /me shows the account, its plan and the key's first twelve characters."""
    me = (await api.get("/me")).json()
    assert me["subscription_status"] == "PRO"
    assert me["api_key"]["key_prefix"] == "hm_live_0000"
    assert me["api_key"]["last_used_at"] == "2026-05-04T09:30:00.123Z"
    assert "|" in me["id"]
    assert me["email"].endswith(".example")
    assert sandbox.requests[0].operation == "GET /me"


async def test_me_before_a_key_was_used(sandbox: Sandbox) -> None:
    """A tenant that only Python has looked at has no time of last use."""
    assert sandbox.tenant(OTHER_KEY).last_used_at is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Authentication required"),
        ("Bearer", "Authentication required"),
        ("Bearer ", "Authentication required"),
        ("Basic x", "Authentication required"),
        (f"bearer {OTHER_KEY}", "Authentication required"),
        ("Bearer sk_foo", "Invalid API key format"),
        (f"Bearer  {OTHER_KEY}", "Invalid API key format"),
        (f"Bearer {OTHER_KEY.upper()}", "Invalid API key format"),
        ("Bearer hm_live_", "Invalid or revoked API key"),
        (f"Bearer {OTHER_KEY}", "Invalid or revoked API key"),
    ],
)
async def test_keys_that_are_refused(
    api: httpx2.AsyncClient, sandbox: Sandbox, header: str | None, message: str
) -> None:
    """Each kind of bad key gets the sentence that the service has for it."""
    sandbox.revoked.add(OTHER_KEY)
    del api.headers["authorization"]
    answer = await api.get("/me", headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "unauthorized", "message": message}}


async def test_short_keys_and_trailing_space(api: httpx2.AsyncClient) -> None:
    """Only the prefix makes a key, and a space after it does not matter."""
    answer = await api.get("/me", headers={"authorization": "Bearer hm_live_short "})
    assert answer.status_code == 200


async def test_tenants_do_not_meet(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """Every key has its own community, and another key's session is a 403."""
    mine = (await api.get("/sessions")).json()["data"]
    other = {"authorization": f"Bearer {OTHER_KEY}"}
    theirs = (await api.get("/sessions", headers=other)).json()["data"]
    assert [each["topic"] for each in mine] == [each["topic"] for each in theirs]
    assert not {each["id"] for each in mine} & {each["id"] for each in theirs}
    answer = await api.get(f"/sessions/{theirs[0]['id']}")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "You don't have access to this resource"
    digests = {each.key_digest for each in sandbox.requests}
    assert digests == {key_digest("hm_live_" + "0" * 32), key_digest(OTHER_KEY)}


@pytest.mark.parametrize("path", ["/nope", "/ME", "/sessions/a/b/c/d", "/session"])
async def test_unknown_routes_are_pages(api: httpx2.AsyncClient, path: str) -> None:
    """An unknown route is an HTML page, even without a key."""
    del api.headers["authorization"]
    answer = await api.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_outside_the_api(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """What is not below /api/v1 is a page as well, and is recorded under its path."""
    answer = await api.get("https://sandbox.harmonica.example/elsewhere")
    assert answer.status_code == 404
    assert sandbox.requests[-1].operation == "GET /elsewhere"


async def test_wrong_methods_are_empty(api: httpx2.AsyncClient) -> None:
    """A wrong method is a 405 without body, type or Allow, before any key is looked at."""
    del api.headers["authorization"]
    answer = await api.delete("/sessions/any")
    assert (answer.status_code, answer.content) == (405, b"")
    assert not {"content-type", "allow"} & set(answer.headers)


async def test_head_and_options(api: httpx2.AsyncClient) -> None:
    """HEAD is GET without a body, OPTIONS lists the methods without a key."""
    head = await api.head("/me")
    assert (head.status_code, head.content) == (200, b"")
    del api.headers["authorization"]
    options = await api.options("/sessions")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("path", "target"),
    [("/me/", "/api/v1/me"), ("//me", "/api/v1/me"), ("/sessions//x/", "/api/v1/sessions/x")],
)
async def test_spare_slashes_redirect(api: httpx2.AsyncClient, path: str, target: str) -> None:
    """Trailing and double slashes answer 308 with the relative path, also as text."""
    answer = await api.get(f"https://sandbox.harmonica.example/api/v1{path}")
    assert (answer.status_code, answer.headers["location"]) == (308, target)
    assert answer.text == target


@pytest.mark.parametrize("raw", ["%", "%zz", "%ff"])
async def test_bad_escapes(sandbox: Sandbox, raw: str) -> None:
    """A path whose percent-encoding makes no sense is a 400 page."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    path = f"/api/v1/sessions/{raw}"
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    rest: dict[str, object] = {"query_string": b"", "headers": []}
    await sandbox.app(scope | rest, receive, send)
    assert sent[0]["status"] == 400


@pytest.mark.parametrize(
    "identity", ["abc", "null", "0", "%F0%9F%90%9D", "%27%20OR%201=1--", "%00", "a%2Fb", "x" * 3000]
)
async def test_strange_ids(api: httpx2.AsyncClient, identity: str) -> None:
    """Whatever an unknown id looks like, the answer is 403."""
    assert (await api.get(f"/sessions/{identity}")).status_code == 403


async def test_ids_are_compared_as_text(api: httpx2.AsyncClient, tenant_session: Session) -> None:
    """An existing id in upper case is another id."""
    assert (await api.get(f"/sessions/{tenant_session.id.upper()}")).status_code == 403


@pytest.fixture
def tenant_session(sandbox: Sandbox) -> Session:
    """Any session of the caller."""
    return next(iter(sandbox.tenant("hm_live_" + "0" * 32).sessions.values()))


async def test_long_targets(api: httpx2.AsyncClient) -> None:
    """A request line beyond sixteen thousand characters is refused without a word."""
    answer = await api.get("/sessions", params={"q": "x" * 20_000})
    assert (answer.status_code, answer.content) == (431, b"")


async def test_public_sessions_are_not_offered(api: httpx2.AsyncClient) -> None:
    """GET /sessions/public is taken as an id: 403 with a key, 401 without, as in production."""
    assert (await api.get("/sessions/public")).status_code == 403
    del api.headers["authorization"]
    assert (await api.get("/sessions/public")).status_code == 401


async def test_the_budget_is_a_fixed_minute(now: list[datetime]) -> None:
    """A key's window starts with its first request, and refused requests do not extend it."""
    sandbox = Sandbox(requests_per_minute=2, clock=lambda: now[0])
    transport = httpx2.ASGITransport(app=sandbox.app)
    headers = {"authorization": f"Bearer {OTHER_KEY}"}
    base = "https://sandbox.harmonica.example/api/v1"
    async with httpx2.AsyncClient(transport=transport, base_url=base, headers=headers) as api:
        assert (await api.get("/me")).status_code == 200
        now[0] += timedelta(seconds=20.5)
        assert (await api.get("/sessions/unknown")).status_code == 403
        refused = await api.get("/me")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "40"
        message = "Rate limit exceeded. Try again in 40 seconds."
        assert refused.json() == {"error": {"code": "rate_limited", "message": message}}
        assert (await api.get("/me", headers={"authorization": "Bearer x"})).status_code == 401
        other = {"authorization": "Bearer hm_live_" + "2" * 32}
        assert (await api.get("/me", headers=other)).status_code == 200
        now[0] += timedelta(seconds=39.5)
        assert (await api.get("/me")).status_code == 200


async def test_every_answer_has_the_sandboxs_date(api: httpx2.AsyncClient) -> None:
    """The Date header shows the sandbox's clock, on errors too."""
    for path in ("/me", "/nope", "/sessions/unknown"):
        assert (await api.get(path)).headers["date"] == "Mon, 04 May 2026 09:30:00 GMT"


async def test_requests_are_recorded(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """Tests can read what was asked: operation, key digest, status, first query values, body."""
    await api.get("/sessions", params=[("q", "a"), ("q", "b"), ("status", "")])
    await api.post("/sessions", json={"topic": " "})
    await api.post("/sessions", content=b"{")
    digest = key_digest("hm_live_" + "0" * 32)
    assert sandbox.requests == [
        Recorded("GET /sessions", digest, 200, {"q": "a", "status": ""}, None),
        Recorded("POST /sessions", digest, 400, {}, {"topic": " "}),
        Recorded("POST /sessions", digest, 500, {}, None),
    ]


async def test_the_last_requests_are_recorded(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A sandbox that is served for long remembers so many requests, the last ones."""
    for number in range(1_001):
        await api.get("/nope", params={"number": number})
    assert [each.query["number"] for each in sandbox.requests] == [
        str(number) for number in range(1, 1_001)
    ]
    assert {each.status for each in sandbox.requests} == {404}


async def test_below_a_mount(sandbox: Sandbox) -> None:
    """The app also works below a path of a larger one."""
    transport = httpx2.ASGITransport(app=sandbox.app, root_path="/below")
    async with httpx2.AsyncClient(transport=transport) as client:
        answer = await client.get("https://sandbox.harmonica.example/below/api/v1/me")
    assert answer.status_code == 401


def test_a_key_is_kept_as_its_digest_only(sandbox: Sandbox) -> None:
    """Nothing the sandbox holds contains a whole key."""
    sandbox.tenant(OTHER_KEY)
    assert OTHER_KEY not in repr(vars(sandbox)) + repr(sandbox.tenant(OTHER_KEY))
