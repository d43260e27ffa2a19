"""Strangers' words: what every text of the API passes on its way out.

Loads without `mcp`, so that commands that only read can use it; `door` is for the server.
"""

from harmonica_mcp.server.guard.clean import clean, clean_json, one_line, quote, quote_whole
from harmonica_mcp.server.guard.fence import STANDING_RULE, Record, document, fence
from harmonica_mcp.server.guard.flag import count_flagged, reads_like_instructions
from harmonica_mcp.server.guard.notice import notice_for, with_notice

__all__ = [
    "STANDING_RULE",
    "Record",
    "clean",
    "clean_json",
    "count_flagged",
    "document",
    "fence",
    "notice_for",
    "one_line",
    "quote",
    "quote_whole",
    "reads_like_instructions",
    "with_notice",
]
