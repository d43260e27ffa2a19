"""The prompts that a server offers, and what a host gets when it asks for one."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import mcp_types
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    PromptMessage,
    TextContent,
)

from harmonica_mcp.client.key import PREFIX
from harmonica_mcp.server.failures import name_shown
from harmonica_mcp.server.guard import clean, quote_whole
from harmonica_mcp.server.labels import id_and_title
from harmonica_mcp.server.prompts.catalogue import CHOSEN, PROMPTS, Argument, Carried, Prompt
from harmonica_mcp.server.prompts.text import text_of

Look = Callable[[str, dict[str, Any]], Awaitable[CallToolResult]]
"""Calls a reading tool as whoever asked for the prompt."""

_LATE = "Harmonica did not answer in time."
_BEGIN = "Begin now, as described at the top."


@dataclass(frozen=True, slots=True)
class Offer:
    """A prompt as this server can offer it.

    Args:
        prompt: the prompt.
        arguments: those that the tools served can do something with.
        carries: what it brings along, as far as the tools for it are served.
        text: its words.
    """

    prompt: Prompt
    arguments: tuple[Argument, ...]
    carries: tuple[Carried, ...]
    text: str

    @classmethod
    def of(cls, prompt: Prompt, served: Collection[str]) -> "Offer":
        """Fit a prompt to the tools served."""
        return cls(
            prompt,
            tuple(each for each in prompt.arguments if not each.needs or each.needs in served),
            tuple(each for each in prompt.carries if each.tool in served),
            text_of((prompt.name, *prompt.parts), served),
        )

    def listed(self) -> mcp_types.Prompt:
        """Show it in a list."""
        return mcp_types.Prompt(
            name=self.prompt.name,
            title=self.prompt.title,
            description=self.prompt.description,
            arguments=[
                mcp_types.PromptArgument(
                    name=each.name,
                    description=each.description,
                    required=each.required is True or self._alone(each),
                )
                for each in self.arguments
            ],
        )

    def check(self, given: Mapping[str, str]) -> dict[str, str]:
        """The arguments that say something.

        Raises:
            MCPError: One is not known or holds a key, or one that is needed is missing.
        """
        known = {each.name for each in self.arguments}
        if unknown := next((name for name in given if name not in known), None):
            raise self._refusal(f"There is no argument {name_shown(unknown)}")
        if any(PREFIX in text for text in given.values()):
            raise self._refusal("A Harmonica key is in an argument: a prompt needs none")
        said = {name: text.strip() for name, text in given.items() if text.strip()}
        missing = [each.name for each in self.arguments if each.required is True]
        if missing := [name for name in missing if name not in said]:
            raise self._refusal(f"Missing: {', '.join(missing)}")
        one = [each.name for each in self.arguments if each.required == "one"]
        if one and not said.keys() & one:
            raise self._refusal(f"Missing: {' or '.join(one)}")
        return said

    async def answer(self, said: Mapping[str, str], look: Look, patience: float) -> GetPromptResult:
        """The prompt in one message, with what it brings along as far as that can be read.

        Args:
            said: the arguments, checked.
            look: calls a reading tool.
            patience: seconds for which to wait for each answer.
        """
        parts = [self.text]
        if said:
            lines = [f"- {name}: {_shown(name, text)}" for name, text in said.items()]
            parts.append("\n".join(["## What I give you", "", *lines]))
        parts += [
            await _brought(each, said[each.argument], look, patience)
            for each in self.carries
            if each.argument in said
        ]
        message = "\n\n".join([*parts, _BEGIN])
        return GetPromptResult(
            description=self.prompt.description,
            messages=[PromptMessage(role="user", content=TextContent(type="text", text=message))],
        )

    def _alone(self, argument: Argument) -> bool:
        choice = [each for each in self.arguments if each.required == "one"]
        return choice == [argument]

    def _refusal(self, problem: str) -> MCPError:
        takes = [
            f"{each.name} (required)" if each.required is True else each.name
            for each in self.arguments
        ]
        text = f"{problem}. {self.prompt.name} takes: {', '.join(takes)}."
        return MCPError(INVALID_PARAMS, clean(text))


def offers(served: Collection[str]) -> dict[str, Offer]:
    """The prompts for a server with these tools, by name, in their order."""
    return {
        prompt.name: Offer.of(prompt, served)
        for prompt in PROMPTS
        if any(name in served for name in prompt.stands_on)
    }


def offer_of(known: Mapping[str, Offer], name: str) -> Offer:
    """The offer of this name.

    Raises:
        MCPError: There is none.
    """
    if name not in known:
        there = ", ".join(known) or "none with these tools"
        problem = f"Unknown prompt: {name_shown(name)}. There are: {there}."
        raise MCPError(INVALID_PARAMS, clean(problem))
    return known[name]


def _shown(name: str, text: str) -> str:
    """An argument in quotation marks; what was chosen from a list by its id and title."""
    found, title = id_and_title(text) if name in CHOSEN else (text, "")
    return f"{found} ({quote_whole(title)})" if title else quote_whole(text)


async def _brought(carried: Carried, text: str, look: Look, patience: float) -> str:
    head = f"## What {carried.tool} answers"
    found, _ = id_and_title(text)
    problem = _LATE
    with anyio.move_on_after(patience):
        answer = await look(carried.tool, {carried.name: found, **carried.more})
        [block] = answer.content
        shown = block.text if isinstance(block, TextContent) else ""
        if not answer.is_error:
            return f"{head}\n\n{shown}"
        problem = shown
    return f"{head}\n\nIt could not be read just now: {problem} Call it yourself, or ask me."
