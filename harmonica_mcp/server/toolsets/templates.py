"""Toolset `templates`: read, make, change, delete; install method specs."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.templates import (
    CREATE_TEMPLATE,
    DELETE_TEMPLATE,
    GET_TEMPLATE,
    LIST_TEMPLATES,
    UPDATE_TEMPLATE,
    NewTemplate,
    Template,
    TemplateChanges,
)
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.files import Files
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.method_spec import MethodSpec, parse
from harmonica_mcp.server.naming import TemplateRef, find_template
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, lines

templates = Toolset("templates", "ready-made ways to facilitate, and method specs")

_WHOLE = 10**6
_CUT = 1_000


class StepRow(BaseModel):
    """A step of a chain."""

    id: str
    title: str | None = None
    roles: list[str] | None = None
    prompt: str | None = None


class TemplateDetail(Result):
    """A template, and what was done to it."""

    id: str
    title: str
    type: str
    done: str | None = None
    public: bool
    description: str | None = None
    prompt: str | None = None
    default_name: str | None = None
    default_goal: str | None = None
    default_critical: str | None = None
    default_context: str | None = None
    cross_pollination: bool
    spec: str | None = None
    steps: list[StepRow] | None = None
    cut: bool = Field(description="Texts shown only in part")

    @classmethod
    def of(cls, item: Template, *, done: str | None = None, full: bool = False) -> "TemplateDetail":
        """Show a template, whole or by the beginnings of its texts."""
        long = _WHOLE if full else _CUT
        steps = item.chain_config.steps if item.chain_config else []
        texts = [item.facilitation_prompt, item.default_context]
        texts += [step.facilitation_prompt for step in steps]
        source = item.source_provenance
        return cls(
            id=item.id,
            title=one_line(item.title),
            type=item.template_type,
            done=done,
            public=item.is_public,
            description=item.description,
            prompt=_begin(item.facilitation_prompt, long),
            default_name=item.default_session_name,
            default_goal=item.default_goal,
            default_critical=item.default_critical,
            default_context=_begin(item.default_context, long),
            cross_pollination=item.cross_pollination_default,
            spec=f"{source.spec_id} {source.spec_version}" if source else None,
            steps=[
                StepRow(
                    id=step.id,
                    title=step.title,
                    roles=[role.slug for role in step.roles] or None,
                    prompt=_begin(step.facilitation_prompt, long),
                )
                for step in steps
            ]
            or None,
            cut=any(len(text or "") > long for text in texts),
        )

    def text(self) -> str:
        """Describe it."""
        what = f" {self.done}" if self.done else ""
        public = "public" if self.public else "not public"
        names = (
            "spec",
            "description",
            "prompt",
            "default_name",
            "default_goal",
            "default_critical",
            "default_context",
        )
        rows = [
            f"- step {number} {step.id} {quote(step.title or '')}"
            + (f", roles {', '.join(step.roles)}" if step.roles else "")
            + (f": {quote_whole(step.prompt)}" if step.prompt else "")
            for number, step in enumerate(self.steps or [])
        ]
        return lines(
            f"Template {self.id} {quote(self.title)} ({self.type}, {public}, cross-pollination "
            f"{'on' if self.cross_pollination else 'off'}){what}.",
            *(f"{n}: {quote_whole(text)}" for n in names if (text := getattr(self, n))),
            *rows,
            "Some texts are shown only in part: get_template(full=true)." if self.cut else None,
        )


def _begin(text: str | None, limit: int) -> str | None:
    return text[:limit] if text else None


@templates.tool("Get template", [GET_TEMPLATE], lookups=[LIST_TEMPLATES], reads=True)
async def get_template(
    api: Api,
    template: TemplateRef,
    full: Annotated[bool, Field(description="Whole texts instead of their beginnings")] = False,
) -> TemplateDetail:
    """Show a template: prompts, defaults, and a chain's steps with their roles."""
    found = await api.templates.get(await find_template(api, template))
    return TemplateDetail.of(found, full=full)


_Text = Annotated[str | None, Field(description="Text")]
_Chain = Annotated[
    str | None, Field(description="JSON of chain_config {steps: [{id, title, …}]}; makes a chain")
]


def _chain(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        config = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"chain_config is no JSON: {error}. Nothing was sent.") from None
    if not isinstance(config, dict) or not config.get("steps"):  # pyright: ignore[reportUnknownMemberType]
        raise InvalidInput("chain_config must be an object with steps. Nothing was sent.")
    return {"template_type": "chain", "chain_config": config}


@templates.tool("Create template", [CREATE_TEMPLATE], lookups=[LIST_TEMPLATES])
async def create_template(
    api: Api,
    title: Annotated[str, Field(description="Title")],
    description: _Text = None,
    facilitation_prompt: Annotated[str | None, Field(description="For single templates")] = None,
    default_session_name: _Text = None,
    default_goal: _Text = None,
    default_critical: _Text = None,
    default_context: _Text = None,
    icon: _Text = None,
    chain_config: _Chain = None,
    workspace_id: Annotated[str | None, Field(description="Of this workspace; admins only")] = None,
    is_public: Annotated[bool, Field(description="Everybody can use it: ask your user")] = False,
) -> TemplateDetail:
    """Create a template for sessions, of one step or a chain."""
    given = {
        "description": description,
        "facilitation_prompt": facilitation_prompt,
        "default_session_name": default_session_name,
        "default_goal": default_goal,
        "default_critical": default_critical,
        "default_context": default_context,
        "icon": icon,
        "workspace_id": workspace_id,
        "is_public": is_public or None,
    }
    more = {name: value for name, value in given.items() if value is not None}
    fields: Any = more | _chain(chain_config)
    made = await api.templates.create(title, **NewTemplate(**fields))
    again = "was created; its answer was lost and it was found again"
    return TemplateDetail.of(made, done=again if made.recovered else "is created")


@templates.tool(
    "Update template",
    [UPDATE_TEMPLATE],
    lookups=[LIST_TEMPLATES],
    replaces=True,
    repeatable=True,
)
async def update_template(
    api: Api,
    template: TemplateRef,
    title: _Text = None,
    description: _Text = None,
    facilitation_prompt: _Text = None,
    default_session_name: _Text = None,
    default_goal: _Text = None,
    default_critical: _Text = None,
    default_context: _Text = None,
    icon: _Text = None,
    chain_config: _Chain = None,
    is_public: Annotated[bool | None, Field(description="true: everybody can use it")] = None,
    force: Annotated[bool | None, Field(description="Overwrite edits of an installed one")] = None,
) -> TemplateDetail:
    """Change a template; what is left out stays as it is."""
    given = {
        "title": title,
        "description": description,
        "facilitation_prompt": facilitation_prompt,
        "default_session_name": default_session_name,
        "default_goal": default_goal,
        "default_critical": default_critical,
        "default_context": default_context,
        "icon": icon,
        "is_public": is_public,
        "force": force,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    fields: Any = changes | _chain(chain_config)
    found = await find_template(api, template)
    changed = await api.templates.update(found, **TemplateChanges(**fields))
    return TemplateDetail.of(changed, done="is changed")


class TemplateDeleted(Result):
    """A template that is gone."""

    id: str
    deleted: bool

    def text(self) -> str:
        """Say so."""
        return f"Template {self.id} is {'deleted' if self.deleted else 'not deleted'}."


@templates.tool(
    "Delete template",
    [DELETE_TEMPLATE],
    lookups=[LIST_TEMPLATES],
    replaces=True,
    repeatable=True,
)
async def delete_template(api: Api, template: TemplateRef) -> TemplateDeleted:
    """Delete a template for good. Ask your user first."""
    found = await find_template(api, template)
    return TemplateDeleted(id=found, deleted=await api.templates.delete(found))


class SpecInstalled(Result):
    """A method spec as a template."""

    state: Literal["done", "dry_run"]
    spec: str
    title: str
    type: str
    template_id: str | None = None
    replaced: bool = Field(description="An earlier installation was overwritten")
    steps: list[str]
    notes: list[str]
    preview: str | None = Field(default=None, description="The template as JSON, on a dry run")

    @classmethod
    def of(cls, spec: MethodSpec, made: Template | None, *, replaced: bool) -> "SpecInstalled":
        """Show what the spec became, or would become."""
        return cls(
            state="done" if made else "dry_run",
            spec=f"{spec.id} {spec.version}",
            title=one_line(spec.title),
            type=spec.artifact,
            template_id=made.id if made else None,
            replaced=replaced,
            steps=[step.id for step in spec.steps],
            notes=spec.notes,
            preview=None if made else json.dumps(spec.template, ensure_ascii=False),
        )

    def text(self) -> str:
        """Say what it is now."""
        verb = "overwrites" if self.replaced else "is"
        head = (
            f"Spec {self.spec} {quote(self.title)} {verb} template {self.template_id} "
            f"({self.type})."
            if self.state == "done"
            else f"Dry run, nothing was sent: spec {self.spec} {quote(self.title)} ({self.type})"
            + (" would overwrite its earlier installation." if self.replaced else ".")
        )
        return lines(
            head,
            f"{count(len(self.steps), 'step')}: {', '.join(self.steps)}" if self.steps else None,
            *(f"Note: {note}" for note in self.notes),
            f"Template: {self.preview}" if self.preview else None,
        )


@templates.tool(
    "Install method spec",
    [CREATE_TEMPLATE, UPDATE_TEMPLATE],
    lookups=[LIST_TEMPLATES],
    replaces=True,
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

    An earlier installation of the same spec is updated.
    """
    if (text is None) == (path is None):
        raise InvalidInput("Give either text or path. Nothing was done.")
    spec = parse(text if text is not None else files.read(path or "")[1].decode(errors="replace"))
    before = await _installed(api, spec)
    if dry_run:
        return SpecInstalled.of(spec, None, replaced=before is not None)
    fields: Any = dict(spec.template)
    if before:
        made = await api.templates.update(before, **fields, force=force)
    else:
        made = await api.templates.create(fields.pop("title"), **fields)
    return SpecInstalled.of(spec, made, replaced=before is not None)


async def _installed(api: HarmonicaClient, spec: MethodSpec) -> str | None:
    for item in await api.templates.list():
        if item.source_provenance and item.source_provenance.spec_id == spec.id:
            return item.id
    return None
