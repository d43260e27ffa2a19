"""What anyone can open without a key: join links, published topics, and open sessions."""

import html

from starlette.requests import Request

from . import arrival
from .answers import Answer, forbidden, no_such_route, page
from .call import Call, World
from .sessions import searched

_TOPIC_PATH = "/t/"


def find(world: World, request: Request) -> Answer | None:
    """Answer a join link or a published topic's page; anything else is not a page."""
    path = arrival.path(request)
    if path == "/chat":
        return _join_page(world, arrival.query(request).get("s", ""))
    if path.startswith(_TOPIC_PATH):
        return _topic_page(world, path.removeprefix(_TOPIC_PATH))
    return None


def _join_page(world: World, identity: str) -> Answer:
    for tenant in world.tenants.values():
        if session := tenant.sessions.get(identity):
            return page(200, html.escape(session.topic), html.escape(session.goal))
    return no_such_route()


def _topic_page(world: World, slug: str) -> Answer:
    for tenant in world.tenants.values():
        for project in tenant.projects.values():
            topic = project.topic
            if topic and topic.enabled and topic.fields.get("slug") == slug:
                title = html.escape(str(topic.fields.get("title") or project.title))
                return page(200, title, html.escape(str(topic.fields.get("intro") or "")))
    return no_such_route()


def list_public(call: Call) -> Answer:
    """List open sessions of the public community; production does not offer this."""
    if not call.world.public_sessions:
        raise forbidden()
    limit, offset = call.page()
    sessions = call.tenant.sessions.values()
    open_ones = [each for each in sessions if each.listed and each.status == "active"]
    found = [each for each in open_ones if searched(call, each)]
    shown = [each.item() | {"join_url": call.world.join_url(each)} for each in found]
    pagination = {"total": len(found), "limit": limit, "offset": offset}
    return Answer(200, {"data": shown[offset : offset + limit], "pagination": pagination})
