"""What people call a session."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.client.errors import HarmonicaError, InvalidInput
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.references import find_session, host_link, session_id
from tests.server.wire import KEY, Stage

SHORT, LONG = "hst_d0f760c9fb42", "b79fbf17-ee99-4313-9e88-0551ae8b6b34"
ANYTHING = st.one_of(
    st.text(),
    st.text(st.sampled_from("/?#[]:@%&=s.chat sessions-_+0aA\x00\ud800é")),
    st.builds(
        str.__add__, st.sampled_from(["https://h/chat?s=", "https://h/sessions/"]), st.text()
    ),
)


def encoded(text: str) -> str:
    """An id as hosts' links carry it, padding included."""
    return base64.urlsafe_b64encode(text.encode()).decode()


def spellings(session: str) -> dict[str, str]:
    """Every form in which a session's id reaches us."""
    part = encoded(session)
    return {
        "id": session,
        "id with space around": f"  {session}\n",
        "join link": f"https://app.harmonica.chat/chat?s={session}",
        "join link with more": f"https://app.harmonica.chat/chat?lang=en&s={session}&x=1#top",
        "join link without a scheme": f"app.harmonica.chat/chat?s={session}",
        "host link": f"https://app.harmonica.chat/sessions/{part.rstrip('=')}",
        "host link with padding": f"https://app.harmonica.chat/sessions/{part}",
        "host link, padding encoded": f"https://app.harmonica.chat/sessions/{quote(part)}",
        "host link with a slash": f"https://app.harmonica.chat/sessions/{part}/",
        "host link, plain id": f"https://app.harmonica.chat/sessions/{session}",
    }


FORMS = [
    pytest.param(session, text, id=f"{form} {session[:3]}")
    for session in (SHORT, LONG)
    for form, text in spellings(session).items()
]


@pytest.mark.parametrize(("session", "text"), FORMS)
async def test_ids_and_links(session: str, text: str) -> None:
    """Reading and writing tools understand ids and links, without asking Harmonica."""
    sandbox = Sandbox()
    async with Pool("http://127.0.0.1", app=sandbox.app) as pool:
        assert await find_session(HarmonicaClient(KEY, pool=pool), text) == session
    assert session_id(text) == session
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "tool library", "https://example.org/", "a/b", "http://[", "x" * 129, "é", "."],
)
def test_what_is_no_id(text: str) -> None:
    """What changes something takes ids and links only, and says which."""
    with pytest.raises(InvalidInput) as caught:
        session_id(text)
    assert str(caught.value) == (
        "session_id must be a session's id (hst_… or a UUID), its join link or its host link; "
        "list_sessions finds it."
    )


async def test_words_of_one_topic(stage: Stage) -> None:
    """A reading tool goes on with the only session that a topic's words fit."""
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id="TOOL library ")
    assert called.data["id"] == stage.session("tool library").id
    assert stage.sent == ["GET /sessions", "GET /sessions/{id}"]


async def test_words_of_several_topics(stage: Stage) -> None:
    """Several sessions that fit are listed with id and topic, and nothing is chosen."""
    fitting = [stage.session("tool library"), stage.session("repair café")]
    async with stage.connect() as wire:
        error = (await wire.call("get_summary", session_id="i")).error
        listed = (await wire.call("get_session", session_id="ai")).error
    assert error.startswith("Several sessions fit: ")
    assert error.endswith(". Call again with one id.")
    assert stage.sent == ["GET /sessions"] * 2
    assert f'{fitting[1].id} "{fitting[1].topic}"' in listed
    assert fitting[0].id not in listed


async def test_words_of_many_topics(stage: Stage) -> None:
    """Of many sessions that fit only the first are listed, which is said."""
    async with stage.connect() as wire:
        for number in range(4):
            await wire.call("create_session", topic=f"Evening {number}", goal="Meet.")
        for number, more in ((4, ""), (6, " and more")):
            error = (await wire.call("get_responses", session_id="evening")).error
            assert error.count('"Evening ') == min(number, 5)
            assert error.endswith(f"{more}. Call again with one id.")
            for _ in range(2):
                await wire.call("create_session", topic="Evening again", goal="Meet.")


async def test_words_of_no_topic(stage: Stage) -> None:
    """Of words that fit nothing it is said that they do, and how they have to fit."""
    async with stage.connect() as wire:
        called = await wire.call("get_session_brief", session_id="library tool")
    assert called.error == (
        "No session has these words, in this order, in its topic or goal, and they are no id or "
        "link; list_sessions finds sessions."
    )
    assert stage.sent == ["GET /sessions"]


async def test_an_id_of_another_shape(stage: Stage) -> None:
    """A word that fits no topic is tried as an id, whatever its shape."""
    session = stage.session("tool library")
    stage.tenant.sessions["Odd_1"] = session
    session.id = "Odd_1"
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id="Odd_1")
    assert called.data["id"] == "Odd_1"
    assert stage.sent == ["GET /sessions", "GET /sessions/{id}"]


async def test_nothing_given(stage: Stage) -> None:
    """An empty reference is refused; it must not fit every session."""
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id="  ")
    assert called.error == "session_id must not be empty; list_sessions finds sessions."
    assert stage.sent == []


@given(ANYTHING)
def test_any_text_for_writing(text: str) -> None:
    """Whatever is given is an id or refused."""
    try:
        found = session_id(text)
    except InvalidInput:
        return
    assert found.isascii()
    assert 1 <= len(found) <= 128


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
async def test_any_text_for_reading(text: str) -> None:
    """Whatever is given finds a session, is tried as an id, or is refused."""
    async with Pool("http://127.0.0.1", app=Sandbox().app) as pool:
        api = HarmonicaClient(KEY, pool=pool)
        try:
            found = await find_session(api, text)
            await api.sessions.get(found)
        except HarmonicaError:
            return
    assert found


@pytest.mark.parametrize("session", [SHORT, LONG])
def test_host_link(session: str) -> None:
    """The host's link stands beside the participants', and leads back to the session."""
    link = host_link(f"https://app.harmonica.chat/chat?s={session}", session)
    assert link == f"https://app.harmonica.chat/sessions/{encoded(session).rstrip('=')}"
    assert session_id(str(link)) == session


def test_host_link_of_a_broken_link() -> None:
    """A link that cannot be read has no neighbour."""
    assert host_link("http://[broken", SHORT) is None
