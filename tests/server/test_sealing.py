"""Sealed cursors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.sealing import LARGEST, Seal

KEY = ApiKey("hm_live_" + "0" * 32)
SEAL = Seal(KEY, "get_responses", "hst_1")
OTHERS = [
    Seal(ApiKey("hm_live_" + "1" * 32), "get_responses", "hst_1"),
    Seal(KEY, "get_summary", "hst_1"),
    Seal(KEY, "get_responses", "hst_2"),
    Seal(KEY, "get_response", "shst_1"),
    Seal(None, "get_responses", "hst_1"),
]


@given(st.binary(max_size=LARGEST))
def test_there_and_back(payload: bytes) -> None:
    """A cursor is one short word that opens to what was sealed, on any replica."""
    cursor = SEAL.seal(payload)
    assert len(cursor) < 200
    assert cursor.isascii()
    assert not set(cursor) & set(" =/+")
    replica = Seal(ApiKey("hm_live_" + "0" * 32), "get_responses", "hst_1")
    assert replica.open(cursor) == payload


@pytest.mark.parametrize("other", OTHERS, ids=["caller", "tool", "session", "joint", "no key"])
def test_for_nobody_else(other: Seal) -> None:
    """Another caller, tool or session cannot use it, and is told so in one sentence."""
    with pytest.raises(InvalidInput, match="This cursor is not valid here") as refused:
        other.open(SEAL.seal(b"place"))
    assert "Leave it out to begin again." in str(refused.value)


@given(st.integers(0, 43), st.sampled_from("Aa0_-"))
def test_altered(place: int, letter: str) -> None:
    """A cursor of which one letter was changed is refused, unless it still means the same."""
    cursor = SEAL.seal(b"place")
    altered = cursor[:place] + letter + cursor[place + 1 :]
    if altered[:-1] == cursor[:-1]:
        return
    with pytest.raises(InvalidInput, match="it was altered"):
        SEAL.open(altered)


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever is given as a cursor is refused with the same sentence."""
    with pytest.raises(InvalidInput, match="This cursor is not valid here"):
        SEAL.open(text)


def test_it_shows_nothing() -> None:
    """The same place is another word each time, and the seal shows no key."""
    assert SEAL.seal(b"place") != SEAL.seal(b"place")
    assert "000000" not in repr(SEAL)


def test_without_a_key() -> None:
    """What is sealed without a key opens for nobody."""
    nobody = Seal(None, "get_responses", "hst_1")
    with pytest.raises(InvalidInput):
        nobody.open(nobody.seal(b"place"))


def test_too_much() -> None:
    """What would make a cursor too long is a mistake of ours."""
    with pytest.raises(ValueError, match="too much"):
        SEAL.seal(b"x" * (LARGEST + 1))
