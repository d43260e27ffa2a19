"""A caller's client as privacy lets it see: whatever it answers is covered already.

No tool, resource or error can forget that, since none has another client.
"""

import functools
from typing import Any

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.server.guard.privacy.lens import Lens, seen_through
from harmonica_mcp.server.guard.privacy.operations import covered, special_for
from harmonica_mcp.server.guard.privacy.sight import Sight

_AREAS = frozenset(
    {
        *(
            "account",
            "sessions",
            "scratchpad",
            "chat",
            "responses",
            "results",
            "design",
            "knowledge",
        ),
        *("context", "projects", "sensemaking", "templates", "telegram", "meetings"),
    }
)


class View:
    """A client, each of whose areas answers as privacy lets it see."""

    def __init__(self, client: HarmonicaClient, lens: Lens) -> None:
        self._client = client
        self._lens = lens
        self._sight = Sight(client, lens)

    def __getattr__(self, name: str) -> Any:
        area = getattr(self._client, name)
        return _Area(self._sight, name, area) if name in _AREAS else area

    def apart(self) -> HarmonicaClient:
        """A client of the same caller that outlives the call, and sees no more than this one."""
        return seen_through(self._lens, self._client.apart())


class _Area:
    def __init__(self, sight: Sight, name: str, area: object) -> None:
        self._sight = sight
        self._name = name
        self._area = area

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._area, name)
        if special := special_for(self._name, name, strict=self._sight.is_strict):
            return functools.partial(special, self._sight, operation)
        return functools.partial(covered, self._sight, operation, self._name, name)
