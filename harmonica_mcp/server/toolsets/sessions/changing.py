"""Changing a session."""

import json
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.client.sessions import (
    GET_QUESTIONS,
    GET_SESSION,
    UPDATE_SESSION,
    Question,
    Session,
    SessionChanges,
    Visibility,
)
from harmonica_mcp.server import confirming
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import quote_whole
from harmonica_mcp.server.naming import (
    NAMES,
    ProjectRef,
    TemplateRef,
    find_groups,
    find_project,
    find_template,
)
from harmonica_mcp.server.references import SessionId
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.result import Result, lines
from harmonica_mcp.server.toolsets.sessions import effects
from harmonica_mcp.server.toolsets.sessions.fields import (
    Background,
    Critical,
    CrossPollination,
    Groups,
    Questions,
    Results,
    Widgets,
    announced_in,
)
from harmonica_mcp.server.toolsets.sessions.toolset import sessions

_WHOLE_LISTS = {"questions", "distribution"}
_READABLE = ("topic", "goal", "context", "critical", "prompt")
_EMPTY = "(empty)"
_RECOMPOSE = (
    "The prompt is still the old one: apply_template_prompt (toolset design) recomposes it."
)

Clearable = Literal[
    "context",
    "critical",
    "project_id",
    "template_id",
    "intro_video_url",
    "platform_guidelines_override",
]


_Prompt = Annotated[str | None, Field(description="New instructions, for later conversations")]
_Guidelines = Annotated[str | None, Field(description="Replaces the platform's")]


class PromptBasis(BaseModel):
    """The brief fields that a prompt was composed from."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(description="Topic then")
    goal: str = Field(description="Goal then")
    critical: str | None = Field(default=None, description="Critical then")
    context: str | None = Field(default=None, description="Context then")


class Change(BaseModel):
    """A field before and after; what the API does not return has no before."""

    field: str
    before: str | None = None
    now: str
    whole_list_replaced: bool | None = None

    def line(self) -> str:
        """Show old and new."""
        before = f"{quote_whole(self.before)} -> " if self.before is not None else ""
        whole = " (the whole list is replaced)" if self.whole_list_replaced else ""
        return f"- {self.field}{whole}: {before}{quote_whole(self.now)}"


class SessionUpdated(Result):
    """What an update changed."""

    id: str
    changes: list[Change]
    next_step: str | None = None

    @classmethod
    def of(
        cls, before: Session, asked: list[Question], sent: dict[str, Any], after: Session
    ) -> "SessionUpdated":
        """Compare the fields that were sent."""
        old: dict[str, Any] = {name: getattr(before, name) or "" for name in _READABLE}
        old["questions"] = [question.text for question in asked]
        changes = [
            Change(
                field=name,
                before=_shown(old[name]) if name in old else None,
                now=_shown(getattr(after, name, None) or value),
                whole_list_replaced=True if name in _WHOLE_LISTS else None,
            )
            for name, value in sent.items()
        ]
        drifts = "template_id" in sent and "prompt" not in sent
        return cls(id=after.id, changes=changes, next_step=_RECOMPOSE if drifts else None)

    def text(self) -> str:
        """Show old and new of each field."""
        rows = [change.line() for change in self.changes]
        return lines(f"Session {self.id} is changed:", *rows, self.next_step)


def _shown(value: object) -> str:
    if value is None or value in ("", []):
        return _EMPTY
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def _effects(
    api: Api,
    session_id: str,
    results_visibility: Visibility | None,
    prompt: str | None,
    questions: Questions,
    telegram_groups: Groups,
) -> list[confirming.Question]:
    session = id_of(session_id)
    asked = await effects.widens(api, session, results_visibility)
    if prompt is None and questions is None and telegram_groups is None:
        return asked
    before = await api.sessions.get(session)
    if prompt is not None:
        asked += effects.loses_prompt(before, prompt)
    if questions is not None:
        asked += await effects.loses_questions(api, before)
    if telegram_groups is not None:
        asked += [effects.loses_groups(before), *await effects.announces(api, telegram_groups)]
    return asked


@sessions.tool(
    "Update session",
    [UPDATE_SESSION],
    lookups=[GET_SESSION, GET_QUESTIONS, GET_RESPONSES, *NAMES],
    replaces=True,
    repeatable=True,
    risks=(confirming.Risk.PUBLISHES, confirming.Risk.REPLACES, confirming.Risk.SENDS),
    asks=_effects,
)
async def update_session(
    api: Api,
    session_id: SessionId,
    topic: Annotated[str | None, Field(description="New topic")] = None,
    goal: Annotated[str | None, Field(description="New goal")] = None,
    context: Background = None,
    critical: Critical = None,
    prompt: _Prompt = None,
    prompt_summary: Annotated[str | None, Field(description="Recap of the prompt")] = None,
    prompt_generated_from: Annotated[PromptBasis | None, Field(description="Its basis")] = None,
    summary_prompt: Annotated[str | None, Field(description="How to write the summary")] = None,
    questions: Annotated[Questions, Field(description="Replaces ALL questions")] = None,
    results_visibility: Results = None,
    cross_pollination: CrossPollination = None,
    widgets_enabled: Widgets = None,
    welcome_message: Annotated[str | None, Field(description="Markdown")] = None,
    meta_description: Annotated[str | None, Field(description="Under 160 characters")] = None,
    intro_video_url: Annotated[str | None, Field(description="Address of a video")] = None,
    platform_guidelines_override: _Guidelines = None,
    template: TemplateRef | None = None,
    project: ProjectRef | None = None,
    telegram_groups: Annotated[Groups, Field(description="Replaces ALL groups")] = None,
    clear: Annotated[list[Clearable] | None, Field(description="Fields to empty")] = None,
) -> SessionUpdated:
    """Change fields of a session, and show what they were before; the rest stays as it is.

    Widening results_visibility shows others what people said. Changing topic or goal does not
    recompose the prompt.
    """
    sent = given(
        topic=topic,
        goal=goal,
        context=context,
        critical=critical,
        prompt=prompt,
        prompt_summary=prompt_summary,
        prompt_generated_from=prompt_generated_from and prompt_generated_from.model_dump(),
        summary_prompt=summary_prompt,
        questions=questions and [question.to_api() for question in questions],
        results_visibility=results_visibility,
        cross_pollination=cross_pollination,
        widgets_enabled=widgets_enabled,
        welcome_message=welcome_message,
        meta_description=meta_description,
        intro_video_url=intro_video_url,
        platform_guidelines_override=platform_guidelines_override,
    )
    sent |= await _found(api, template, project, telegram_groups)
    return await _update(api, id_of(session_id), sent | _cleared(clear or [], sent))


async def _found(
    api: HarmonicaClient, template: str | None, project: str | None, groups: Groups
) -> dict[str, Any]:
    """What is given by name, as the API takes it."""
    found = None if groups is None else await find_groups(api, groups)
    return given(
        template_id=await find_template(api, template) if template else None,
        project_id=await find_project(api, project) if project else None,
        distribution=announced_in(found),
    )


def _cleared(names: Sequence[str], sent: Collection[str]) -> dict[str, None]:
    if both := sorted(set(names).intersection(sent)):
        raise InvalidInput(f"{', '.join(both)} cannot be set and cleared. Nothing was sent.")
    return dict.fromkeys(names)


async def _update(api: HarmonicaClient, session: str, sent: dict[str, Any]) -> SessionUpdated:
    before = await api.sessions.get(session)
    asked = await api.sessions.questions(session) if "questions" in sent else []
    after = await api.sessions.update(session, **SessionChanges(**sent))  # pyright: ignore[reportArgumentType]
    return SessionUpdated.of(before, asked, sent, after)
