"""Arguments as the client takes them."""

from typing import Any


def given(**arguments: Any) -> dict[str, Any]:
    """Drop the arguments that were left out."""
    return {name: value for name, value in arguments.items() if value is not None}
