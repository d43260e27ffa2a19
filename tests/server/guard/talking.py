"""People who talk in a session, and what they are called."""

from harmonica_mcp.sandbox.state import Session, Thread
from tests.server.clock import NOON
from tests.server.people import People
from tests.server.wire import Stage


def talks_of(session: Session, *names: str | None, said: str = "More light.") -> list[Thread]:
    """Only these people take part, and say this."""
    session.threads.clear()
    people = People(session)
    for name in names:
        thread = people.join(name, NOON, 1)
        thread.messages[3].content = said
    return session.threads


async def shown_of(stage: Stage, session: Session) -> list[str]:
    """What the participants of a session are called, in the order in which they joined."""
    async with stage.connect() as wire:
        status = await wire.call("get_session_status", session_id=session.id)
    return sorted(person["name"] for person in status.data["people"])
