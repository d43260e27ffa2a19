"""Making, changing and deleting templates."""

import json
from typing import Annotated, Any

from pydantic import Field

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
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import TemplateRef, find_template
from harmonica_mcp.server.result import Result, count, found_again, lines
from harmonica_mcp.server.toolsets.templates.toolset import templates

_Description = Annotated[str | None, Field(description="What it is for")]
_Prompt = Annotated[
    str | None, Field(description="How the facilitator goes on; a chain's steps have their own")
]
_Name = Annotated[str | None, Field(description="Topic that its sessions begin with")]
_Goal = Annotated[str | None, Field(description="Goal that they begin with")]
_Critical = Annotated[str | None, Field(description="Question or constraint that matters")]
_Background = Annotated[str | None, Field(description="Background for the facilitator")]
_Icon = Annotated[str | None, Field(description="Name of an icon")]
_Chain = Annotated[
    str | None,
    Field(
        description='Makes a chain; JSON: {"steps": [{"id", "title", "facilitation_prompt", '
        '"roles": [{"slug", "label"}], "completion_criteria": {"type"}, …}]}'
    ),
]


def _chain(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" ({error})" if isinstance(error, ValueError) else ""
        raise InvalidInput(f"chain_config is no JSON{place}. Nothing was sent.") from None
    if not isinstance(config, dict) or not config.get("steps"):  # pyright: ignore[reportUnknownMemberType]
        raise InvalidInput("chain_config must be an object with steps. Nothing was sent.")
    return {"template_type": "chain", "chain_config": config}


class TemplateSaved(Result):
    """A template that was made or changed."""

    id: str
    title: str
    type: str
    steps: int = Field(description="Of a chain")
    public: bool
    recovered: bool = Field(description="The answer was lost; the template was found again")

    @classmethod
    def of(cls, item: Template) -> "TemplateSaved":
        """Show which template it is; its texts are those that were sent."""
        return cls(
            id=item.id,
            title=one_line(item.title),
            type=item.template_type,
            steps=len(item.chain_config.steps) if item.chain_config else 0,
            public=item.is_public,
            recovered=item.recovered,
        )

    def text(self) -> str:
        """Say that it is saved."""
        chain = f", {count(self.steps, 'step')}" if self.steps else ""
        public = "public" if self.public else "not public"
        return lines(
            f"Saved: template {self.id} {quote_whole(self.title)} ({self.type}{chain}, {public}).",
            found_again("create") if self.recovered else None,
            "create_session(template=…) begins with it.",
        )


def _public(template: str) -> Question:
    return Question(
        Risk.PUBLISHES, f"Everybody on Harmonica can see and use the template {quote(template)}."
    )


async def _publishes(title: str, is_public: bool) -> list[Question]:
    return [_public(title)] if is_public else []


@templates.tool(
    "Create template",
    [CREATE_TEMPLATE],
    lookups=[LIST_TEMPLATES],
    risks=(Risk.PUBLISHES,),
    asks=_publishes,
)
async def create_template(
    api: Api,
    title: Annotated[str, Field(description="What it is called")],
    description: _Description = None,
    facilitation_prompt: _Prompt = None,
    default_session_name: _Name = None,
    default_goal: _Goal = None,
    default_critical: _Critical = None,
    default_context: _Background = None,
    icon: _Icon = None,
    chain_config: _Chain = None,
    workspace_id: Annotated[str | None, Field(description="Of this workspace; admins only")] = None,
    is_public: Annotated[bool, Field(description="Everybody can use it: ask your user")] = False,
) -> TemplateSaved:
    """Create a template for sessions, of one step or a chain."""
    fields = given(
        description=description,
        facilitation_prompt=facilitation_prompt,
        default_session_name=default_session_name,
        default_goal=default_goal,
        default_critical=default_critical,
        default_context=default_context,
        icon=icon,
        workspace_id=workspace_id,
        is_public=is_public or None,
    )
    new = NewTemplate(**fields, **_chain(chain_config))
    return TemplateSaved.of(await api.templates.create(title, **new))


async def _effects(
    api: Api,
    template: str,
    is_public: bool | None,
    facilitation_prompt: str | None,
    chain_config: str | None,
    force: bool | None,
) -> list[Question]:
    asked = [_public(template)] if is_public else []
    steps = _chain(chain_config)
    if facilitation_prompt is None and not steps and not force:
        return asked
    found = await api.templates.get(await find_template(api, template))
    old = found.facilitation_prompt
    prompt = facilitation_prompt is not None and old and facilitation_prompt.strip() != old.strip()
    lost = [
        f"its prompt {quote(old or '', 200)}" if prompt else "",
        _steps(found) if steps and found.chain_config else "",
        "all edits since it was installed" if force and found.source_provenance else "",
    ]
    if not any(lost):
        return asked
    effect = f"Template {quote(found.title)} loses for good: {', '.join(filter(None, lost))}."
    return [*asked, Question(Risk.REPLACES, effect, _named(found))]


def _named(template: Template) -> str:
    return one_line(template.title) or template.id


def _texts(template: Template) -> str:
    return _steps(template) if template.chain_config else "its prompt and defaults"


def _steps(template: Template) -> str:
    return f"its {count(len(template.chain_config.steps if template.chain_config else []), 'step')}"


@templates.tool(
    "Update template",
    [UPDATE_TEMPLATE],
    lookups=[LIST_TEMPLATES, GET_TEMPLATE],
    replaces=True,
    repeatable=True,
    risks=(Risk.PUBLISHES, Risk.REPLACES),
    asks=_effects,
)
async def update_template(
    api: Api,
    template: TemplateRef,
    title: Annotated[str | None, Field(description="New title")] = None,
    description: _Description = None,
    facilitation_prompt: _Prompt = None,
    default_session_name: _Name = None,
    default_goal: _Goal = None,
    default_critical: _Critical = None,
    default_context: _Background = None,
    icon: _Icon = None,
    chain_config: _Chain = None,
    is_public: Annotated[bool | None, Field(description="true: everybody can use it")] = None,
    force: Annotated[bool | None, Field(description="Overwrite edits of an installed one")] = None,
) -> TemplateSaved:
    """Change a template; what is left out stays as it is, an empty text is cleared."""
    fields = given(
        title=title,
        description=description,
        facilitation_prompt=facilitation_prompt,
        default_session_name=default_session_name,
        default_goal=default_goal,
        default_critical=default_critical,
        default_context=default_context,
        icon=icon,
        is_public=is_public,
        force=force,
    )
    changes = TemplateChanges(**fields, **_chain(chain_config))
    found = await find_template(api, template)
    return TemplateSaved.of(await api.templates.update(found, **changes))


class TemplateDeleted(Result):
    """A template that is gone."""

    id: str
    deleted: bool

    def text(self) -> str:
        """Say so."""
        return f"Template {self.id} is {'deleted' if self.deleted else 'NOT deleted'}."


async def _removes(api: Api, template: str) -> list[Question]:
    found = await api.templates.get(await find_template(api, template))
    effect = f"Template {quote(found.title)} is deleted for good, with {_texts(found)}."
    return [Question(Risk.REMOVES, effect, _named(found))]


@templates.tool(
    "Delete template",
    [DELETE_TEMPLATE],
    lookups=[LIST_TEMPLATES, GET_TEMPLATE],
    replaces=True,
    repeatable=True,
    risks=(Risk.REMOVES,),
    asks=_removes,
)
async def delete_template(api: Api, template: TemplateRef) -> TemplateDeleted:
    """Delete a template for good."""
    found = await find_template(api, template)
    return TemplateDeleted(id=found, deleted=await api.templates.delete(found))
