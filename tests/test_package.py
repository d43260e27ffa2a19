"""What Python users import."""

import pytest

import harmonica_mcp


@pytest.mark.parametrize("name", harmonica_mcp.__all__)
def test_public_names_are_there(name: str) -> None:
    """Every public name of the package can be imported from it."""
    assert getattr(harmonica_mcp, name) is not None


def test_other_names_are_not() -> None:
    """A name that the package does not have is told as Python tells it."""
    with pytest.raises(AttributeError, match="has no attribute 'HarmonicaServer'"):
        _ = getattr(harmonica_mcp, "HarmonicaServer")  # noqa: B009 - not for type checkers
