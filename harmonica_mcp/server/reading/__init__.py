"""Reading conversations and long texts within a token budget, fairly and without loss."""

from harmonica_mcp.server.reading.choosing import Filters, View, moment
from harmonica_mcp.server.reading.page import Conversations
from harmonica_mcp.server.reading.reader import BYTES_PER_TOKEN, read
from harmonica_mcp.server.reading.texts import page_of_text

__all__ = [
    "BYTES_PER_TOKEN",
    "Conversations",
    "Filters",
    "View",
    "moment",
    "page_of_text",
    "read",
]
