"""Toolset `helpers`: what create_session can be given by name."""

from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.telegram import LIST_GROUPS
from harmonica_mcp.client.templates import LIST_TEMPLATES, Template
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, lines

helpers = Toolset("helpers", "templates and groups to choose from")

_PAGE = 50


class RoleRow(BaseModel):
    """A role of a chain's step, as a roster names it."""

    step: int
    role: str


class TemplateRow(BaseModel):
    """A template in a list."""

    id: str
    title: str
    type: str
    description: str | None = None
    steps: int | None = None
    roles: list[RoleRow] | None = None

    @classmethod
    def of(cls, template: Template) -> "TemplateRow":
        """Choose what tells templates apart; the prompts stay out."""
        steps = template.chain_config.steps if template.chain_config else []
        roles = [RoleRow(step=n, role=r.slug) for n, step in enumerate(steps) for r in step.roles]
        return cls(
            id=template.id,
            title=one_line(template.title),
            type=template.template_type,
            description=one_line(template.description, 160) if template.description else None,
            steps=len(steps) or None,
            roles=roles or None,
        )

    def line(self) -> str:
        """Render one line of the list."""
        chain = f", {count(self.steps, 'step')}" if self.steps else ""
        told = f": {quote_whole(self.description)}" if self.description else ""
        roles = "; ".join(f"step {r.step} {r.role}" for r in self.roles or [])
        needs = f" (roles: {roles})" if roles else ""
        return f"- {self.id} {quote_whole(self.title)} ({self.type}{chain}){told}{needs}"


class TemplatePage(Result):
    """Templates."""

    templates: list[TemplateRow]
    left: int
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        if not self.templates:
            return "No template fits."
        head = f"{count(len(self.templates), 'template')}:"
        return lines(
            head, *(row.line() for row in self.templates), paging.more(self.left, self.next_cursor)
        )


@helpers.tool("List templates", [LIST_TEMPLATES], reads=True)
async def list_templates(
    api: Api,
    query: Annotated[str | None, Field(description="Part of title or description")] = None,
    cursor: paging.Cursor = None,
) -> TemplatePage:
    """List templates for sessions: id, title, type, and a chain's steps and roles."""
    (begin,) = paging.decode("list_templates", cursor)
    wanted = (query or "").casefold()
    fitting = [
        template
        for template in {item.id: item for item in await api.templates.list()}.values()
        if wanted in f"{template.title} {template.description or ''}".casefold()
    ]
    page = paging.cut("list_templates", fitting, begin, _PAGE)
    rows = list(map(TemplateRow.of, page.items))
    return TemplatePage(templates=rows, left=page.left, next_cursor=page.next_cursor)


class GroupRow(BaseModel):
    """A Telegram group."""

    group_id: str
    name: str | None = None
    topic_id: int | None = None


class TelegramGroups(Result):
    """The caller's Telegram groups."""

    groups: list[GroupRow]
    left: int
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        if not self.groups:
            return "No Telegram group is registered: the Harmonica bot's /setup in a group does it."
        rows = [
            f"- {g.group_id} {quote_whole(g.name or '')}"
            + (f" (topic {g.topic_id})" if g.topic_id is not None else "")
            for g in self.groups
        ]
        return lines(
            f"{count(len(rows), 'Telegram group')}:",
            *rows,
            paging.more(self.left, self.next_cursor),
        )


@helpers.tool("List Telegram groups", [LIST_GROUPS], reads=True)
async def list_telegram_groups(api: Api, cursor: paging.Cursor = None) -> TelegramGroups:
    """List the Telegram groups in which a session can be announced. Show your user all of them."""
    (begin,) = paging.decode("list_telegram_groups", cursor)
    known = {(group.group_id, group.topic_id): group for group in await api.telegram.list()}
    groups = [
        GroupRow(
            group_id=group.group_id,
            name=one_line(group.group_name) if group.group_name else None,
            topic_id=group.topic_id,
        )
        for group in known.values()
    ]
    page = paging.cut("list_telegram_groups", groups, begin, _PAGE)
    return TelegramGroups(groups=page.items, left=page.left, next_cursor=page.next_cursor)
