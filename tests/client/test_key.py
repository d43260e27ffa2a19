"""The key: what counts as one, where it goes, and where it never shows."""

import copy
import json
import logging
import pickle
import traceback

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp import ApiKey, HarmonicaClient
from harmonica_mcp.client import Pool, errors
from harmonica_mcp.client.key import api_root
from tests.client.api import KEY, OTHER_KEY, URL, Reply, envelope, page, speaking_to

SECRET = "hm_live_" + "a" * 32
LOCATIONS = [
    "https://elsewhere.example/api/v1/me",
    "http://harmonica.example/api/v1/me",
    "https://harmonica.example:8443/api/v1/me",
    "//elsewhere.example/api/v1/me",
    "https://harmonica.example.elsewhere.example/api/v1/me",
    "https://harmonica.example@elsewhere.example/api/v1/me",
    "javascript:alert(1)",
    "https://[broken/",
    "https://bad host/",
    "https://harmonica.example:x/",
    "https://harmonica.example\x7f/",
    "",
]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk_live_123",
        "HM_LIVE_" + "a" * 32,
        "Bearer hm_live_" + "a" * 32,
        "hm_live_ä",
        "hm_live_a\nX-Other: b",
        "hm_live_a b",
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    """A refused key is not repeated, and the refusal says where keys come from."""
    with pytest.raises(errors.InvalidKey) as caught:
        ApiKey(text)
    assert not text or text not in str(caught.value)
    assert "https://app.harmonica.chat" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "usual", "shown"),
    [
        (SECRET, True, "hm_live_…aaaa"),
        (f"  {SECRET}\n", True, "hm_live_…aaaa"),
        ("hm_live_short", False, "hm_live_…"),
        ("hm_live_" + "A" * 32, False, "hm_live_…"),
    ],
)
def test_a_key_shows_its_last_digits_only(text: str, usual: bool, shown: str) -> None:
    """A usual key shows four characters, an unusual one none, which could be most of it."""
    key = ApiKey(text)
    assert key.is_usual is usual
    assert repr(key) == str(key) == f"{key}" == "%s" % key == shown  # noqa: UP031
    assert key.get_secret_value() == text.strip()


def test_keys_compare_by_value_and_digest() -> None:
    """Two readings of the same key are one key; its digest is not the key."""
    assert ApiKey(SECRET) == ApiKey(SECRET)
    assert ApiKey(SECRET) != ApiKey(KEY)
    assert ApiKey(SECRET).digest == ApiKey(SECRET).digest != ApiKey(KEY).digest
    assert "aaaa" not in ApiKey(SECRET).digest


def test_a_key_cannot_be_written_down() -> None:
    """Neither the key nor a client of it can be pickled or copied into something readable."""
    for holder in (ApiKey(SECRET), HarmonicaClient(SECRET), {"key": ApiKey(SECRET)}):
        with pytest.raises(TypeError):
            pickle.dumps(holder)
        with pytest.raises(TypeError):
            copy.deepcopy(holder)
    with pytest.raises(TypeError):
        json.dumps(ApiKey(SECRET))


def test_a_client_shows_the_host_and_not_the_key() -> None:
    """What a log shows of a client is enough to tell clients apart."""
    client = HarmonicaClient(SECRET, "https://harmonica.example/")
    assert repr(client) == (
        "HarmonicaClient(key=hm_live_…aaaa, url='https://harmonica.example/api/v1')"
    )
    assert SECRET not in repr(vars(client))


@pytest.mark.usefixtures("clock")
async def test_the_key_is_in_no_error_log_or_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Failing in many ways, with all loggers at their most talkative, never shows the key."""
    caplog.set_level(logging.DEBUG)
    for reply in (
        Reply(401, envelope("unauthorized", f"{SECRET} is unknown")),
        Reply(403, f"<p>Bearer {SECRET}</p>"),
        Reply(200, f'{{"id": 5, "key": "{SECRET}"'),
        Reply(302, headers={"location": f"https://elsewhere.example/?key={SECRET}"}),
        Reply(error=httpx2.ReadError(f"lost {SECRET}")),
        Reply(200, f"not gzip {SECRET}", {"content-encoding": "gzip"}),
    ):
        client, _ = speaking_to(reply, key=SECRET)
        with pytest.raises(errors.HarmonicaError) as caught:
            await client.sessions.update("hst_1", topic="Tea")
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert SECRET not in repr(caught.value)
    assert SECRET not in caplog.text


async def test_a_call_without_a_key_says_how_to_get_one() -> None:
    """Without a key nothing is sent, and the error says what to do."""
    client, api = speaking_to(Reply(200, page()), key=None)
    with pytest.raises(errors.KeyMissing, match=r"create one at https://app\.harmonica\.chat"):
        await client.sessions.list()
    with pytest.raises(errors.KeyMissing):
        await client.chat.send("hst_1", "Hello.", participant_name="Ann")
    assert api.requests == []


async def test_each_request_carries_its_own_callers_key() -> None:
    """Clients that share a pool send their own key each."""
    client, api = speaking_to(Reply(200, page()))
    other = HarmonicaClient(OTHER_KEY, pool=client.pool)
    await client.sessions.list()
    await other.sessions.list()
    sent = [request.headers["authorization"] for request in api.requests]
    assert sent == [f"Bearer {KEY}", f"Bearer {OTHER_KEY}"]


async def test_cookies_are_refused() -> None:
    """A cookie that one caller's answer sets travels with nobody's later request."""
    cookies = {"set-cookie": "session=mine; Path=/; Domain=harmonica.example"}
    client, api = speaking_to(Reply(200, page(), cookies))
    await client.sessions.list()
    await HarmonicaClient(OTHER_KEY, pool=client.pool).sessions.list()
    await client.sessions.list()
    assert not any("cookie" in request.headers for request in api.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", LOCATIONS)
async def test_no_redirect_leads_to_another_host(status: int, location: str) -> None:
    """Another host, scheme or port, or nonsense, is never followed: the key stays here."""
    client, api = speaking_to(
        Reply(status, headers={"location": location}), Reply(200, {"id": "x"})
    )
    with pytest.raises(errors.UnexpectedAnswer, match="redirect"):
        await client.account.me()
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_read_follows_redirects_of_its_host(status: int) -> None:
    """A read goes on where the same host sends it, with its key."""
    client, api = speaking_to(
        Reply(status, headers={"location": "/v2/me"}), Reply(200, {"id": "x"})
    )
    assert (await client.account.me()).id == "x"
    assert api.requests[1].path == "/v2/me"
    assert api.requests[1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [307, 308])
async def test_a_write_keeps_method_and_body_on_its_way(status: int) -> None:
    """What a redirect with these statuses asks for is done: the same request elsewhere."""
    client, api = speaking_to(
        Reply(status, "/api/v1/sessions/hst_2", {"location": "/api/v1/sessions/hst_2"}),
        Reply(200, {"id": "hst_2"}),
    )
    await client.sessions.update("hst_1", topic="Grüner Tee")
    second = api.requests[1]
    assert (second.method, second.path) == ("PATCH", "/sessions/hst_2")
    assert second.json == {"topic": "Grüner Tee"}


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_write_is_not_turned_into_a_read(status: int) -> None:
    """Statuses that would drop the body are not followed for a write."""
    client, api = speaking_to(
        Reply(status, headers={"location": "/api/v1/elsewhere"}), Reply(200, {"id": "hst_1"})
    )
    with pytest.raises(errors.UnexpectedAnswer):
        await client.sessions.update("hst_1", topic="Tea")
    assert len(api.requests) == 1


async def test_a_circle_of_redirects_ends() -> None:
    """After three hops the answer counts as what it is."""
    client, api = speaking_to(Reply(308, headers={"location": "/api/v1/me"}))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.account.me()
    assert len(api.requests) == 4


@pytest.mark.parametrize(
    ("given_url", "root"),
    [
        ("https://app.harmonica.chat", "https://app.harmonica.chat/api/v1"),
        ("https://app.harmonica.chat/", "https://app.harmonica.chat/api/v1"),
        (" https://app.harmonica.chat/api/v1/ ", "https://app.harmonica.chat/api/v1"),
        ("https://example.org/harmonica", "https://example.org/harmonica/api/v1"),
        ("HTTPS://Example.org:8443", "HTTPS://Example.org:8443/api/v1"),
        ("http://localhost:3000", "http://localhost:3000/api/v1"),
        ("http://127.0.0.1:3000/api/v1", "http://127.0.0.1:3000/api/v1"),
        ("http://[::1]:3000", "http://[::1]:3000/api/v1"),
    ],
)
def test_addresses_are_taken_with_and_without_the_version(given_url: str, root: str) -> None:
    """A host, a loopback address or one with a path is taken, ending in `/api/v1` or not."""
    assert api_root(given_url) == root


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app.harmonica.chat",
        "ftp://example.org",
        "http://example.org",
        "http://localhost.example.org",
        "https://",
        "https://user:word@example.org",
        "https://user@example.org",
        "https://example.org?",
        "https://example.org?x=1",
        "https://example.org#top",
        "https://example.org:0",
        "https://example.org:99999",
        "https://example.org:port",
        "https://bad host",
        "https://[::1",
        "https://exämple.org",
        "https://example.org/a b",
        "https://example.org\nx",
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    """Plain http beyond this machine, credentials, queries and nonsense are refused."""
    with pytest.raises(errors.InvalidInput):
        api_root(text)


@given(st.text() | st.from_regex(r"https?://\S{1,30}"))
def test_an_address_is_refused_or_can_be_used(text: str) -> None:
    """Whatever is accepted as an address is one that requests can be built for."""
    try:
        root = api_root(text)
    except errors.InvalidInput:
        return
    url = httpx2.URL(root)
    assert url.scheme == "https" or url.host in {"localhost", "127.0.0.1", "::1"}
    assert url.raw_path.endswith(b"/api/v1")


async def test_a_pool_of_its_own_is_closed_with_the_client() -> None:
    """A client closes the connections that it made itself, and only those."""
    async with Pool(URL, app=speaking_to(Reply(200, page()))[1]) as pool:
        async with HarmonicaClient(KEY, pool=pool) as client:
            await client.sessions.list()
        assert not pool.connections.client.is_closed
    assert pool.connections.client.is_closed
    async with HarmonicaClient(KEY, URL) as unused:
        pass
    async with HarmonicaClient(KEY, URL) as own:
        made = own.pool.connections.client
    assert made.is_closed
    assert "client" not in vars(unused.pool.connections)
