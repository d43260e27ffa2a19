"""Strangers' words: one door that every text of the API passes on its way out."""

from harmonica_mcp.server.guard.clean import clean, clean_json, one_line, quote, quote_whole
from harmonica_mcp.server.guard.door import door
from harmonica_mcp.server.guard.fence import STANDING_RULE, Record, document, fence

__all__ = [
    "STANDING_RULE",
    "Record",
    "clean",
    "clean_json",
    "document",
    "door",
    "fence",
    "one_line",
    "quote",
    "quote_whole",
]
