"""Templates and groups to choose from, and installing method specs."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.templates import GET_TEMPLATE, Template
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.toolset import as_it_is, asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.method_spec import MethodSpec, parse
from harmonica_mcp.server.naming import TemplateRef, find_template
from harmonica_mcp.server.toolsets.helpers import helpers
from harmonica_mcp.server.toolsets.templates import installing, templates

_OURS = ours(templates, "install_method_spec")


class Installed(installing.SpecInstalled):
    """A method spec as a template."""

    uses: ClassVar[Mapping[str, str]] = {
        "chain": "create_session(template_id=…) starts it; give a roster where its steps have "
        "roles.",
        "single": "create_session(template_id=…) begins with it.",
    }


as_it_is(helpers, "list_templates")
as_it_is(helpers, "list_telegram_groups")


async def _effects(
    api: Api,
    method_md: str,
    dry_run: bool,
    template_id: str | None,
    update_if_exists: bool,
    is_public: bool,
    force: bool,
) -> list[Question]:
    if dry_run:
        return []
    spec = parse(method_md)
    before = await _before(api, spec, template_id, update_if_exists=update_if_exists)
    asked = [installing.overwrites(before, spec, force=force)] if before else []
    publishes = asked_by(ours(templates, "create_template"))
    return [*await publishes(title=spec.title, is_public=is_public), *asked]


@instead_of(_OURS, lookups=(GET_TEMPLATE,), risks=(Risk.PUBLISHES,), asks=_effects)
async def install_method_spec(
    api: Api,
    method_md: Annotated[str, Field(description="The whole method.md")],
    dry_run: Annotated[bool, Field(description="Only show the result")] = False,
    template_id: Annotated[
        TemplateRef | None, Field(description="Overwrite this template (id or exact title)")
    ] = None,
    update_if_exists: Annotated[
        bool, Field(description="Overwrite your own installation of it, or template of its title")
    ] = False,
    is_public: Annotated[bool, Field(description="Everybody can use it: ask your user")] = False,
    registry: Annotated[str | None, Field(description="Where the spec comes from")] = None,
    force: Annotated[bool, Field(description="Overwrite edits of an earlier install")] = False,
) -> Installed:
    """Install a method.md of the Open Facilitation Library as a template, single or chain."""
    spec = parse(method_md)
    found = await _before(api, spec, template_id, update_if_exists=update_if_exists)
    before = found and found.id
    fields: dict[str, Any] = {**spec.template, "is_public": is_public}
    if registry:
        fields["source_provenance"] = {**fields["source_provenance"], "registry": registry}
    made = None if dry_run else await installing.save(api, before, fields, force=force)
    return Installed.of(spec, before, made)


async def _before(
    api: HarmonicaClient, spec: MethodSpec, template: str | None, *, update_if_exists: bool
) -> Template | None:
    """The template that is to be overwritten.

    Raises:
        InvalidInput: Several could be.
    """
    if template:
        return await api.templates.get(await find_template(api, template))
    if not update_if_exists:
        return None
    me = (await api.account.me()).id
    same = [
        item
        for item in await api.templates.list()
        if item.created_by == me
        and (installing.spec_of(item) == spec.id or item.title == spec.title)
    ]
    if len(same) > 1:
        ids = ", ".join(item.id for item in same)
        raise InvalidInput(
            f"Several of your templates could be it: {ids}. Name one as template_id. Nothing was "
            "changed."
        )
    return same[0] if same else None
