"""Whatever is sent, the sandbox answers; it never breaks."""

import anyio
import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.sandbox.routes import OPERATIONS

KEY = "hm_live_" + "0" * 32
_SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.just("chain")
_NAMES = st.sampled_from(
    (
        *("topic", "goal", "content", "participant_id", "participant_name", "answers", "questions"),
        *("title", "slug", "faq", "url", "source_ref", "mcp_config", "curation", "position"),
        *("chain_config", "steps", "roles", "template_type", "source_provenance", "template_id"),
        *("roster", "rolesByStep", "distribution", "project_id", "workspace_id", "group_id"),
        *("action", "scopes", "reason", "mode", "tool_allowlist", "description", "context", "id"),
        *("completion_criteria", "question_id", "answer", "text", "options", "topic_id", "body"),
    )
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=12,
)
_ODD = ("abc", "-1", "%", '"', "a\0", "2026-13-01", "9" * 30, "retrospective", "list")
_QUERY = st.dictionaries(
    st.sampled_from(
        ("q", "limit", "offset", "since", "min_messages", "from", "cursor", "templateId", "name")
    ),
    st.sampled_from(_ODD),
    max_size=2,
)


async def _send(operation: str, body: object, query: dict[str, str]) -> httpx2.Response:
    sandbox = Sandbox()
    tenant = sandbox.tenant(KEY)
    project, session = next(iter(tenant.projects)), list(tenant.sessions)[2]
    [source] = tenant.sessions[session].sources
    method, path = operation.split()
    identity = project if "projects" in path else session
    identity = next(iter(tenant.meetings)) if "meetings" in path else identity
    identity = "delphi-panel-chain" if "templates" in path else identity
    path = path.replace("{id}", identity).replace("{source_id}", source.id)
    transport = httpx2.ASGITransport(app=sandbox.app)
    headers = {"authorization": f"Bearer {KEY}"}
    base = "https://sandbox.harmonica.example/api/v1"
    async with httpx2.AsyncClient(transport=transport, base_url=base, headers=headers) as api:
        return await api.request(method, path, json=body, params=query)


@given(st.sampled_from(sorted(OPERATIONS)), _JSON, _QUERY)
@settings(max_examples=300, deadline=None)
def test_every_operation_answers_any_json(
    operation: str, body: object, query: dict[str, str]
) -> None:
    """Any JSON in any operation ends in a documented kind of answer."""
    answer = anyio.run(_send, operation, body, query)
    assert answer.status_code in (200, 201, 204, 400, 402, 403, 404, 409, 422, 500)
    if answer.status_code >= 400 and answer.headers["content-type"] == "application/json":
        assert set(answer.json()["error"]) == {"code", "message"}
