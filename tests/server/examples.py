"""Every tool of the catalogue, and arguments with which each does its work on a stage."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import all_toolsets
from tests.server.wire import Json, Stage

SPECS: list[ToolSpec] = [spec for toolset in all_toolsets() for spec in toolset.tools]
"""All tools there are; tests about every tool run over these."""

NAMES = [spec.name for spec in SPECS]
KEYLESS: frozenset[str] = frozenset({"list_public_sessions"})
"""Tools that need no key."""

PATIENT: frozenset[str] = frozenset({"wait_for_participants"})
"""Tools that sit a passing failure out and ask again."""

_SCHEMAS: dict[str, Json] = {spec.name: spec.build().parameters for spec in SPECS}
_CAFE, _DAY = "Fennmill repair café", "Neighbourhood day"
_OWN = "Two-round estimate"
SPEC = """\
---
id: tea-break
title: Tea break
version: 0.3.1
runtime: { reference: harmonica, artifact: single }
stages:
  - { id: pour, title: Pour }
---
## Stage: pour
Ask who wants a cup.
"""
"""A method spec of one step."""
Example = Callable[[Stage], Json]

_ARGUMENTS: dict[str, Callable[[Stage], Any]] = {
    "session_id": lambda stage: stage.whole.id,
    "participant_name": lambda _: "Ada",
    "content": lambda _: "More light in the workshop would help me.",
    "topic": lambda _: "Light in the workshop",
    "goal": lambda _: "Decide where new lamps go.",
    "answers": lambda _: [],
    "project": lambda _: _DAY,
    "template": lambda _: "Retrospective",
    "group": lambda _: _CAFE,
    "meeting_id": lambda stage: next(iter(stage.tenant.meetings)),
    "max_cents": lambda _: 500,
}
"""Values of required arguments, by name."""


def _source(stage: Stage) -> Json:
    session = stage.session("Opening hours")
    return {"session_id": session.id, "source_id": session.sources[0].id}


def _project_source(stage: Stage) -> Json:
    """The same source, attached to a project as well."""
    source = stage.session("Opening hours").sources[0]
    [project] = [each for each in stage.tenant.projects.values() if each.title == _CAFE]
    project.sources.append(replace(source, home=project.id))
    return {"project": _CAFE, "source_id": source.id}


def _both(stage: Stage) -> list[Json]:
    return [{"session_id": stage.whole.id}, {"project": _CAFE}]


def _sources_of_all_kinds(stage: Stage) -> list[Json]:
    brief = stage.session("spring repair day").id
    mcp = {"kind": "mcp", "url": "https://mcp.example.org", "title": "Tools"}
    return [
        {"kind": "url", "url": "https://example.org", "session_id": stage.whole.id},
        *({"kind": "file", "text": "Rules.", **owner} for owner in _both(stage)),
        *({"kind": "session", "source_session": brief, **owner} for owner in _both(stage)),
        *(mcp | owner for owner in _both(stage)),
    ]


def _specs(stage: Stage) -> list[Json]:
    """A spec that is installed, one of which an earlier version is there."""
    [own] = [each for each in stage.tenant.templates.values() if each.title == _OWN]
    own.provenance = {"spec_id": "tea-chain", "install_hash": "0"}
    chain = SPEC.replace("tea-break", "tea-chain").replace("single", "chain")
    return [{"text": SPEC}, {"text": chain, "confirm": _OWN}]


_NAMED = {"template": "Retrospective", "project": _CAFE, "telegram_groups": [_CAFE]}
_EXAMPLES: dict[str, Callable[[Stage], list[Json]]] = {
    "create_session": lambda _: [{}, _NAMED | {"confirm": _CAFE}],
    "generate_summary": lambda _: [{}, {"only_if_stale": True}],
    "update_session": lambda stage: [
        {"topic": "Lamps in the workshop"},
        _NAMED
        | {"questions": [{"text": "Which bench?"}], "results_visibility": "public"}
        | {"confirm": f"{stage.whole.topic}, {_CAFE}"},
    ],
    "draft_facilitation_prompt": lambda _: [{}, {"template": "Retrospective"}],
    "apply_template_prompt": lambda stage: [
        {"template": "Retrospective", "confirm": stage.whole.topic}
    ],
    "list_context_sources": _both,
    "add_context_source": _sources_of_all_kinds,
    "update_context_source": lambda stage: [
        {"title": "New", **_source(stage)},
        {"position": 3, **_project_source(stage)},
    ],
    "remove_context_source": lambda stage: [
        each | {"confirm": stage.session("Opening hours").sources[0].title}
        for each in (_source(stage), _project_source(stage))
    ],
    "refresh_context_source": lambda stage: [_source(stage), _project_source(stage)],
    "wait_for_participants": lambda _: [{"joined": 1}],
    "update_project": lambda _: [{"description": "For all."}],
    "update_meeting_restrictions": lambda _: [{"scopes": ["sharing"]}],
    "publish_sensemaking_topic": lambda _: [
        {"project": _CAFE, "enabled": True, "slug": "fennmill"}
    ],
    "get_sensemaking_topic": lambda _: [{"project": _CAFE}],
    "update_template": lambda _: [
        {"template": _OWN, "title": "Three rounds"},
        {"template": _OWN, "facilitation_prompt": "Ask twice.", "confirm": _OWN},
    ],
    "delete_template": lambda _: [{"template": _OWN, "confirm": _OWN}],
    "delete_project": lambda _: [{"confirm": _DAY}],
    "unregister_telegram_group": lambda _: [{"confirm": _CAFE}],
    "install_method_spec": _specs,
    "create_project": lambda _: [{"title": "Autumn day"}],
}
"""What a tool is given besides its required arguments, several times where that matters."""


def schema_of(name: str) -> Json:
    """The input schema of a tool, as it is served."""
    return _SCHEMAS[name]


def examples_of(stage: Stage, name: str) -> list[Json]:
    """Arguments with which a tool does its work; together they make it send all that it may."""
    more: list[Json] = _EXAMPLES[name](stage) if name in _EXAMPLES else [{}]
    schema = schema_of(name)
    required = schema.get("required", [])
    return [
        {
            field: _ARGUMENTS[field](stage) if field in _ARGUMENTS else of_type(schema, field)
            for field in required
        }
        | each
        for each in more
    ]


def arguments_for(stage: Stage, name: str) -> Json:
    """The first of the examples."""
    return examples_of(stage, name)[0]


def of_type(schema: Json, field: str) -> Any:
    """A value that fits a field's schema."""
    shape = schema["properties"][field]
    if "enum" in shape:
        return shape["enum"][0]
    plain: Json = {"string": "example", "boolean": False, "array": [], "object": {}}
    return plain.get(shape["type"], shape.get("minimum", 1))


def wrong_for(schema: Json, field: str) -> Any:
    """A value that does not fit a field's schema, with a mark that no error may repeat."""
    lists = schema["properties"][field]["type"] in {"array", "object"}
    return "unrepeatable" if lists else {"unrepeatable": ["unrepeatable"]}
