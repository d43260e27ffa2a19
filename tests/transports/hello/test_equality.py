"""A host hears the same, whether hello is said from a snapshot or by the SDK."""

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.hello.asking import Asking
from harmonica_mcp.transports.hello.snapshot import Answers
from tests.transports.hello.lines import (
    CLIENT,
    LEGACY,
    LISTS,
    MODERN,
    Json,
    conversations,
    envelopes,
    handshakes,
    hello,
    meta,
)
from tests.transports.hello.talk import heard

_CAN: Json = {"roots": {"listChanged": True}, "elicitation": {"form": {}}}


@given(conversations(), st.booleans(), st.integers(0, 8))
@settings(max_examples=60, deadline=None)
def test_any_conversation_is_the_same(
    server: HarmonicaServer, answers: Answers, lines: list[Json], pipelined: bool, at: int
) -> None:
    """Whatever is said in whatever order, and whenever the SDK is loaded."""
    without = heard(server, lines, None, pipelined=pipelined)
    assert heard(server, lines, answers, pipelined=pipelined, at=at) == without


@given(handshakes | envelopes)
@settings(max_examples=150, deadline=None)
def test_any_first_words_are_answered_alike(
    server: HarmonicaServer, answers: Answers, said: Json
) -> None:
    """However client and capabilities are told: well, badly, or as nobody has seen it yet."""
    line: Json = {"jsonrpc": "2.0", "id": 1, **said}
    if Asking(answers).answer(json.dumps(line).encode()) is not None:
        assert heard(server, [line], answers) == heard(server, [line], None)


@pytest.mark.parametrize("pipelined", [True, False])
@pytest.mark.parametrize("version", LEGACY)
def test_every_order_after_a_handshake(
    server: HarmonicaServer, answers: Answers, version: str, pipelined: bool
) -> None:
    """Each version, each order of the requests, and each of them is answered at once."""
    for order in permutations(("ping", *LISTS)):
        asked: list[Json] = [hello(version, _CAN), *({"method": method} for method in order)]
        _same(server, answers, asked, pipelined=pipelined)


@pytest.mark.parametrize("pipelined", [True, False])
def test_every_order_in_the_modern_era(
    server: HarmonicaServer, answers: Answers, pipelined: bool
) -> None:
    """Each order of the requests, and each of them is answered at once."""
    for order in permutations(("server/discover", *LISTS)):
        asked: list[Json] = [{"method": each, "params": meta(_CAN, CLIENT)} for each in order]
        _same(server, answers, asked, pipelined=pipelined)


def _same(server: HarmonicaServer, answers: Answers, asked: list[Json], *, pipelined: bool) -> None:
    lines: list[Json] = [{"jsonrpc": "2.0", "id": n, **each} for n, each in enumerate(asked)]
    with_it = heard(server, lines, answers, pipelined=pipelined)
    assert all("result" in each for each in with_it)
    assert with_it == heard(server, lines, None, pipelined=pipelined)


def test_a_snapshot_has_all_that_depends_on_settings_alone(answers: Answers) -> None:
    """Every version that is spoken, and every request that has such an answer."""
    assert answers.keys() == {*LEGACY, MODERN}
    for version in LEGACY:
        assert answers[version].keys() == {"initialize", "ping", *LISTS}
    assert answers[MODERN].keys() == {"server/discover", *LISTS}
