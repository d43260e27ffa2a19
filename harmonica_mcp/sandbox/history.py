"""Versions of a session's design fields."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from .answers import Answer
from .basics import stamp
from .call import Call
from .records import Origin, Revision
from .state import Session, Tenant

_TRACKED = frozenset(
    {
        *("topic", "goal", "context", "critical", "prompt", "prompt_summary"),
        *("summary_prompt", "welcome_message", "meta_description"),
    }
)


def note(
    tenant: Tenant, session: Session, fields: Mapping[str, object], source: Origin, at: datetime
) -> None:
    """Keep the new values of tracked fields; what holds no text is no version."""
    for name, value in fields.items():
        if name in _TRACKED and isinstance(value, str) and value:
            identity = tenant.ids.uuid()
            revision = Revision(identity, name, value, source, at, tenant.user_id)
            session.revisions.append(revision)


def origin(changes: Mapping[str, object]) -> Origin:
    """Tell from what is saved together where a new prompt came from."""
    if "prompt" not in changes:
        return "manual_edit"
    if "template_id" in changes:
        return "template_switch"
    return "brief_drift_cascade" if "prompt_generated_from" in changes else "manual_edit"


def get_edit_history(call: Call) -> Answer:
    """List versions, newest first; the counts are per field and not narrowed by `field`."""
    session = call.session("editor")
    wanted = call.query.get("field")
    newest_first = session.revisions[::-1]
    shown = [each.json() for each in newest_first if wanted in (None, "", each.field)]
    counts = Counter(each.field for each in session.revisions)
    last = {each.field: stamp(each.created_at) for each in session.revisions}
    told = {name: {"count": counts[name], "last_edited": last[name]} for name in counts}
    return Answer(200, {"revisions": shown, "counts": told})
