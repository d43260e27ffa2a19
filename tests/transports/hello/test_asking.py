"""Which requests have a known answer, and which are left to the SDK."""

import json
from typing import Any

import pytest

from harmonica_mcp.transports.hello.asking import Asking
from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.hello.snapshot import Answers
from tests.transports.hello.lines import CLIENT, MODERN, Json, hello, meta

_UI: Json = {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}


def asked(answers: Answers, *said: Json) -> list[bool]:
    """Which of these requests, one after another, have a known answer."""
    asking = Asking(answers)
    lines = [{"jsonrpc": "2.0", "id": number, **each} for number, each in enumerate(said)]
    return [asking.answer(json.dumps(line).encode()) is not None for line in lines]


@pytest.mark.parametrize(
    "can",
    [
        {},
        {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {}},
        {"elicitation": {"form": {}, "url": {}}, "extensions": _UI},
        {"tasks": {"list": {}, "cancel": {}}, "experimental": {"a": {"b": [1]}}},
    ],
)
def test_what_hosts_say_is_known(answers: Answers, can: Json) -> None:
    """A host of either era, with capabilities as hosts declare them."""
    client = {**CLIENT, "title": "A host", "websiteUrl": "https://host.example"}
    lists: list[Json] = [{"method": "tools/list"}, {"method": "tools/list", "params": {}}]
    assert all(asked(answers, hello("2025-06-18", can, client), *lists))
    modern: Json = {"method": "server/discover", "params": meta(can, client)}
    assert all(asked(answers, modern, {"method": "tools/list", "params": meta(can)}))


@pytest.mark.parametrize(
    ("can", "client"),
    [
        (None, CLIENT),
        ({"roots": True}, CLIENT),
        ({"roots": {"listChanged": [1]}}, CLIENT),
        ({"roots": {"listChanged": {}}}, CLIENT),
        ({"sampling": {"context": 1}}, CLIENT),
        ({"elicitation": {"form": []}}, CLIENT),
        ({"tasks": {"list": 1}}, CLIENT),
        ({"extensions": {"a": 1}}, CLIENT),
        ({"of": {"tomorrow": {}}}, CLIENT),
        ({}, {"name": "a"}),
        ({}, {"name": 1, "version": "1"}),
        ({}, {**CLIENT, "title": 7}),
        ({}, {**CLIENT, "icons": "none"}),
        ({}, []),
    ],
)
def test_what_is_badly_said_is_not_known(answers: Answers, can: Any, client: Any) -> None:
    """What the SDK might refuse, it is asked."""
    assert asked(answers, hello("2025-06-18", can, client)) == [False]
    assert asked(answers, {"method": "tools/list", "params": meta(can, client)}) == [False]


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "x"},
        {"unknown": 1},
        {"_meta": {"progressToken": 1}},
        {"_meta": {"traceparent": "00"}},
        None,
        [],
    ],
)
def test_parameters_that_could_change_an_answer(answers: Answers, params: Any) -> None:
    """Such requests wait for the SDK; those around them do not."""
    plain: Json = {"method": "tools/list"}
    known = asked(answers, hello("2025-11-25", {}), {**plain, "params": params}, plain)
    assert known == [True, False, True]
    envelope = {"method": "tools/list", "params": meta({})}
    added: Json = {"surplus": 1} | (params or {})
    added["_meta"] = meta({})["_meta"] | added.get("_meta", {})
    assert asked(answers, envelope, {"method": "tools/list", "params": added}) == [True, False]


def test_other_versions_are_not_known(answers: Answers) -> None:
    """A version that is not spoken, or not in this way, is the SDK's to refuse."""
    for version in ("1999-01-01", MODERN, 7):
        assert asked(answers, hello(version, {}), {"method": "tools/list"}) == [False, False]
    for version in ("1999-01-01", "2025-11-25", 7):
        assert asked(answers, {"method": "tools/list", "params": meta({}, version=version)}) == [
            False
        ]


def test_nothing_is_known_of_what_comes_after_doubt(answers: Answers) -> None:
    """When the SDK decides about the era or the version, it also answers what follows."""
    first, lists = hello("2025-11-25", {}), {"method": "tools/list"}
    assert asked(answers, lists, first) == [False, False]
    assert asked(answers, {"method": "ping"}, first) == [False, False]
    assert asked(answers, first, first, lists) == [True, False, False]
    assert asked(answers, first, {"result": {}}, lists) == [True, False, False]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"\xff",
        b"[]",
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":NaN}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools\\/list"}',
        b'{"id":1,"method":"tools/list"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"jsonrpc":"2.0","id":"' + b"x" * 70_000 + b'","method":"tools/list"}',
    ],
)
def test_lines_that_could_be_read_in_two_ways(answers: Answers, line: bytes) -> None:
    """What two parsers may take for different things is left to the one that counts."""
    asking = Asking(answers)
    assert asking.answer(
        json.dumps({"jsonrpc": "2.0", "id": 0, **hello("2025-11-25", {})}).encode()
    )
    assert asking.answer(line) is None
    assert asking.answer(b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}') is None


@pytest.mark.parametrize("number", [None, True, 1.5, 2**60, {}])
def test_ids_that_are_none(answers: Answers, number: object) -> None:
    """Only numbers and texts are spliced into an answer."""
    first = hello("2025-11-25", {})
    assert asked(answers, first, {"id": number, "method": "ping"}) == [True, False]


def test_an_answer_is_taken_once() -> None:
    """What the SDK says to a request that was answered is compared, and then forgotten."""
    given = Given()
    given.add(1, b"a")
    given.add("b", b"b")
    assert not given.take(None, b"a")
    assert not given.take("1", b"a")
    assert given.take(1, b"a")
    assert not given.take(1, b"a")
    assert not given.wrong
    assert given.take("b", b"other")
    assert given.wrong
    assert not given


def test_a_cancellation_may_come_too_late() -> None:
    """One of a request that was answered is for nobody, however its id is written."""
    given = Given()
    given.add(1, b"a")
    assert given.cancelled_by({"requestId": "1"})
    assert not given.cancelled_by({"requestId": 2})
    assert not given.cancelled_by(None)
