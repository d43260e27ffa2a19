"""What a project shows the public: its sensemaking topic, and drafts for an unconference."""

import re
from collections.abc import Callable

from . import javascript, projects, words
from .answers import Answer, Refusal, invalid
from .call import Call
from .records import Project, Topic

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = {"title": 200, "description": 500, "intro": 2000, "theme": 200}
_MOST_ANSWERS = 10
_LONGEST_TOPIC = 240
_LONGEST_BODY = 10_000


def get_topic(call: Call) -> Answer:
    """Read a project's public topic; null when there never was one."""
    project = projects.of_path(call, "editor")
    return Answer(200, {"data": project.topic.json(project.id) if project.topic else None})


def update_topic(call: Call) -> Answer:
    """Write and publish or withdraw the topic; publishing makes it public to anyone.

    A slug belongs to one project of the whole sandbox; a second one gets 409.
    """
    project = projects.of_path(call, "editor")
    body = call.body()
    fields = {name: _FIELDS[name](name, body[name]) for name in _FIELDS if name in body}
    # Across tenants, since the page's address is one for all.
    _refuse_taken(call, project, fields.get("slug"))
    topic = project.topic or Topic(call.now())
    enabled = _flag(body, "enabled", default=topic.enabled)
    if enabled and not (topic.fields | fields).get("slug"):
        raise invalid("A slug is required to publish")
    topic.reasoning_lens = _flag(body, "reasoningLensEnabled", default=topic.reasoning_lens)
    _flag(body, "knowledgeStatementsEnabled", default=False)
    topic.fields |= fields
    topic.enabled = enabled
    project.topic = topic
    if enabled:
        publish(call, project, topic)
    call.happened("topic updated")
    return Answer(200, {"data": topic.json(project.id)})


def publish(call: Call, project: Project, topic: Topic) -> None:
    """Build the snapshot from what was said in the project's sessions."""
    sessions = [call.tenant.sessions[each] for each in project.session_ids]
    said = [saying for session in sessions for saying in words.said_in(session)]
    topic.counts = (len(words.themes(said)), len(said), len({each.name for each in said}))
    topic.computed_at = call.now()
    call.happened("topic published")


def _refuse_taken(call: Call, project: Project, slug: object) -> None:
    tenants = call.world.tenants.values()
    topics = (
        each.topic
        for tenant in tenants
        for each in tenant.projects.values()
        if each is not project and each.status != "deleted"
    )
    if slug and any(topic and topic.fields.get("slug") == slug for topic in topics):
        raise Refusal(409, "conflict", "This slug is already taken")


def _flag(body: dict[str, object], name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise invalid(f"{name} must be true or false")
    return value


def _text(name: str, value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    if value and len(value) > _LONGEST[name]:
        raise invalid(f"{name} must be {_LONGEST[name]} characters or less")
    return value or None


def _slug(name: str, value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise invalid(f"{name} must be lowercase words separated by single hyphens")
    return value


def _faq(name: str, value: object) -> object:
    if value is None:
        return None
    items = javascript.as_list(value)
    pairs = [_pair(each) for each in items or []]
    if items is None or None in pairs:
        raise invalid(f"{name} must be a list of questions and answers (q, a)")
    if len(pairs) > _MOST_ANSWERS:
        raise invalid(f"{name} takes at most {_MOST_ANSWERS} entries")
    return pairs


def _pair(value: object) -> dict[str, object] | None:
    fields = javascript.as_object(value) or {}
    pair = {name: fields.get(name) for name in ("q", "a")}
    return pair if all(isinstance(text, str) for text in pair.values()) else None


_FIELDS: dict[str, Callable[[str, object], object]] = {
    "slug": _slug,
    "faq": _faq,
    **dict.fromkeys(_LONGEST, _text),
}


def create_unconference_topic(call: Call) -> Answer:
    """Draft a topic in a project of the unconference kind (api.md §4.9)."""
    project = projects.of_path(call, "editor")
    body = call.body()
    title = body.get("title")
    if not isinstance(title, str) or not javascript.trim(title):
        raise invalid("title is required")
    if len(javascript.trim(title)) > _LONGEST_TOPIC:
        raise invalid(f"title must be {_LONGEST_TOPIC} characters or less")
    text = body.get("body", "")
    if not isinstance(text, str) or len(text) > _LONGEST_BODY:
        raise invalid(f"body must be a string of {_LONGEST_BODY} characters or less")
    if not project.unconference:
        raise invalid("Project is not an unconference")
    call.happened("topic drafted")
    ids = {"itemId": call.tenant.ids.uuid(), "topicId": call.tenant.ids.uuid()}
    return Answer(201, ids | {"status": "draft"})
