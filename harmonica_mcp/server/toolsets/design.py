"""Toolset `design`: prompts, welcome messages and their history."""

from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.design import (
    DRAFT_PROMPT,
    DRAFT_WELCOME,
    GET_EDIT_HISTORY,
    PromptDraft,
    Revision,
)
from harmonica_mcp.client.sessions import GET_SESSION, UPDATE_SESSION, SessionChanges
from harmonica_mcp.client.templates import LIST_TEMPLATES
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import quote_whole
from harmonica_mcp.server.naming import TemplateRef, find_template
from harmonica_mcp.server.references import SEARCH, SessionId, SessionRef, find_session
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.toolsets.sessions.effects import loses_prompt

design = Toolset(
    "design",
    "prompts, welcome messages and their history",
    [
        (
            "After creating a session with a template, `apply_template_prompt` brings the "
            "template's own prompt into it."
        ),
    ],
)

_SHORT = 200
_PAGE = 40
_SLOW = "Harmonica composes it, which can take minutes"


class PromptProposal(Result):
    """A composed facilitation prompt."""

    session_id: str
    saved: bool
    template_id: str | None = None
    prompt: str
    recap: str
    suggested_cross_pollination: bool | None = None

    @classmethod
    def of(cls, session: str, draft: PromptDraft, *, saved: bool) -> "PromptProposal":
        """Show a draft, saved or not."""
        return cls(
            session_id=session,
            saved=saved,
            template_id=draft.template_id,
            prompt=draft.facilitation_prompt,
            recap=draft.prompt_summary,
            suggested_cross_pollination=draft.cross_pollination_default,
        )

    def text(self) -> str:
        """Show the prompt and whether it holds."""
        state = (
            "is saved; it holds for conversations that begin from now on"
            if self.saved
            else "is a proposal and not saved: update_session(prompt=…) or apply_template_prompt"
        )
        cross = self.suggested_cross_pollination
        return lines(
            f"The prompt for session {self.session_id} {state}.",
            f"Template: {self.template_id}."
            if self.template_id
            else "No template: composed from the brief alone.",
            f"The template suggests cross-pollination {'on' if cross else 'off'}: "
            "update_session(cross_pollination=…) sets it."
            if cross is not None
            else None,
            f"prompt: {quote_whole(self.prompt)}",
            f"recap: {quote_whole(self.recap)}",
        )


@design.tool("Draft facilitation prompt", [DRAFT_PROMPT], lookups=[LIST_TEMPLATES], repeatable=True)
async def draft_facilitation_prompt(
    api: Api, progress: Reporter, session_id: SessionId, template: TemplateRef | None = None
) -> PromptProposal:
    """Compose a session's facilitation prompt anew from its brief and template; saves nothing.

    Costs model time. Rules that were written into the present prompt by hand are not carried over.
    """
    session = id_of(session_id)
    chosen = await find_template(api, template) if template else None
    await progress.tell(_SLOW)
    draft = await api.design.draft_prompt(session, template_id=chosen)
    return PromptProposal.of(session, draft, saved=False)


async def _replaces(api: Api, session_id: str, template: str | None) -> list[Question]:
    if template:
        # What is refused anyway is refused before anybody is asked.
        await find_template(api, template)
    return loses_prompt(await api.sessions.get(id_of(session_id)), None)


@design.tool(
    "Apply template prompt",
    [DRAFT_PROMPT, UPDATE_SESSION],
    lookups=[LIST_TEMPLATES, GET_SESSION],
    replaces=True,
    risks=(Risk.REPLACES,),
    asks=_replaces,
    then=f"{UPDATE_SESSION} saves what was composed",
)
async def apply_template_prompt(
    api: Api, progress: Reporter, session_id: SessionId, template: TemplateRef | None = None
) -> PromptProposal:
    """Compose the prompt from the session's template (or another) and save it over the present one.

    Creating a session with a template does not do this. The text before stays in get_edit_history.
    """
    session = id_of(session_id)
    chosen = await find_template(api, template) if template else None
    await progress.tell(_SLOW)
    draft = await api.design.draft_prompt(session, template_id=chosen)
    basis = draft.prompt_generated_from
    changes = SessionChanges(
        prompt=draft.facilitation_prompt,
        prompt_generated_from={
            "topic": basis.topic,
            "goal": basis.goal,
            "critical": basis.critical,
            "context": basis.context,
        },
    )
    # Without one Harmonica makes the recap itself; an empty one would replace that.
    if draft.prompt_summary:
        changes["prompt_summary"] = draft.prompt_summary
    if chosen:
        changes["template_id"] = chosen
    await api.sessions.update(session, **changes)
    return PromptProposal.of(session, draft, saved=True)


class WelcomeProposal(Result):
    """A composed welcome message."""

    session_id: str
    welcome_message: str
    meta_description: str

    def text(self) -> str:
        """Show it."""
        return lines(
            f"A proposal for session {self.session_id}, not saved: update_session takes both.",
            f"welcome_message: {quote_whole(self.welcome_message)}",
            f"meta_description: {quote_whole(self.meta_description)}",
        )


@design.tool("Draft welcome message", [DRAFT_WELCOME], repeatable=True)
async def draft_welcome_message(
    api: Api, progress: Reporter, session_id: SessionId
) -> WelcomeProposal:
    """Compose a welcome message and a short description for a session; saves nothing.

    Costs model time.
    """
    session = id_of(session_id)
    await progress.tell(_SLOW)
    draft = await api.design.draft_welcome(session)
    return WelcomeProposal(
        session_id=session,
        welcome_message=draft.welcome_message,
        meta_description=draft.meta_description,
    )


class RevisionRow(BaseModel):
    """An earlier version."""

    id: str
    field: str
    value: str
    characters: int = Field(description="Of the whole value")
    source: str
    created_at: str | None = None

    @classmethod
    def of(cls, revision: Revision, *, whole: bool) -> "RevisionRow":
        """Show a version, whole or by its beginning."""
        return cls(
            id=revision.id,
            field=revision.field,
            value=revision.value if whole else revision.value[:_SHORT],
            characters=len(revision.value),
            source=revision.source,
            created_at=iso(revision.created_at),
        )

    def line(self) -> str:
        """Render one line, saying how much of the value it shows."""
        when = self.created_at or "at an unknown time"
        cut = len(self.value) < self.characters
        size = f"the first {_SHORT} of " if cut else ""
        return (
            f"- {self.id} {self.field}, {self.source}, {when}, {size}"
            f"{count(self.characters, 'character')}: {quote_whole(self.value)}"
        )


class SessionHistory(Result):
    """Earlier versions of a session's texts."""

    session_id: str
    revisions: list[RevisionRow]
    left: int = Field(description="Versions after this page")
    next_cursor: str | None = None

    def text(self) -> str:
        """List them in the API's order."""
        rows = [revision.line() for revision in self.revisions]
        if not rows:
            return f"No version of session {self.session_id} fits."
        back = ", update_session brings it back" if is_served("update_session") else ""
        return lines(
            f"{count(len(rows), 'version')} of session {self.session_id}; revision_id shows one "
            f"whole{back}.",
            *rows,
            paging.more(self.left, self.next_cursor),
        )


@design.tool("Get edit history", [GET_EDIT_HISTORY], lookups=[SEARCH], reads=True)
async def get_edit_history(
    api: Api,
    session_id: SessionRef,
    field: Annotated[str | None, Field(description="Only this, such as prompt or goal")] = None,
    revision_id: Annotated[str | None, Field(description="Only this version, whole")] = None,
    cursor: paging.Cursor = None,
) -> SessionHistory:
    """Show earlier versions of a session's texts, each by its beginning or one whole."""
    (begin,) = paging.decode("get_edit_history", cursor)
    session = await find_session(api, session_id)
    history = await api.design.edit_history(session, field=field)
    fitting = [
        revision
        for revision in history.revisions
        if revision_id in (None, revision.id) and field in (None, revision.field)
    ]
    page = paging.cut("get_edit_history", fitting, begin, _PAGE)
    return SessionHistory(
        session_id=session,
        revisions=[RevisionRow.of(r, whole=revision_id is not None) for r in page.items],
        left=page.left,
        next_cursor=page.next_cursor,
    )
