"""Prompts: what a person can start with one choice, one Markdown file each."""

from harmonica_mcp.server.prompts.catalogue import PROMPTS, Argument, Prompt
from harmonica_mcp.server.prompts.offered import Offer, offer_of, offers
from harmonica_mcp.server.prompts.text import tools_in

__all__ = ["PROMPTS", "Argument", "Offer", "Prompt", "offer_of", "offers", "tools_in"]
