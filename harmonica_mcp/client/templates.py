"""Templates: ready-made ways to facilitate, of one step or a chain of them."""

from typing import Any, Literal, TypedDict, Unpack

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

LIST_TEMPLATES = Operation("GET", "/templates", Retry.READ)
CREATE_TEMPLATE = Operation("POST", "/templates", Retry.ONCE)
GET_TEMPLATE = Operation("GET", "/templates/{id}", Retry.READ)
UPDATE_TEMPLATE = Operation("PATCH", "/templates/{id}", Retry.IDEMPOTENT)
DELETE_TEMPLATE = Operation("DELETE", "/templates/{id}", Retry.IDEMPOTENT)

TemplateType = Literal["single", "chain"]


class Role(Model):
    """A role in a step of a chain."""

    slug: str = ""
    label: str = ""
    weight: str | None = None


class Step(Model):
    """A step of a chain."""

    id: str = ""
    title: str | None = None
    description: str | None = None
    facilitation_prompt: str | None = None
    default_session_name: str | None = None
    context_mode: str | None = None
    individual_memory: bool | None = None
    roles: list[Role] = Field(default_factory=list[Role])
    assignment_strategy: str | None = None
    completion_criteria: dict[str, Any] | None = None


class ChainConfig(Model):
    """The steps of a chain template."""

    steps: list[Step] = Field(default_factory=list[Step])
    output_artifact: str | None = None


class Provenance(Model):
    """Which method spec a template was installed from."""

    spec_id: str = ""
    spec_version: str = ""
    registry: str = ""
    install_hash: str | None = None
    installed_at: Moment = None
    installed_by: str | None = None


class Template(Model):
    """A template. Lists return whole templates: dozens of kilobytes."""

    id: str
    title: str = ""
    description: str | None = None
    icon: str | None = None
    facilitation_prompt: str | None = None
    default_session_name: str | None = None
    default_goal: str | None = None
    default_critical: str | None = None
    default_context: str | None = None
    template_type: str = Field(default="single", description="single or chain.")
    chain_config: ChainConfig | None = None
    cross_pollination_default: bool = False
    is_public: bool = False
    workspace_id: str | None = None
    created_by: str | None = None
    archived_at: Moment = None
    source_provenance: Provenance | None = None
    created_at: Moment = None
    updated_at: Moment = None
    recovered: bool = Field(default=False, description="Found again after its answer was lost.")


class _Templates(Model):
    data: list[Template]


class _Done(Model):
    success: bool = False


class SpecIdentity(TypedDict):
    """Which method spec a template is installed from; the API adds hash, time and user."""

    spec_id: str
    spec_version: str
    registry: str


class TemplateFields(TypedDict, total=False):
    """What a template can be given besides its title."""

    description: str | None
    icon: str | None
    facilitation_prompt: str | None
    default_session_name: str | None
    default_goal: str | None
    default_critical: str | None
    default_context: str | None
    is_public: bool
    template_type: TemplateType
    chain_config: dict[str, Any]
    source_provenance: SpecIdentity


class NewTemplate(TemplateFields, total=False):
    """What a new template can be given besides its title."""

    workspace_id: str | None


class TemplateChanges(TemplateFields, total=False):
    """What can be changed; `force` overwrites local edits of an installed template."""

    title: str
    force: bool


class Templates:
    """`client.templates`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(self, *, workspace_id: str | None = None) -> list[Template]:
        """Public, own and shared templates, without archived ones; unpaged.

        Args:
            workspace_id: adds those of this workspace.
        """
        query = {"workspace_id": workspace_id}
        return (await self._http.request(LIST_TEMPLATES, query=query)).model(_Templates).data

    async def get(self, template_id: str) -> Template:
        """One template."""
        return (await self._http.request(GET_TEMPLATE, {"id": template_id})).model(Template)

    async def create(self, title: str, **more: Unpack[NewTemplate]) -> Template:
        """Create a template; a chain needs `template_type="chain"` and `chain_config`.

        Sent once; after a lost answer the newest template of this title is looked for.

        Raises:
            Unsettled: The answer was lost and the template not found: it may still come to be.
        """
        body = {"title": _check.filled("title", title), **more}
        attempt = Attempt(self._http, CREATE_TEMPLATE)

        async def send() -> Template:
            return (await self._http.request(CREATE_TEMPLATE, json=body)).model(Template)

        async def look() -> Template | None:
            query = {"workspace_id": more.get("workspace_id")}
            answer = await self._http.request(LIST_TEMPLATES, query=query)
            wanted = _check.trimmed(title)
            found = [item for item in answer.model(_Templates).data if item.title == wanted]
            item = attempt.only_new(answer, found, "template", LIST_TEMPLATES)
            return item.model_copy(update={"recovered": True}) if item else None

        return await attempt.settle(send, look, attempt.unknown("template", LIST_TEMPLATES))

    async def update(self, template_id: str, **changes: Unpack[TemplateChanges]) -> Template:
        """Change a template; one installed from a spec and edited since needs `force=True`."""
        if not changes.keys() - {"force"}:
            raise errors.InvalidInput("There is nothing to change.")
        answer = await self._http.request(UPDATE_TEMPLATE, {"id": template_id}, json=changes)
        return answer.model(Template)

    async def delete(self, template_id: str) -> bool:
        """Delete a template for good; whether the API says that it did."""
        answer = await self._http.request(DELETE_TEMPLATE, {"id": template_id})
        return answer.status == 204 or answer.model(_Done).success
