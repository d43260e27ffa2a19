"""Privacy: participants under pseudonyms, addresses and numbers masked, in whatever is answered."""

from harmonica_mcp.server.guard.privacy.book import Book
from harmonica_mcp.server.guard.privacy.lens import Lens, seen_through
from harmonica_mcp.server.guard.privacy.rules import refusal, rules

__all__ = ["Book", "Lens", "refusal", "rules", "seen_through"]
