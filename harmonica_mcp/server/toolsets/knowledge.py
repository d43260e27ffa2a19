"""Toolset `knowledge`: decisions, actions, tensions, claims; grounded quotes and their price."""

from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.knowledge import (
    EXTRACT_KNOWLEDGE,
    GET_GROUNDING,
    GROUND,
    Grounding,
    SessionKnowledge,
)
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import Record, fence
from harmonica_mcp.server.references import SEARCH, SessionId, SessionRef, find_session
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, lines
from harmonica_mcp.server.view import RESULTS

knowledge = Toolset(
    "knowledge",
    "decisions, actions, tensions, claims and grounded quotes",
    [
        "`ground_responses` costs money: show the price of `preview_grounding` first.",
    ],
)


class Finding(BaseModel):
    """One thing that a session established."""

    kind: str = Field(description="decision, action, tension, or a claim's category")
    words: str
    more_words: list[str] | None = Field(default=None, description="Summary, sides, owner, due")
    evidence: list[str] = Field(description="Message ids, see get_responses")
    phase: str | None = None
    strength: float | None = None


class Findings(Result):
    """What a session established."""

    session_id: str
    extracted: bool
    reason_words: str | None = None
    findings: list[Finding]
    gaps_words: list[str]

    def text(self) -> str:
        """List the findings in a fence."""
        if not self.extracted:
            return lines(
                f"Nothing was extracted from session {self.session_id}:",
                fence([Record("reason", self.reason_words or "none given")]),
            )
        records = [
            Record(_label(f), " — ".join([f.words, *(f.more_words or [])])) for f in self.findings
        ]
        gaps = [Record("gap", gap) for gap in self.gaps_words]
        return lines(
            f"Knowledge of session {self.session_id}. Keep it: it cannot be read again here.",
            fence(records + gaps),
        )


def _label(finding: Finding) -> str:
    phase = f", phase {finding.phase}" if finding.phase else ""
    strength = f", strength {finding.strength:g}" if finding.strength is not None else ""
    evidence = f" [{', '.join(finding.evidence)}]" if finding.evidence else ""
    return f"{finding.kind}{phase}{strength}{evidence}"


def _findings(found: SessionKnowledge) -> list[Finding]:
    return [
        *(
            Finding(
                kind="decision",
                words=d.label,
                more_words=[d.summary],
                evidence=d.evidence,
                phase=d.phase,
            )
            for d in found.decisions
        ),
        *(
            Finding(
                kind="action",
                words=a.description,
                more_words=[f"{n}: {v}" for n, v in (("owner", a.owner), ("due", a.due)) if v],
                evidence=a.evidence,
            )
            for a in found.actions
        ),
        *(
            Finding(kind="tension", words=t.summary, more_words=t.sides, evidence=t.evidence)
            for t in found.tensions
        ),
        *(
            Finding(
                kind=c.category,
                words=c.text,
                evidence=c.evidence,
                phase=c.phase,
                strength=c.strength,
            )
            for c in found.claims
        ),
    ]


@knowledge.tool("Extract knowledge", [EXTRACT_KNOWLEDGE], view=RESULTS)
async def extract_knowledge(api: Api, progress: Reporter, session_id: SessionId) -> Findings:
    """Extract a session's decisions, actions, tensions and claims with message ids as evidence.

    Needs a summary and a paid plan, costs model time, takes up to three minutes. The result cannot
    be read again: keep it.
    """
    session = id_of(session_id)
    await progress.tell("Harmonica extracts the knowledge, which can take minutes")
    outcome = await api.knowledge.extract(session)
    found = outcome.knowledge
    return Findings(
        session_id=session,
        extracted=found is not None,
        reason_words=outcome.reason,
        findings=_findings(found) if found else [],
        gaps_words=found.gaps if found else [],
    )


class GroundingPrice(Result):
    """What grounding would cost now."""

    session_id: str
    responses: int
    grounded: int
    ungrounded: int
    cost_cents: int

    def text(self) -> str:
        """Name the price."""
        return (
            f"Session {self.session_id}: {self.grounded} of {self.responses} responses are "
            f"grounded; grounding the other {self.ungrounded} costs {self.cost_cents} US cents, "
            "charged to the session's owner."
        )


@knowledge.tool("Preview grounding", [GET_GROUNDING], lookups=[SEARCH], reads=True)
async def preview_grounding(api: Api, session_id: SessionRef) -> GroundingPrice:
    """Tell what grounding a session's quotes would cost; does nothing and costs nothing."""
    session = await find_session(api, session_id)
    price = await api.knowledge.price(session)
    return GroundingPrice(
        session_id=session,
        responses=price.total,
        grounded=price.grounded,
        ungrounded=price.ungrounded,
        cost_cents=price.cost_cents,
    )


class GroundingDone(Result):
    """What grounding did and cost."""

    session_id: str
    grounded: int
    attempted: int | None = None
    promised_cents: int
    charged_cents: int | None = Field(default=None, description="Absent when it is not known")
    balance_cents: int | None = None
    charge_failed: bool
    recovered: bool

    @classmethod
    def of(cls, session: str, promised: int, done: Grounding) -> "GroundingDone":
        """Compare what was charged with what was promised."""
        nothing_done = not done.grounded and not done.recovered
        return cls(
            session_id=session,
            grounded=done.grounded,
            attempted=done.attempted,
            promised_cents=promised,
            charged_cents=0 if nothing_done else done.charged_cents,
            balance_cents=done.balance_after,
            charge_failed=done.charge_failed,
            recovered=done.recovered,
        )

    def text(self) -> str:
        """Account for the money."""
        charged = "an unknown number of" if self.charged_cents is None else str(self.charged_cents)
        tried = f" of {self.attempted} tried" if self.attempted is not None else ""
        more = (self.charged_cents or 0) > self.promised_cents
        return lines(
            f"Session {self.session_id}: {count(self.grounded, 'response')}{tried} grounded; "
            f"charged {charged} US cents, {self.promised_cents} were promised.",
            "More was charged than promised: responses came in between. Tell your user."
            if more
            else None,
            "The charge failed; the quotes are kept." if self.charge_failed else None,
            f"The owner's balance is {self.balance_cents} US cents."
            if self.balance_cents is not None
            else None,
            "The answer was lost; the numbers before and after were compared, nothing was repeated."
            if self.recovered
            else None,
        )


async def _charges(api: Api, session_id: str, max_cents: int) -> list[Question]:
    session = id_of(session_id)
    price = await api.knowledge.price(session)
    if not 0 < price.cost_cents <= max_cents:
        return []
    effect = (
        f"Grounding {count(price.ungrounded, 'response')} of session {session} charges its owner "
        f"{price.cost_cents} US cents; Harmonica does not tell their balance beforehand."
    )
    return [Question(Risk.SPENDS, effect)]


@knowledge.tool(
    "Ground responses",
    [GROUND],
    lookups=[GET_GROUNDING],
    risks=(Risk.SPENDS,),
    asks=_charges,
)
async def ground_responses(
    api: Api,
    progress: Reporter,
    session_id: SessionId,
    max_cents: Annotated[int, Field(description="The most that may be charged, in US cents", ge=0)],
) -> GroundingDone:
    """Extract verbatim quotes as evidence. COSTS MONEY: 10 US cents per response, from the owner.

    Reads the price first and refuses above max_cents. Ask your user for the amount.
    """
    session = id_of(session_id)
    price = await api.knowledge.price(session)
    if price.cost_cents > max_cents:
        raise InvalidInput(
            f"Grounding {count(price.ungrounded, 'response')} costs {price.cost_cents} US cents, "
            f"more than max_cents {max_cents}; nothing was done or charged."
        )
    await progress.tell("Harmonica extracts quotes")
    done = await api.knowledge.ground(session, before=price)
    return GroundingDone.of(session, price.cost_cents, done)
