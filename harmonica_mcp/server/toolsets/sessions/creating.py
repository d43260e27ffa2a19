"""Creating a session."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Self, cast

from mcp_types import CallToolResult
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import (
    CREATE_SESSION,
    ChainOutcome,
    CreatedSession,
    NewSession,
    RosterMember,
)
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import (
    NAMES,
    ProjectRef,
    TemplateRef,
    find_groups,
    find_project,
    look_up_template,
)
from harmonica_mcp.server.references import SEARCH, host_link
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

_DEFAULTS = {
    "results_visibility": "host (only the host sees what was said)",
    "cross_pollination": "off",
    "widgets_enabled": "off",
    "prompt": "composed by Harmonica",
}
_CHAIN_ADVICE = {
    "roster_incomplete": "give a roster with every role; list_templates shows steps and roles",
    "step_cap_exceeded": "use a template with fewer steps, or another plan",
    "project_cap_exceeded": "delete or archive a project first, since a chain needs its own",
    "unsupported": "use the single session, or another template",
    "noop": "use a template of type chain, see list_templates, if you wanted one",
}

OWN_PROMPT = (
    "The template's own prompt is not in use yet: apply_template_prompt (toolset design) brings "
    "it in."
)
_LINK = (
    "The join link was lost with the answer and is put together from Harmonica's address: open it "
    "before it is shared."
)
_UNTOLD = (
    "Harmonica did not tell whether the template's chain runs: look in the web app before the "
    "link is shared."
)


class RoleInStep(BaseModel):
    """Which role somebody has in a step."""

    model_config = ConfigDict(extra="forbid")

    step: int = Field(description="0 is the first", ge=0)
    role: str = Field(description="Its slug")


class Member(BaseModel):
    """A person of a chain."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(description="Invited by e-mail when their step opens")
    name: str | None = Field(default=None, description="Shown name")
    user_id: str | None = Field(default=None, description="Harmonica user id")
    roles: list[RoleInStep] | None = Field(default=None, description="By step")

    def to_api(self) -> RosterMember:
        """Use the API's own names; roles are a map there.

        Raises:
            InvalidInput: Somebody has two roles in one step.
        """
        roles = {str(item.step): item.role for item in self.roles or []}
        if len(roles) < len(self.roles or []):
            raise InvalidInput(f"{quote(self.email)} has two roles in one step. Nothing was sent.")
        member = given(
            email=self.email,
            displayName=self.name,
            auth0Sub=self.user_id,
            rolesByStep=roles or None,
        )
        return RosterMember(**member)  # pyright: ignore[reportArgumentType]


class Chain(BaseModel):
    """What became of a chain template."""

    runs: bool
    status: str
    reason: str | None = None
    advice: str | None = None
    chain_id: str | None = None
    step_id: str | None = None

    @classmethod
    def of(cls, outcome: ChainOutcome) -> "Chain":
        """Tell a running chain from a plain session that only looks like one."""
        runs = outcome.status in {"started", "resumed"}
        reason = outcome.message or outcome.reason
        return cls(
            runs=runs,
            status=outcome.status,
            reason=one_line(reason) if reason else None,
            advice=None if runs else _CHAIN_ADVICE.get(outcome.status, "look in the web app"),
            chain_id=outcome.chain_instance_id,
            step_id=outcome.step_id,
        )

    def line(self) -> str:
        """Say whether it runs; otherwise why not, and what to do."""
        if self.runs:
            named = f" ({self.chain_id})" if self.chain_id else ""
            step = f"; this is its step {self.step_id}" if self.step_id else ""
            return f"The chain is {self.status}{named}{step}."
        why = f", because {quote_whole(self.reason)}" if self.reason else ""
        return (
            f"The chain is NOT started ({self.status}){why}. What to do: {self.advice}. A plain "
            "single session is open instead."
        )


class SessionCreated(Result):
    """A new session."""

    id: str
    topic: str
    join_url: str | None = Field(default=None, description="Give it to participants, and keep it")
    host_url: str | None = None
    sent: list[str]
    defaults: list[str]
    chain: Chain | None = None
    next_step: str | None = None
    recovered: bool
    _qr: bool = PrivateAttr(default=False)

    @classmethod
    def of(cls, created: CreatedSession, sent: list[str], *, chain: bool) -> "SessionCreated":
        """Show what was made, and on which terms; `chain` where its template is one."""
        join = created.join_url
        return cls(
            id=created.id,
            topic=one_line(created.topic),
            join_url=join,
            host_url=host_link(join, created.id) if join else None,
            sent=sent,
            defaults=[f"{k}: {v}" for k, v in _DEFAULTS.items() if k not in sent],
            chain=Chain.of(created.chain) if created.chain else None,
            next_step=" ".join(_next_steps(created, sent, chain=chain)) or None,
            recovered=created.recovered,
        )

    def text(self) -> str:
        """Say what now exists."""
        again = "Its answer was lost; this session was found instead, do not create it again."
        return lines(
            f"Session {self.id} {quote_whole(self.topic)} is open.",
            again if self.recovered else None,
            f"Join link for participants: {self.join_url}" if self.join_url else None,
            f"Link for the host: {self.host_url}" if self.host_url else None,
            f"Set: {', '.join(self.sent)}.",
            f"Not set, so: {'; '.join(self.defaults)}." if self.defaults else None,
            self.chain.line() if self.chain else None,
            self.next_step,
            "It cannot be closed or deleted here, only in the Harmonica web app.",
        )

    def with_qr(self) -> Self:
        """The same, with its join link as an image besides."""
        self._qr = True
        return self

    def to_mcp(self, state: str | None = None) -> CallToolResult:
        """Both forms, and the image where it was asked for."""
        answer = super().to_mcp(state)
        link = cast("dict[str, Any]", answer.structured_content).get("join_url")
        if not self._qr or not link:
            return answer
        # Imported where used: few ask for it, and every host waits for the start.
        from harmonica_mcp.server.qr import qr_code  # noqa: PLC0415

        return answer.model_copy(update={"content": [*answer.content, qr_code(link)]})


def _next_steps(created: CreatedSession, sent: list[str], *, chain: bool) -> Iterator[str]:
    if created.recovered:
        yield _LINK
    single = created.chain is None or created.chain.status == "noop"
    if created.chain is None and chain:
        yield _UNTOLD
    elif "template_id" in sent and "prompt" not in sent and single:
        yield OWN_PROMPT


async def _sends(
    api: Api,
    template: str | None,
    telegram_groups: list[str] | None,
    roster: list[Member] | None,
) -> list[Question]:
    people = [member.to_api() for member in roster or []]
    mails = await effects.writes_to(api, template, people)
    return [*mails, *await effects.announces(api, telegram_groups)]


@sessions.tool(
    "Create session",
    [CREATE_SESSION],
    lookups=[SEARCH, *NAMES],
    risks=(Risk.SENDS,),
    asks=_sends,
)
async def create_session(
    api: Api,
    topic: Annotated[str, Field(description="What it is about; participants see it")],
    goal: Annotated[str, Field(description="What it should lead to")],
    context: Background = None,
    critical: Critical = None,
    prompt: Annotated[
        str | None, Field(description="The facilitator's instructions; composed when left out")
    ] = None,
    questions: Questions = None,
    results_visibility: Results = None,
    cross_pollination: CrossPollination = None,
    widgets_enabled: Widgets = None,
    template: TemplateRef | None = None,
    project: ProjectRef | None = None,
    telegram_groups: Groups = None,
    roster: Annotated[
        list[Member] | None, Field(description="For chain templates with roles")
    ] = None,
    qr: Annotated[bool, Field(description="Join link as QR image too")] = False,
) -> SessionCreated:
    """Create a session and open it at once; returns the link for participants.

    There is no draft and no way to delete it: agree on topic and goal with your user first. Takes
    up to two minutes. Never repeat it after an error that says it may have taken effect.
    """
    groups = await find_groups(api, telegram_groups) if telegram_groups else None
    members = [member.to_api() for member in roster or []]
    template_id, chain = await _to_use(api, template, members) if template else (None, False)
    more: dict[str, Any] = given(
        context=context,
        critical=critical,
        prompt=prompt,
        questions=questions and [question.to_api() for question in questions],
        results_visibility=results_visibility,
        cross_pollination=cross_pollination,
        widgets_enabled=widgets_enabled,
        template_id=template_id,
        project_id=await find_project(api, project) if project else None,
        distribution=announced_in(groups),
        roster=None if roster is None else members,
    )
    created = await api.sessions.create(topic, goal, **NewSession(**more))
    made = SessionCreated.of(created, ["topic", "goal", *more], chain=chain)
    return made.with_qr() if qr else made


async def _to_use(
    api: HarmonicaClient, text: str, roster: Sequence[RosterMember]
) -> tuple[str, bool]:
    """The id of a template, and whether it is a chain."""
    found, template = await look_up_template(api, text)
    effects.check_roles(template, roster)
    return found, template is not None and template.template_type == "chain"
