"""Changing a session."""

from typing import Annotated, Any

from pydantic import Field

from harmonica_mcp.client.sessions import Visibility
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.derived import with_ours
from harmonica_mcp.server.compat.typescript.fields import Targets, groups_of
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.toolsets.sessions import changing, sessions
from harmonica_mcp.server.toolsets.sessions.changing import Clearable, SessionUpdated
from harmonica_mcp.server.toolsets.sessions.fields import Questions

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
@with_ours(
    changing.update_session,
    "session_id topic goal context critical prompt summary_prompt prompt_summary "
    "prompt_generated_from cross_pollination widgets_enabled results_visibility project_id "
    "welcome_message meta_description intro_video_url template_id platform_guidelines_override "
    "questions distribution",
)
async def update_session(
    api: Api,
    *,
    project_id: Annotated[
        str | None, Field(description="Project id or exact title; null detaches it from all")
    ] = "",
    intro_video_url: Annotated[
        str | None, Field(description="Address of a video; null clears it")
    ] = "",
    template_id: Annotated[
        str | None, Field(description="Template id or exact title; null detaches it")
    ] = "",
    platform_guidelines_override: Annotated[
        str | None, Field(description="Replaces the platform's; null brings those back")
    ] = "",
    distribution: Annotated[Targets, Field(description="Replaces ALL groups")] = None,
    **ours: Any,
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
        intro_video_url=intro_video_url or None,
        platform_guidelines_override=platform_guidelines_override or None,
        template=template_id or None,
        project=project_id or None,
        telegram_groups=groups_of(distribution),
        clear=[name for name, value in nullable.items() if value is None],
        **ours,
    )
    return changed.model_copy(update={"next_step": _RECOMPOSE if changed.next_step else None})
