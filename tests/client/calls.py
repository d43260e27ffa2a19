"""Every call that the client can make, sparing and with all it takes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from harmonica_mcp import HarmonicaClient
from tests.client.ids import Ids

A_DAY = datetime(2023, 11, 1, 12, tzinfo=UTC)


Call = Callable[[HarmonicaClient, Ids], Awaitable[object]]


@dataclass(frozen=True)
class Example:
    """A call, and the operation that it is there for, in the document's words."""

    operation: str
    call: Call


EXAMPLES = [
    Example("GET /me", lambda c, _: c.account.me()),
    Example("GET /sessions", lambda c, _: c.sessions.list()),
    Example(
        "GET /sessions",
        lambda c, _: c.sessions.list(query="tea & co", status="active", limit=5, offset=1),
    ),
    Example("GET /sessions/public", lambda c, _: c.sessions.list_public(query="a", limit=5)),
    Example("POST /sessions", lambda c, _: c.sessions.create("Tea", "Choose.")),
    Example(
        "POST /sessions",
        lambda c, i: c.sessions.create(
            "Tea",
            "Choose.",
            context="An office.",
            critical="Four people.",
            prompt="Ask.",
            template_id=i.template,
            project_id=i.project,
            questions=[
                {"text": "Name?"},
                {"text": "Kind?", "type": "Options", "required": True, "options": ["A", "B"]},
            ],
            cross_pollination=True,
            widgets_enabled=True,
            results_visibility="participants",
            distribution=[{"channel": "telegram", "group_id": i.group}],
            roster=[{"email": "ann@example.org", "rolesByStep": {"0": "expert"}}],
        ),
    ),
    Example("GET /sessions/{id}", lambda c, i: c.sessions.get(i.session)),
    Example("GET /sessions/{id}", lambda c, i: c.sessions.get(i.briefed)),
    Example("PATCH /sessions/{id}", lambda c, i: c.sessions.update(i.session, topic="Coffee")),
    Example(
        "PATCH /sessions/{id}",
        lambda c, i: c.sessions.update(
            i.session,
            topic="Tea",
            goal="Choose.",
            context=None,
            critical="Four people.",
            prompt="Ask.",
            project_id=None,
            summary_prompt="Short.",
            prompt_summary="Asks.",
            prompt_generated_from={"topic": "Tea", "goal": "Choose."},
            cross_pollination=True,
            widgets_enabled=False,
            results_visibility="host",
            welcome_message="# Hello",
            meta_description="Tea.",
            intro_video_url=None,
            template_id=None,
            platform_guidelines_override=None,
            questions=[{"text": "Name?"}],
            distribution=[],
        ),
    ),
    Example("GET /sessions/{id}/questions", lambda c, i: c.sessions.questions(i.session)),
    Example("GET /sessions/{id}/responses", lambda c, i: c.responses.list(i.session)),
    Example(
        "GET /sessions/{id}/responses",
        lambda c, i: c.responses.list(
            i.session, name="a", joined_since=A_DAY, min_messages=1, mode="list"
        ),
    ),
    Example("POST /sessions/{id}/responses", lambda c, i: c.responses.add(i.session, "Green.")),
    Example(
        "POST /sessions/{id}/chat",
        lambda c, i: c.chat.send(i.session, "Green.", participant_name="Ann"),
    ),
    Example(
        "POST /sessions/{id}/chat/questions",
        lambda c, i: c.chat.join(
            i.session, [{"question_id": "0", "answer": "Ben"}], participant_name="Ben"
        ),
    ),
    Example("GET /sessions/{id}/summary", lambda c, i: c.results.summary(i.session)),
    Example("POST /sessions/{id}/summary", lambda c, i: c.results.generate_summary(i.session)),
    Example("GET /sessions/{id}/session-md", lambda c, i: c.results.brief(i.briefed)),
    Example("POST /sessions/{id}/scratchpad", lambda c, i: c.scratchpad.step(i.session)),
    Example("POST /sessions/{id}/scratchpad", lambda c, i: c.scratchpad.step(i.session, "status")),
    Example("POST /sessions/{id}/knowledge", lambda c, i: c.knowledge.extract(i.briefed)),
    Example("GET /sessions/{id}/grounding", lambda c, i: c.knowledge.price(i.session)),
    Example("POST /sessions/{id}/grounding", lambda c, i: c.knowledge.ground(i.session)),
    Example(
        "POST /sessions/{id}/regenerate-facilitation-prompt",
        lambda c, i: c.design.draft_prompt(i.session, template_id=i.template),
    ),
    Example(
        "POST /sessions/{id}/regenerate-welcome", lambda c, i: c.design.draft_welcome(i.session)
    ),
    Example(
        "GET /sessions/{id}/edit-history",
        lambda c, i: c.design.edit_history(i.session, field="goal"),
    ),
    Example(
        "GET /sessions/{id}/context-sources", lambda c, i: c.context.list("session", i.session)
    ),
    Example(
        "POST /sessions/{id}/context-sources/file",
        lambda c, i: c.context.add_file("session", i.session, "tea.md", b"# Tea", title="On tea"),
    ),
    Example(
        "POST /sessions/{id}/context-sources/session",
        lambda c, i: c.context.add_session("session", i.session, i.briefed, title="Before"),
    ),
    Example(
        "POST /sessions/{id}/context-sources/url",
        lambda c, i: c.context.add_url(i.session, "https://tea.example/", title="Tea"),
    ),
    Example(
        "POST /sessions/{id}/context-sources/mcp",
        lambda c, i: c.context.add_mcp(
            "session",
            i.session,
            "https://mcp.example/sse",
            "Search",
            bearer="secret-token",
            tool_allowlist=["search"],
        ),
    ),
    Example(
        "PATCH /sessions/{id}/context-sources/{source_id}",
        lambda c, i: c.context.update("session", i.session, i.source, title="Older", position=3),
    ),
    Example(
        "POST /sessions/{id}/context-sources/{source_id}/refresh",
        lambda c, i: c.context.refresh("session", i.session, i.source),
    ),
    Example(
        "DELETE /sessions/{id}/context-sources/{source_id}",
        lambda c, i: c.context.remove("session", i.session, i.source),
    ),
    Example("GET /projects", lambda c, _: c.projects.list(limit=5, offset=0)),
    Example("POST /projects", lambda c, _: c.projects.create("Office", "All about tea.")),
    Example("GET /projects/{id}", lambda c, i: c.projects.get(i.project)),
    Example(
        "PATCH /projects/{id}",
        lambda c, i: c.projects.update(i.project, title="Café", description=None),
    ),
    Example("GET /projects/{id}/sensemaking", lambda c, i: c.sensemaking.get(i.project)),
    Example("GET /projects/{id}/sensemaking", lambda c, i: c.sensemaking.get(i.conference)),
    Example(
        "PATCH /projects/{id}/sensemaking",
        lambda c, i: c.sensemaking.update(
            i.project,
            slug="tea-and-coffee",
            title="Tea",
            description="What we drink.",
            intro="Hello.",
            faq=[{"q": "Why?", "a": "Thirst."}],
            theme=None,
            enabled=True,
            reasoningLensEnabled=True,
            knowledgeStatementsEnabled=False,
        ),
    ),
    Example(
        "POST /projects/{id}/unconference/topics",
        lambda c, i: c.projects.add_topic(i.conference, "Kettles", "Which one?"),
    ),
    Example(
        "GET /projects/{id}/context-sources", lambda c, i: c.context.list("project", i.project)
    ),
    Example(
        "POST /projects/{id}/context-sources/file",
        lambda c, i: c.context.add_file("project", i.project, "tea.txt", b"Tea."),
    ),
    Example(
        "POST /projects/{id}/context-sources/session",
        lambda c, i: c.context.add_session("project", i.project, i.briefed),
    ),
    Example(
        "POST /projects/{id}/context-sources/mcp",
        lambda c, i: c.context.add_mcp("project", i.project, "https://mcp.example/sse", "Search"),
    ),
    Example(
        "PATCH /projects/{id}/context-sources/{source_id}",
        lambda c, i: c.context.update(
            "project", i.project, i.project_source, curation={"itemId": "i1", "status": "pinned"}
        ),
    ),
    Example(
        "POST /projects/{id}/context-sources/{source_id}/refresh",
        lambda c, i: c.context.refresh("project", i.project, i.project_source),
    ),
    Example(
        "DELETE /projects/{id}/context-sources/{source_id}",
        lambda c, i: c.context.remove("project", i.project, i.project_source),
    ),
    Example("GET /templates", lambda c, _: c.templates.list()),
    Example("POST /templates", lambda c, _: c.templates.create("Tea round")),
    Example(
        "POST /templates",
        lambda c, _: c.templates.create(
            "Tea chain",
            description="Two rounds.",
            icon="cup",
            facilitation_prompt="Ask.",
            default_session_name="Tea",
            default_goal="Choose.",
            default_critical="Four people.",
            default_context="An office.",
            is_public=False,
            template_type="chain",
            chain_config={
                "steps": [
                    {
                        "id": "one",
                        "title": "First",
                        "facilitation_prompt": "Ask.",
                        "context_mode": "none",
                        "roles": [{"slug": "expert", "label": "Expert", "weight": "lead"}],
                        "assignment_strategy": "explicit",
                        "completion_criteria": {"type": "quorum", "count": 3},
                    }
                ]
            },
            source_provenance={"spec_id": "tea", "spec_version": "1.0", "registry": "example"},
        ),
    ),
    Example("GET /templates/{id}", lambda c, i: c.templates.get(i.template)),
    Example(
        "PATCH /templates/{id}",
        lambda c, i: c.templates.update(i.template, title="Round", icon=None, force=True),
    ),
    Example("DELETE /templates/{id}", lambda c, i: c.templates.delete(i.template)),
    Example("GET /integrations/telegram/groups", lambda c, _: c.telegram.list()),
    Example(
        "POST /integrations/telegram/groups",
        lambda c, i: c.telegram.register(i.group, group_name="Tea", topic_id=7),
    ),
    Example(
        "DELETE /integrations/telegram/groups/{groupId}",
        lambda c, i: c.telegram.unregister(i.group),
    ),
    Example("GET /meetings", lambda c, _: c.meetings.list()),
    Example(
        "GET /meetings",
        lambda c, _: c.meetings.list(
            status="ready", starts_from=A_DAY, updated_since=A_DAY, limit=1, cursor="after-1"
        ),
    ),
    Example("GET /meetings/{id}/transcript", lambda c, i: c.meetings.transcript(i.meeting)),
    Example("GET /meetings/{id}/restrictions", lambda c, i: c.meetings.restrictions(i.meeting)),
    Example(
        "POST /meetings/{id}/restrictions",
        lambda c, i: c.meetings.restrict(i.meeting, ["sharing"], reason="Private."),
    ),
    Example(
        "POST /meetings/{id}/restrictions",
        lambda c, i: c.meetings.review(i.meeting, i.candidate, "dismiss", reason="Harmless."),
    ),
    # Last, since nothing of the project is left to be read.
    Example("DELETE /projects/{id}", lambda c, i: c.projects.delete(i.project)),
]
OPERATIONS = sorted({example.operation for example in EXAMPLES})
