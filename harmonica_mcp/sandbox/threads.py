"""Adding to conversations: who joins, who says what, under which ids."""

from datetime import datetime

from .state import Message, Role, Session, Tenant, Thread


def start(tenant: Tenant, session: Session, participant_id: str, name: str, at: datetime) -> Thread:
    """Open a participant's thread; its row id is not the participant id."""
    thread = Thread(tenant.ids.uuid(), tenant.ids.uuid(), participant_id, name, at)
    session.threads.append(thread)
    return thread


def say(
    tenant: Tenant, session: Session, thread: Thread, role: Role, content: str, at: datetime
) -> bool:
    """Add a message to a thread; one with NUL is lost without a word, as observed."""
    if "\0" in content:
        return False
    identity = tenant.ids.short("msg_") if session.id.startswith("hst_") else tenant.ids.uuid()
    thread.messages.append(Message(identity, role, content, at))
    return True
