"""Telegram groups of the caller, as observed in observed.md §6."""

from .answers import Answer, ServerFault, invalid, not_found
from .call import Call
from .records import Group

_LARGEST_TOPIC = 2**31 - 1


def list_groups(call: Call) -> Answer:
    """List the groups, newest first."""
    groups = list(call.tenant.groups.values())
    groups.sort(key=lambda each: each.created_at, reverse=True)
    return Answer(200, {"data": [each.json() for each in groups]})


def register_group(call: Call) -> Answer:
    """Add or overwrite a group: 201 either way, and what is left out becomes null."""
    body = call.body()
    group_id = body.get("group_id")
    if group_id is None or (isinstance(group_id, str) and not group_id.strip()):
        raise invalid("group_id is required")
    if not isinstance(group_id, str):
        raise ServerFault
    known = call.tenant.groups.get(group_id)
    since = known.created_at if known else call.now()
    group = Group(group_id, body.get("group_name"), _topic_id(body), since)
    call.tenant.groups[group_id] = group
    call.happened("group registered")
    return Answer(201, group.json())


def _topic_id(body: dict[str, object]) -> int | None:
    value = body.get("topic_id")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_TOPIC:
        raise ServerFault
    return value


def unregister_group(call: Call) -> Answer:
    """Remove a group: 204 once, 404 after that."""
    if call.tenant.groups.pop(call.path["groupId"], None) is None:
        raise not_found("Telegram group not found")
    call.happened("group removed")
    return Answer(204)
