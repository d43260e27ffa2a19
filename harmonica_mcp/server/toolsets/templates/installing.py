"""Installing method specs of the Open Facilitation Library as templates."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.account import GET_ME
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.templates import (
    CREATE_TEMPLATE,
    LIST_TEMPLATES,
    UPDATE_TEMPLATE,
    Template,
)
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.dry_run import shortened
from harmonica_mcp.server.files import Files, LocalFiles
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.method_spec import MethodSpec, parse
from harmonica_mcp.server.result import Result, count, found_again, lines
from harmonica_mcp.server.toolsets.templates.showing import StepRow
from harmonica_mcp.server.toolsets.templates.toolset import templates

_USE = {
    "chain": "create_session(template=…) starts it; give a roster where its steps have roles.",
    "single": (
        "create_session(template=…) begins with it; apply_template_prompt (toolset design) then "
        "brings its prompt in."
    ),
}


class SpecInstalled(Result):
    """A method spec as a template."""

    uses: ClassVar[Mapping[str, str]] = _USE

    state: Literal["done", "dry_run"]
    spec: str
    title: str
    type: str
    template_id: str | None = Field(default=None, description="Absent when it would be a new one")
    replaced: bool = Field(description="An earlier installation is, or would be, overwritten")
    recovered: bool = Field(description="The answer was lost; the template was found again")
    steps: list[StepRow]
    notes: list[str]
    preview: str | None = Field(default=None, description="The template as JSON, on a dry run")

    @classmethod
    def of(cls, spec: MethodSpec, before: str | None, made: Template | None) -> Self:
        """Show what the spec became, or would become."""
        return cls(
            state="done" if made else "dry_run",
            spec=one_line(f"{spec.id} {spec.version}"),
            title=one_line(spec.title),
            type=spec.artifact,
            template_id=made.id if made else before,
            replaced=before is not None,
            recovered=made is not None and made.recovered,
            steps=[
                StepRow(
                    id=step.id,
                    title=one_line(step.title),
                    roles=list(step.roles) or None,
                    completion=step.completion,
                )
                for step in spec.steps
            ],
            notes=spec.notes,
            preview=None if made else shortened(json.dumps(spec.template, ensure_ascii=False)),
        )

    def text(self) -> str:
        """Say what it is now."""
        named = f"{self.spec} {quote_whole(self.title)} ({self.type})"
        target = f"template {self.template_id}" if self.replaced else "a new template"
        if self.state == "dry_run":
            head = f"Dry run, nothing was sent: method spec {named} would be {target}."
        else:
            verb = "overwrites" if self.replaced else "is installed as"
            head = f"Method spec {named} {verb} template {self.template_id}."
        return lines(
            head,
            found_again("install") if self.recovered else None,
            f"{count(len(self.steps), 'step')}:",
            *(step.line(number) for number, step in enumerate(self.steps)),
            *(f"Note: {note}" for note in self.notes),
            f"Template: {self.preview}" if self.preview else None,
            self.uses[self.type] if self.state == "done" else None,
        )


async def _replaces(
    api: Api, files: Files, text: str | None, path: str | None, dry_run: bool, force: bool
) -> list[Question]:
    spec = _read(files, text, path)
    before = None if dry_run else await _installed(api, spec)
    return [overwrites(before, spec, force=force)] if before else []


def overwrites(before: Template, spec: MethodSpec, *, force: bool) -> Question:
    """The template that a spec is put in place of."""
    edits = ", with all edits made since" if force else ""
    what = "your earlier" if spec_of(before) == spec.id else "which is no"
    effect = (
        f"Template {quote(before.title)}, {what} installation of this spec, is overwritten "
        f"by version {one_line(spec.version)}{edits}."
    )
    return Question(Risk.REPLACES, effect, one_line(before.title) or before.id)


@templates.tool(
    "Install method spec",
    [CREATE_TEMPLATE, UPDATE_TEMPLATE],
    lookups=[LIST_TEMPLATES, GET_ME],
    replaces=True,
    risks=(Risk.REPLACES,),
    asks=_replaces,
)
async def install_method_spec(
    api: Api,
    files: Files,
    text: Annotated[str | None, Field(description="The whole method.md…")] = None,
    path: Annotated[str | None, Field(description="…or its place on this machine")] = None,
    dry_run: Annotated[bool, Field(description="Only show the result")] = False,
    force: Annotated[bool, Field(description="Overwrite edits of an earlier install")] = False,
) -> SpecInstalled:
    """Install a method.md of the Open Facilitation Library as a template, single or chain.

    An earlier installation of yours of the same spec is overwritten.
    """
    spec = _read(files, text, path)
    installed = await _installed(api, spec)
    before = installed and installed.id
    if dry_run:
        return SpecInstalled.of(spec, before, None)
    made = await save(api, before, dict(spec.template), force=force)
    return SpecInstalled.of(spec, before, made)


async def save(
    api: HarmonicaClient, before: str | None, fields: dict[str, Any], *, force: bool
) -> Template:
    """Write a template's fields over the one of an id, or into a new one."""
    if before:
        return await api.templates.update(before, **fields, force=force)
    return await api.templates.create(fields.pop("title"), **fields)


def spec_of(template: Template) -> str:
    """The id of the spec that a template was installed from; empty where it was from none."""
    return template.source_provenance.spec_id if template.source_provenance else ""


def _read(files: LocalFiles, text: str | None, path: str | None) -> MethodSpec:
    if (text is None) == (path is None):
        raise InvalidInput("Give either text or path. Nothing was done.")
    return parse(text if text is not None else files.read(path or "")[1].decode(errors="replace"))


async def _installed(api: HarmonicaClient, spec: MethodSpec) -> Template | None:
    """The caller's own installation of a spec: others' public ones cannot be overwritten.

    Raises:
        InvalidInput: There are several.
    """
    same = [item for item in await api.templates.list() if spec_of(item) == spec.id]
    if not same:
        return None
    me = (await api.account.me()).id
    match [item for item in same if item.created_by == me]:
        case []:
            return None
        case [only]:
            return only
        case several:
            ids = ", ".join(item.id for item in several)
            raise InvalidInput(
                f"This spec is installed several times: {ids}. Delete all but one, then install it "
                "again. Nothing was changed."
            )
