"""Privacy: participants under pseudonyms, addresses and numbers masked, in whatever is answered."""

from harmonica_mcp.server.guard.privacy.book import Book
from harmonica_mcp.server.guard.privacy.rules import refusal, rules
from harmonica_mcp.server.guard.privacy.sight import Lens
from harmonica_mcp.server.guard.privacy.view import seen_through

__all__ = ["Book", "Lens", "refusal", "rules", "seen_through"]
