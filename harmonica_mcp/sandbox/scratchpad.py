"""The running map of themes that cross-pollination draws on, built batch by batch."""

from . import javascript, words
from .answers import Answer, invalid
from .call import Call
from .state import Message, Session

BATCH = 4
BATCHES_PER_CALL = 2
_MODES = ("seed", "update", "status")


def scratchpad(call: Call) -> Answer:
    """Seed, update or inspect the scratchpad; only counts are ever told (api.md §4.3).

    A call works through two batches of four messages and then answers `partial`; what it did is
    kept. `batches_total` counts what remained when the call began, as the document has it.
    """
    session = call.session("editor")
    mode = _mode(call)
    if not session.settings.get("cross_pollination"):
        raise invalid("Cross-pollination is not enabled for this session")
    pad = session.scratchpad
    if mode == "status":
        state = "exists" if pad.processed else "empty"
        return Answer(200, _counts(session, state, 0, _batches(_remaining(session))))
    # A seed that was interrupted resumes; one that was finished starts afresh.
    if mode == "seed" and pad.complete:
        pad.processed.clear()
    return Answer(200, _work(call, session))


def _mode(call: Call) -> str:
    body = javascript.as_object(javascript.parse(call.raw)) if call.raw else None
    mode = (body or {}).get("mode", "seed")
    if mode not in _MODES:
        raise invalid(f"mode must be one of: {', '.join(_MODES)}")
    return str(mode)


def _work(call: Call, session: Session) -> dict[str, object]:
    remaining = _remaining(session)
    total = _batches(remaining)
    if not total and not session.scratchpad.processed:
        return _counts(session, "no_data", 0, 0)
    done = min(total, BATCHES_PER_CALL)
    session.scratchpad.processed += [each.id for each in remaining[: done * BATCH]]
    session.scratchpad.complete = done == total
    call.happened("scratchpad batch", done)
    return _counts(session, "completed" if done == total else "partial", done, total)


def _remaining(session: Session) -> list[Message]:
    processed = set(session.scratchpad.processed)
    spoken = [message for thread in session.threads for message in thread.spoken()]
    return [message for message in spoken if message.id not in processed]


def _batches(messages: list[Message]) -> int:
    return -(-len(messages) // BATCH)


def _counts(session: Session, status: str, done: int, total: int) -> dict[str, object]:
    processed = set(session.scratchpad.processed)
    said = [each for each in words.said_in(session) if each.message_id in processed]
    return {
        "status": status,
        "themes": len(words.themes(said, limit=50)),
        "participants": len({each.name for each in said}),
        "batches_processed": done,
        "batches_total": total,
    }
