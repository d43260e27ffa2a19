"""Designing a session: proposals for prompt and welcome, and the history of edits."""

from pydantic import Field

from harmonica_mcp.client import errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import LONG_MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http

DRAFT_PROMPT = Operation(
    "POST", "/sessions/{id}/regenerate-facilitation-prompt", Retry.ONCE, LONG_MODEL
)
DRAFT_WELCOME = Operation("POST", "/sessions/{id}/regenerate-welcome", Retry.ONCE, LONG_MODEL)
GET_EDIT_HISTORY = Operation("GET", "/sessions/{id}/edit-history", Retry.READ)


class PromptBasis(Model):
    """The brief fields that a prompt was composed from."""

    topic: str = ""
    goal: str = ""
    critical: str = ""
    context: str = ""


class PromptDraft(Model):
    """A proposed facilitation prompt; nothing is saved."""

    facilitation_prompt: str
    prompt_summary: str = ""
    prompt_generated_from: PromptBasis = PromptBasis()
    template_id: str | None = None
    cross_pollination_default: bool | None = None


class WelcomeDraft(Model):
    """A proposed welcome; nothing is saved."""

    welcome_message: str
    meta_description: str = ""


class Revision(Model):
    """One earlier version of a text."""

    id: str = ""
    field: str = ""
    value: str = ""
    source: str = ""
    created_at: Moment = None
    created_by: str | None = None


class EditCount(Model):
    """How often a text was edited."""

    count: int = 0
    last_edited: Moment = None


class EditHistory(Model):
    """The versions of a session's tracked texts, whole."""

    revisions: list[Revision]
    counts: dict[str, EditCount] = Field(default_factory=dict[str, EditCount])


class Design:
    """`client.design`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def draft_prompt(self, session_id: str, *, template_id: str | None = None) -> PromptDraft:
        """Compose the facilitation prompt anew from brief, organisation and template.

        Nothing is saved: show it, then update the session with prompt, prompt_summary and
        prompt_generated_from (and template_id on a switch). Rules made by hand are not carried
        over. Costs model time and takes up to three minutes.

        Args:
            session_id: the session.
            template_id: another template than the session's.
        """
        query = {"templateId": template_id}
        attempt = Attempt(self._http, DRAFT_PROMPT)

        async def send() -> PromptDraft:
            answer = await self._http.request(DRAFT_PROMPT, {"id": session_id}, query=query)
            return answer.model(PromptDraft)

        return await attempt.settle_blind(send, _nothing_saved(DRAFT_PROMPT))

    async def draft_welcome(self, session_id: str) -> WelcomeDraft:
        """Propose a welcome message and description; nothing is saved. Costs model time."""
        attempt = Attempt(self._http, DRAFT_WELCOME)

        async def send() -> WelcomeDraft:
            answer = await self._http.request(DRAFT_WELCOME, {"id": session_id})
            return answer.model(WelcomeDraft)

        return await attempt.settle_blind(send, _nothing_saved(DRAFT_WELCOME))

    async def edit_history(self, session_id: str, *, field: str | None = None) -> EditHistory:
        """Earlier versions of the session's texts; `field` such as prompt or goal narrows it."""
        query = {"field": field}
        answer = await self._http.request(GET_EDIT_HISTORY, {"id": session_id}, query=query)
        return answer.model(EditHistory)


def _nothing_saved(operation: Operation) -> errors.Unsettled:
    return errors.Unsettled(
        "Harmonica's answer was lost; a draft is never saved, so asking again changes nothing but "
        "costs model time a second time.",
        check=str(operation),
    )
