"""Taking part: joining with answers to the pre-session questions, and talking."""

from . import facilitator, javascript, threads
from .answers import Answer, ServerFault, invalid
from .call import Call
from .facilitator import Reply
from .state import BEGIN_TURN, CONTEXT_TURN, Session, Thread

LONGEST = 10_000
_NO_ACCESS = "You need editor access to this session"


def chat(call: Call) -> Answer:
    """Store one participant's turn, then the facilitator's answer to it; a repeat adds both."""
    session = call.session("editor", _NO_ACCESS)
    body = call.body()
    content = content_of(body)
    participant_id, name = _participant(body)
    require_active(session)
    thread = session.thread_of(participant_id) or _join(call, session, participant_id, name)
    said = threads.say(call.tenant, session, thread, "user", content, call.now())
    call.happened("turn stored", said)

    def work() -> Answer:
        now = call.now()
        return _answered(call, session, thread, facilitator.reply(session, thread, content, now))

    return call.in_time(work)


def join(call: Call) -> Answer:
    """Join once, with answers as context, and get the opening; 201, against the document."""
    session = call.session("editor", _NO_ACCESS)
    body = call.body()
    participant_id, name = _participant(body)
    answers = javascript.as_list(body.get("answers"))
    if answers is None:
        raise invalid("answers must be an array")
    require_active(session)
    if session.thread_of(participant_id):
        raise invalid("Participant already joined this session")
    thread = _join(call, session, participant_id, name)
    # Too late on purpose: the participant exists by now, so a repeat finds them joined already.
    if None in answers:
        raise ServerFault
    # Only answers make a context turn: this is what lets the end come a turn earlier with them.
    told = [_told(session, answer) for answer in answers]
    if told:
        pairs = "; ".join(f"{label}: {text}" for label, text in told)
        context = f"{CONTEXT_TURN}\n{pairs}"
        threads.say(call.tenant, session, thread, "user", context, call.now())
    threads.say(call.tenant, session, thread, "user", BEGIN_TURN, call.now())

    def work() -> Answer:
        opening = facilitator.opening(session, thread, [text for _, text in told])
        return _answered(call, session, thread, opening, status=201)

    return call.in_time(work)


def content_of(body: dict[str, object]) -> str:
    """Take a turn's words: not blank, at most 10,000 UTF-16 units before trimming."""
    content = body.get("content")
    if not isinstance(content, str) or not javascript.trim(content):
        raise invalid("content is required and must be a non-empty string")
    if javascript.units(content) > LONGEST:
        raise invalid("content must be 10000 characters or less")
    return javascript.trim(content)


def require_active(session: Session) -> None:
    """Refuse words for a session that the host has completed."""
    if session.status != "active":
        raise invalid("Session is not active")


def _join(call: Call, session: Session, participant_id: str, name: str) -> Thread:
    call.happened("joined")
    return threads.start(call.tenant, session, participant_id, name, call.now())


def _participant(body: dict[str, object]) -> tuple[str, str]:
    values: list[str] = []
    for field in ("participant_id", "participant_name"):
        value = body.get(field)
        if not isinstance(value, str) or not value:
            raise invalid(f"{field} is required")
        values.append(value)
    return javascript.without_nul(values[0]), javascript.without_nul(values[1])


def _told(session: Session, answer: object) -> tuple[str, str]:
    fields = javascript.as_object(answer) or {}
    identity = fields.get("question_id", "undefined")
    labels = {question.id: javascript.shown(question.text) for question in session.questions}
    label = labels.get(identity) if isinstance(identity, str) else None
    text = javascript.shown(fields.get("answer", "undefined"))
    return label or javascript.shown(identity), text


def _answered(
    call: Call, session: Session, thread: Thread, reply: Reply, status: int = 200
) -> Answer:
    if call.fault and call.fault.apology:
        reply = Reply(facilitator.APOLOGY)
    if call.fault and call.fault.empty_reply:
        reply = Reply("")
    threads.say(call.tenant, session, thread, "assistant", reply.content, call.now())
    call.happened("reply stored")
    thread.finished = thread.finished or reply.is_final
    message: dict[str, object] = {
        "role": "assistant",
        "content": reply.content,
        "is_final": reply.is_final,
    }
    if reply.widget:
        message["widget_spec"] = reply.widget
    return Answer(status, {"message": message, "thread_id": thread.id})
