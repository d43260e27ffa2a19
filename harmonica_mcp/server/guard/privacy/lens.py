"""What the operator chose, and a caller's client as it is seen through that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.server.guard.privacy.book import Book
from harmonica_mcp.server.options import Privacy


@dataclass(frozen=True, slots=True)
class Lens:
    """How callers see, as the operator chose.

    Args:
        privacy: off, names under pseudonyms, or besides nothing of single people.
        secrets: what replicas share, newest first.
        book: of the groups that were asked for a moment ago.
    """

    privacy: Privacy
    secrets: Sequence[bytes]
    book: Book


def seen_through(lens: Lens, client: HarmonicaClient) -> HarmonicaClient:
    """The client, whose answers name nobody; itself where privacy is off."""
    if lens.privacy == "off":
        return client
    # Names, addresses and all that finds them: half a megabyte that most servers never need.
    from harmonica_mcp.server.guard.privacy.view import View  # noqa: PLC0415

    return cast("HarmonicaClient", View(client, lens))
