"""What a method spec becomes: a chain template, or a single one with all stages in its prompt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Required

from harmonica_mcp.client.templates import SpecIdentity, TemplateFields
from harmonica_mcp.server.method_spec.body import Section, sections
from harmonica_mcp.server.method_spec.front import Part, split
from harmonica_mcp.server.method_spec.stages import Stage, read_roles, read_stages

REGISTRY = "Open-Facilitation-Library/method-specs"

_RUNTIME = "harmonica"
_SHOWN = 10
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
    else:
        template["facilitation_prompt"] = _joined(head, stages)
    return MethodSpec(
        id=identity["spec_id"],
        version=identity["spec_version"],
        title=title,
        artifact=artifact,
        template=template,
        steps=[_shown(stage, artifact) for stage in stages],
        notes=_notes(head, artifact, stages, found),
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


def _notes(
    head: Part, artifact: Artifact, stages: Sequence[Stage], found: list[Section]
) -> list[str]:
    notes = _notes_on_single(head, stages) if artifact == "single" else []
    notes += [
        f"Stage {stage.id} builds on another spec (`uses`), whose own stages are not taken over."
        for stage in stages
        if stage.builds_on_other
    ]
    if left := [key for key in _ABOUT if head[key].value is not None]:
        notes.append(f"A template has no place for: {', '.join(left)}.")
    if head["hold"].value is not None:
        notes.append("The spec is on hold: its authors do not want it published yet (`hold`).")
    if head["runtime"]["reference"].phrase(_RUNTIME) != _RUNTIME:
        notes.append("The spec is written for another runtime: read the prompts before using them.")
    return [*notes, *_notes_on_body(found)]


def _notes_on_single(head: Part, stages: Sequence[Stage]) -> list[str]:
    notes = [f"The prompts of {len(stages)} stages are joined into one: a single template has one."]
    left = {key for key in ("roles", "output_artifact") if head[key].value is not None}
    left |= {key for stage in stages for key in stage.wiring()}
    if left:
        notes.append(f"Only a chain has these, so they are left out: {', '.join(sorted(left))}.")
    return notes


def _notes_on_body(found: Sequence[Section]) -> list[str]:
    notes: list[str] = []
    if any(line.strip() and not line.startswith("#") for line in found[0].lines):
        notes.append("The introduction before the first stage is in no prompt: it is for the host.")
    others = [section.line for section in found[1:] if section.stage is None]
    if others:
        some = ", ".join(map(str, others[:_SHOWN])) + (" and more" if others[_SHOWN:] else "")
        notes.append(f"Sections that belong to no stage are left out: at line {some}.")
    return notes
