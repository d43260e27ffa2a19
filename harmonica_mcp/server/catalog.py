"""The catalogue: every tool with its toolset, hints, REST operations and cost in context."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import mcp_types

from harmonica_mcp.server.options import DEFAULT
from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import all_toolsets


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """A tool as the catalogue shows it."""

    name: str
    title: str
    toolset: str
    description: str
    operations: tuple[str, ...]
    lookups: tuple[str, ...]
    hints: dict[str, bool]
    risks: tuple[str, ...]
    """What the user is asked about first, where the arguments call for it."""
    tokens: int
    """Bytes of the tool's compact JSON in tools/list, divided by four and rounded up."""

    @property
    def purpose(self) -> str:
        """The description's first sentence."""
        return self.description.partition("\n")[0]

    def to_json(self) -> dict[str, object]:
        """The entry as JSON."""
        return asdict(self)


def catalog(specs: Iterable[ToolSpec] | None = None) -> list[ToolEntry]:
    """The entries of these tools, or of all there are."""
    if specs is None:
        specs = [spec for toolset in all_toolsets() for spec in toolset.tools]
    return [_entry(spec) for spec in specs]


def readme_table(entries: Sequence[ToolEntry]) -> str:
    """The table of tools as the documents show it."""
    rows = [f"| `{entry.name}` | {entry.purpose} | {', '.join(entry.risks)} |" for entry in entries]
    total = sum(entry.tokens for entry in entries)
    head = ["| Tool | What it does | Asks first |", "|---|---|---|"]
    tail = ["", f"{len(entries)} tools, about {round(total, -2):,} tokens in an agent's context."]
    return "\n".join(head + rows + tail)


@dataclass(frozen=True, slots=True)
class ToolsetEntry:
    """A toolset as the catalogue shows it."""

    name: str
    purpose: str
    tools: tuple[str, ...]
    tokens: int
    default: bool
    """Served without being asked for."""


def toolset_catalog() -> list[ToolsetEntry]:
    """The entries of all toolsets, in the order in which they are listed."""
    return [
        ToolsetEntry(
            name=toolset.name,
            purpose=toolset.purpose,
            tools=tuple(spec.name for spec in toolset.tools),
            tokens=sum(entry.tokens for entry in catalog(toolset.tools)),
            default=toolset.name in DEFAULT,
        )
        for toolset in all_toolsets()
    ]


def toolsets_table(entries: Sequence[ToolsetEntry]) -> str:
    """The table of toolsets as the README shows it, with what they cost together."""
    rows = [
        f"| `{entry.name}`{' *' if entry.default else ''} | "
        f"{', '.join(f'`{name}`' for name in entry.tools)} | {entry.tokens:,} |"
        for entry in entries
    ]
    head = ["| Toolset | Tools | Tokens |", "|---|---|---|"]
    usual = _together([entry for entry in entries if entry.default])
    return "\n".join([*head, *rows, "", f"\\* the default: {usual}. All: {_together(entries)}."])


def _together(entries: Sequence[ToolsetEntry]) -> str:
    tools = sum(len(entry.tools) for entry in entries)
    return f"{tools} tools, {sum(entry.tokens for entry in entries):,} tokens"


def _entry(spec: ToolSpec) -> ToolEntry:
    tool = spec.build()
    listed = mcp_types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.parameters,
        output_schema=tool.output_schema,
        annotations=tool.annotations,
        _meta=tool.meta,
    ).model_dump(mode="json", by_alias=True, exclude_none=True)
    hints = spec.hints.model_dump(by_alias=True, exclude_none=True, exclude={"title"})
    size = len(json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode())
    return ToolEntry(
        name=spec.name,
        title=spec.title,
        toolset=spec.toolset,
        description=tool.description,
        operations=spec.operations,
        lookups=spec.lookups,
        hints=hints,
        risks=tuple(risk.value for risk in spec.risks),
        tokens=-(-size // 4),
    )
