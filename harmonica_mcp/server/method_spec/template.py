"""What a method spec becomes: a chain template, or a single one with all stages in its prompt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Required

from harmonica_mcp.client.templates import TemplateFields
from harmonica_mcp.server.method_spec.body import Section, sections
from harmonica_mcp.server.method_spec.front import Part, split
from harmonica_mcp.server.method_spec.stages import Stage, read_roles, read_stages

REGISTRY = "Open-Facilitation-Library/method-specs"

_ABOUT = ("status", "source_method", "source_rights", "license", "composes", "evals", "tags")
_LEAD = (
    "Lead the conversation through the stages below, in their order and one at a time. "
    "Go on when a stage has reached its goal."
)
_CLOSING = (
    "## Closing\n\nOnce the last stage has reached its goal, sum up in a sentence or two what came "
    "out of it, thank the participant and end the conversation."
)

Artifact = Literal["chain", "single"]


class SpecTemplate(TemplateFields):
    """The body that creates or changes a template."""

    title: Required[str]


class SpecStep(NamedTuple):
    """A stage, for showing; in a single template it has neither roles nor completion."""

    id: str
    title: str
    roles: tuple[str, ...] = ()
    completion: str | None = None


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """A method spec, and the template that it becomes."""

    id: str
    version: str
    title: str
    artifact: Artifact
    template: SpecTemplate
    steps: list[SpecStep]
    notes: list[str]
    """What could not be carried over, and why."""


def parse(text: str) -> MethodSpec:
    """Read a `method.md`.

    Raises:
        SpecError: It is none, or none that Harmonica could run.
    """
    head, body = split(text)
    identity, title = _identity(head), head["title"].phrase()
    artifact = _artifact(head["runtime"]["artifact"])
    roles, found = read_roles(head["roles"]), sections(body)
    stages = read_stages(head["stages"], roles, found)
    template = SpecTemplate(
        title=title,
        description=_description(head),
        template_type=artifact,
        source_provenance=identity,
    )
    if artifact == "chain":
        template["chain_config"] = _chain(head, stages)
        notes = _notes_on_chain(stages)
    else:
        template["facilitation_prompt"] = _joined(head, stages)
        notes = _notes_on_single(stages, wired=bool(roles) or any(each.wired for each in stages))
    return MethodSpec(
        id=identity["spec_id"],
        version=identity["spec_version"],
        title=title,
        artifact=artifact,
        template=template,
        steps=[_shown(stage, artifact) for stage in stages],
        notes=[*notes, *_notes_on_head(head), *_notes_on_body(found)],
    )


def _identity(head: Part) -> SpecIdentity:
    return {
        "spec_id": head["id"].token(),
        "spec_version": head["version"].token(),
        "registry": REGISTRY,
    }


def _artifact(part: Part) -> Artifact:
    part.phrase()
    return "chain" if part.choice("chain", "single") == "chain" else "single"


def _description(head: Part) -> str | None:
    given = (head["summary"].text(), head["attribution"].text())
    return "\n\n".join(text for text in given if text) or None


def _lenses(head: Part) -> list[str]:
    lenses = [each.phrase() for each in head["lenses"].items()]
    return [f"Ask every question with these lenses in mind: {', '.join(lenses)}."] if lenses else []


def _chain(head: Part, stages: Iterable[Stage]) -> dict[str, object]:
    before = "".join(f"{line}\n\n" for line in _lenses(head))
    config: dict[str, object] = {"steps": [stage.step(before) for stage in stages]}
    if output := head["output_artifact"].choice("wardley"):
        config["output_artifact"] = output
    return config


def _joined(head: Part, stages: Sequence[Stage]) -> str:
    parts = [
        f"## Stage {number} of {len(stages)}: {stage.title}\n\n{stage.prompt}"
        for number, stage in enumerate(stages, 1)
    ]
    return "\n\n".join([_LEAD, *_lenses(head), *parts, _CLOSING])


def _shown(stage: Stage, artifact: Artifact) -> SpecStep:
    if artifact == "single":
        return SpecStep(stage.id, stage.title)
    slugs = tuple(role["slug"] for role in stage.roles)
    return SpecStep(stage.id, stage.title, slugs, stage.completion())


def _notes_on_chain(stages: Iterable[Stage]) -> list[str]:
    return [
        f"Stage {stage.id} builds on another spec (`uses`), whose own stages are not taken over."
        for stage in stages
        if stage.builds_on_other
    ]


def _notes_on_single(stages: Sequence[Stage], *, wired: bool) -> list[str]:
    notes = [
        f"Stages joined into one facilitation prompt: {len(stages)}, since the spec is for one "
        "session."
    ]
    if wired:
        notes.append(
            "Roles, context modes, assignment and completion are left out: only a chain has them."
        )
    return notes


def _notes_on_head(head: Part) -> list[str]:
    notes: list[str] = []
    if left := [key for key in _ABOUT if head[key].value is not None]:
        notes.append(f"A template has no place for: {', '.join(left)}.")
    if head["runtime"]["reference"].choice_or_other("harmonica"):
        ...
    return notes
