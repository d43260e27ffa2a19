"""Knowledge: decisions, actions, tensions and claims with evidence; and grounded quotes."""

from pydantic import Field

from harmonica_mcp.client import errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model
from harmonica_mcp.client._operation import LONG_MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http

EXTRACT_KNOWLEDGE = Operation("POST", "/sessions/{id}/knowledge", Retry.ONCE, LONG_MODEL)
GET_GROUNDING = Operation("GET", "/sessions/{id}/grounding", Retry.READ)
GROUND = Operation("POST", "/sessions/{id}/grounding", Retry.ONCE, LONG_MODEL)


class Decision(Model):
    """Something that was decided; `evidence` holds message ids."""

    label: str = ""
    summary: str = ""
    evidence: list[str] = Field(default_factory=list[str])
    phase: str | None = None


class Action(Model):
    """Something to do."""

    description: str = ""
    owner: str | None = None
    due: str | None = None
    evidence: list[str] = Field(default_factory=list[str])


class Tension(Model):
    """A disagreement and its sides."""

    summary: str = ""
    sides: list[str] = Field(default_factory=list[str])
    evidence: list[str] = Field(default_factory=list[str])


class Claim(Model):
    """A statement of some category, an open set."""

    category: str = ""
    text: str = ""
    evidence: list[str] = Field(default_factory=list[str])
    phase: str | None = None
    strength: float | None = None


class KnowledgeMetadata(Model):
    """How the knowledge was made; the unit of the time is not documented."""

    generated_at: float | None = Field(default=None, alias="generatedAt")
    model: str = ""
    version: int | None = None


class SessionKnowledge(Model):
    """What a session established."""

    decisions: list[Decision] = Field(default_factory=list[Decision])
    actions: list[Action] = Field(default_factory=list[Action])
    tensions: list[Tension] = Field(default_factory=list[Tension])
    claims: list[Claim] = Field(default_factory=list[Claim])
    gaps: list[str] = Field(default_factory=list[str])
    metadata: KnowledgeMetadata = KnowledgeMetadata()


class Extraction(Model):
    """The outcome of an extraction. Keep it: there is no operation that reads it again."""

    status: str = Field(description="generated or skipped.")
    knowledge: SessionKnowledge | None = None
    reason: str | None = None


class Price(Model):
    """What grounding would cost now."""

    # Without defaults: an answer that does not say what it costs must not read as "nothing".
    total: int
    grounded: int
    ungrounded: int
    cost_cents: int


class Grounding(Model):
    """What grounding did and charged, in US cents to the session's owner."""

    grounded: int
    attempted: int | None = None
    charged_cents: int | None = None
    balance_after: int | None = None
    charge_failed: bool = False
    message: str | None = None
    recovered: bool = Field(
        default=False, description="Counted after the answer was lost; the charge is not known."
    )


class Knowledge:
    """`client.knowledge`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def extract(self, session_id: str) -> Extraction:
        """Extract decisions, actions, tensions and claims; needs a summary and a paid plan.

        Takes up to three minutes. Sent once, and there is no operation that reads the result.

        Raises:
            Unsettled: The answer was lost: the knowledge may be saved, but cannot be read.
        """
        attempt = Attempt(self._http, EXTRACT_KNOWLEDGE)

        async def send() -> Extraction:
            answer = await self._http.request(EXTRACT_KNOWLEDGE, {"id": session_id})
            return answer.model(Extraction)

        return await attempt.settle_blind(
            send,
            errors.Unsettled(
                "Harmonica's answer was lost and knowledge cannot be read through its API: it may "
                "be saved on the session, visible in the web app; extracting again costs model "
                "time a second time.",
                check=str(EXTRACT_KNOWLEDGE),
            ),
        )

    async def price(self, session_id: str) -> Price:
        """What grounding all ungrounded responses would cost; costs nothing."""
        return (await self._http.request(GET_GROUNDING, {"id": session_id})).model(Price)

    async def ground(self, session_id: str, *, before: Price | None = None) -> Grounding:
        """Extract verbatim quotes for ungrounded responses: 10 US cents each, from the owner.

        Read `price` first; new responses may arrive in between. What is grounded already is free.
        Sent once; after a lost answer the numbers before and after are compared.

        Args:
            session_id: the session.
            before: its price as just read; read here when left out.

        Raises:
            PaymentRequired: The owner's balance is too low; nothing was done.
            Unsettled: The answer was lost and nothing more is grounded than before.
        """
        known = before or await self.price(session_id)
        attempt = Attempt(self._http, GROUND)

        async def send() -> Grounding:
            return (await self._http.request(GROUND, {"id": session_id})).model(Grounding)

        async def look() -> Grounding | None:
            now = await self.price(session_id)
            if now.grounded <= known.grounded:
                return None
            # What was charged is not told by any read.
            return Grounding(grounded=now.grounded - known.grounded, recovered=True)

        return await attempt.settle(
            send,
            look,
            errors.Unsettled(
                "Harmonica's answer was lost and nothing more is grounded yet, but it may still be "
                "under way and charged: do not repeat it, check with {check}.",
                check=str(GET_GROUNDING),
            ),
        )
