"""Changing a session."""

from typing import Annotated

from pydantic import Field

from harmonica_mcp.client.sessions import Visibility
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.fields import Targets, groups_of
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.references import SessionId
from harmonica_mcp.server.toolsets.sessions import changing, sessions
from harmonica_mcp.server.toolsets.sessions.changing import Clearable, PromptBasis, SessionUpdated
from harmonica_mcp.server.toolsets.sessions.fields import (
    Background,
    Critical,
    CrossPollination,
    Questions,
    Results,
    Widgets,
)

_OURS = ours(sessions, "update_session")
_RECOMPOSE = "The prompt is still the old one: compose it in the web app, or give one as prompt."


async def _effects(
    api: Api,
    session_id: str,
    results_visibility: Visibility | None,
    prompt: str | None,
    questions: Questions,
    distribution: Targets,
) -> list[Question]:
    return [
        *await asked_by(_OURS)(
            api=api,
            session_id=session_id,
            results_visibility=results_visibility,
            prompt=prompt,
            questions=questions,
            telegram_groups=groups_of(distribution),
        )
    ]


# Here a null says something, as it does to the official server: left out is an empty text.
@instead_of(_OURS, asks=_effects)
async def update_session(
    api: Api,
    session_id: SessionId,
    topic: Annotated[str | None, Field(description="New topic")] = None,
    goal: Annotated[str | None, Field(description="New goal")] = None,
    context: Background = None,
    critical: Critical = None,
    prompt: Annotated[
        str | None, Field(description="New instructions, for later conversations")
    ] = None,
    summary_prompt: Annotated[str | None, Field(description="How to write the summary")] = None,
    prompt_summary: Annotated[str | None, Field(description="Recap of the prompt")] = None,
    prompt_generated_from: Annotated[PromptBasis | None, Field(description="Its basis")] = None,
    cross_pollination: CrossPollination = None,
    widgets_enabled: Widgets = None,
    results_visibility: Results = None,
    project_id: Annotated[
        str | None, Field(description="Project id or exact title; null detaches it from all")
    ] = "",
    welcome_message: Annotated[str | None, Field(description="Markdown")] = None,
    meta_description: Annotated[str | None, Field(description="Under 160 characters")] = None,
    intro_video_url: Annotated[
        str | None, Field(description="Address of a video; null clears it")
    ] = "",
    template_id: Annotated[
        str | None, Field(description="Template id or exact title; null detaches it")
    ] = "",
    platform_guidelines_override: Annotated[
        str | None, Field(description="Replaces the platform's; null brings those back")
    ] = "",
    questions: Annotated[Questions, Field(description="Replaces ALL questions")] = None,
    distribution: Annotated[Targets, Field(description="Replaces ALL groups")] = None,
) -> SessionUpdated:
    """Change fields of a session, and show what they were before; the rest stays as it is.

    Widening results_visibility shows others what people said. Changing topic, goal or template
    does not compose the prompt anew.
    """
    nullable: dict[Clearable, str | None] = {
        "project_id": project_id,
        "intro_video_url": intro_video_url,
        "template_id": template_id,
        "platform_guidelines_override": platform_guidelines_override,
    }
    changed = await changing.update_session(
        api,
        session_id=session_id,
        topic=topic,
        goal=goal,
        context=context,
        critical=critical,
        prompt=prompt,
        prompt_summary=prompt_summary,
        prompt_generated_from=prompt_generated_from,
        summary_prompt=summary_prompt,
        questions=questions,
        results_visibility=results_visibility,
        cross_pollination=cross_pollination,
        widgets_enabled=widgets_enabled,
        welcome_message=welcome_message,
        meta_description=meta_description,
        intro_video_url=intro_video_url or None,
        platform_guidelines_override=platform_guidelines_override or None,
        template=template_id or None,
        project=project_id or None,
        telegram_groups=groups_of(distribution),
        clear=[name for name, value in nullable.items() if value is None],
    )
    return changed.model_copy(update={"next_step": _RECOMPOSE if changed.next_step else None})
