"""What creating or changing a session shows, sends or takes away: what the user is asked first."""

from collections.abc import Sequence

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import RosterMember, Session, Visibility
from harmonica_mcp.client.telegram import TelegramGroup
from harmonica_mcp.client.templates import Template
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.naming import look_up_groups, look_up_template
from harmonica_mcp.server.result import count

_SHOWN = 5
_SHORT = 80
_BEGINNING = 200


async def widens(
    api: HarmonicaClient, session: str, visibility: Visibility | None
) -> list[Question]:
    """Words of people that become visible to others."""
    # The present visibility cannot be read, so any value but `host` counts as wider.
    if visibility in (None, "host"):
        return []
    people = await api.responses.list(session, mode="list")
    if not people:
        return []
    whom = "the participants" if visibility == "participants" else "anyone"
    effect = (
        f"What {count(len(people), 'person')} said in session {session} becomes visible to {whom}."
    )
    return [Question(Risk.PUBLISHES, effect)]


def loses_prompt(before: Session, prompt: str | None) -> list[Question]:
    """The prompt that another one is put in place of; None is one that is yet to be composed."""
    old = before.prompt
    if not old or (prompt is not None and prompt.strip() == old.strip()):
        return []
    effect = (
        f"The prompt of session {quote(before.topic)} is replaced for later conversations; the "
        f"edit history keeps the present one: {quote(old, _BEGINNING)}."
    )
    return [Question(Risk.REPLACES, effect, _named(before))]


async def loses_questions(api: HarmonicaClient, before: Session) -> list[Question]:
    """The questions that others are put in place of."""
    old = [question.text for question in await api.sessions.questions(before.id)]
    if not old:
        return []
    effect = (
        f"{count(len(old), 'question')} of session {quote(before.topic)} are lost: {_some(old)}."
    )
    return [Question(Risk.REPLACES, effect, _named(before))]


def loses_groups(before: Session) -> Question:
    """The groups that others are put in place of; no read tells whether there are any."""
    effect = (
        f"The Telegram groups that session {quote(before.topic)} may have now are replaced; "
        "Harmonica does not tell which."
    )
    return Question(Risk.REPLACES, effect, _named(before))


async def announces(api: HarmonicaClient, texts: Sequence[str] | None) -> list[Question]:
    """The announcement in Telegram groups."""
    groups = await look_up_groups(api, texts) if texts else []
    return [
        Question(
            Risk.SENDS,
            f"The session is announced to everybody in the Telegram group {quote(_group(group))}.",
            _group(group),
        )
        for group in groups
    ]


async def writes_to(
    api: HarmonicaClient, template: str | None, roster: Sequence[RosterMember]
) -> list[Question]:
    """The e-mails to a chain's people, one for each step in which somebody has a role."""
    if not template or not roster:
        return []
    _, found = await look_up_template(api, template)
    if found and found.template_type != "chain":
        return []
    check_roles(found, roster)
    mails = count(sum(len(each.get("rolesByStep", {})) or 1 for each in roster), "e-mail")
    effect = (
        f"{count(len(roster), 'person')} of the roster get {mails} by their roles, each when the "
        f"step opens: {_some([each['email'] for each in roster])}."
    )
    return [Question(Risk.SENDS, effect, mails)]


def check_roles(template: Template | None, roster: Sequence[RosterMember]) -> None:
    """Refuse a roster with which a chain could not start: the plain session would stay.

    Raises:
        InvalidInput: Its steps have roles, and nobody is named for them, or somebody for another.
    """
    steps = template.chain_config.steps if template and template.chain_config else []
    # What a role does in a step that names none is not known: it is left to Harmonica.
    free = {f"step {n}" for n, step in enumerate(steps) if not step.roles}
    roles = [f"step {n} {role.slug}" for n, step in enumerate(steps) for role in step.roles]
    if roles and not roster:
        raise InvalidInput(
            f"This chain needs a roster with its roles: {', '.join(roles)}. Nothing was sent."
        )
    named = [
        f"step {n} {role}"
        for each in roster
        for n, role in each.get("rolesByStep", {}).items()
        if f"step {n}" not in free
    ]
    if roles and (unknown := [one_line(role, _SHORT) for role in named if role not in roles]):
        raise InvalidInput(
            f"The chain has no {', '.join(unknown)}; its roles are {', '.join(roles)}. Nothing "
            "was sent."
        )


def _named(session: Session) -> str:
    return one_line(session.topic) or session.id


def _group(group: TelegramGroup) -> str:
    return one_line(group.group_name or "") or group.group_id


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(quote(text, _SHORT) for text in texts[:_SHOWN]) + more
