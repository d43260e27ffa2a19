"""Templates: the methods that sessions can be started from."""

import hashlib
import json
from typing import Literal

from . import chain_config, javascript, projects
from .answers import Answer, forbidden, invalid, not_found
from .basics import stamp
from .call import Call
from .records import TEMPLATE_TEXTS, Template

_IDENTITY = ("spec_id", "spec_version", "registry")
_OTHERS = ("title", "is_public", "template_type", "chain_config", "source_provenance")
_UPDATABLE = (*TEMPLATE_TEXTS, *_OTHERS)


def list_templates(call: Call) -> Answer:
    """List whole templates: public ones, own ones, and a workspace's on request; no archived."""
    workspace = call.query.get("workspace_id") or None
    if workspace:
        projects.find(call, workspace)
    shown = [
        each.json()
        for each in call.tenant.templates.values()
        if each.archived_at is None and each.workspace_id in (None, workspace)
    ]
    return Answer(200, {"data": shown})


def get_template(call: Call) -> Answer:
    """Read one template."""
    return Answer(200, _find(call).json())


def create_template(call: Call) -> Answer:
    """Make a template of one's own, single or a chain; a repeat makes a second one."""
    body = call.body()
    title = body.get("title")
    if not isinstance(title, str) or not javascript.trim(title):
        raise invalid("title is required")
    workspace = body.get("workspace_id") or None
    if workspace is not None:
        projects.find(call, workspace, "owner")
    now = call.now()
    ids, user = call.tenant.ids, call.tenant.user_id
    template = Template(ids.uuid(), javascript.trim(title), now, now, user)
    template.workspace_id = javascript.shown(workspace) if workspace else None
    _apply(call, template, body)
    call.tenant.templates[template.id] = template
    call.happened("template created")
    return Answer(201, template.json())


def update_template(call: Call) -> Answer:
    """Change a template of one's own; installing over local edits needs `force`."""
    template = _own(call, "You don't have permission to edit this template")
    body = call.body()
    changes = {name: body[name] for name in _UPDATABLE if name in body}
    if not changes:
        raise invalid("No updatable fields provided")
    installs = "source_provenance" in changes
    if installs and _edited_since_install(template) and body.get("force") is not True:
        raise invalid("Template has local edits since install; set force to overwrite them")
    title = changes.get("title", template.title)
    if not isinstance(title, str) or not javascript.trim(title):
        raise invalid("title must be a non-empty string")
    _apply(call, template, changes)
    template.title = javascript.trim(title)
    template.updated_at = call.now()
    call.happened("template updated")
    return Answer(200, template.json())


def delete_template(call: Call) -> Answer:
    """Remove a template for good."""
    template = _own(call, "You don't have permission to delete this template")
    del call.tenant.templates[template.id]
    call.happened("template deleted")
    return Answer(200, {"success": True})


def _find(call: Call) -> Template:
    template = call.tenant.templates.get(call.path["id"])
    if template is None:
        raise not_found("Template not found")
    return template


def _own(call: Call, refusal: str) -> Template:
    template = _find(call)
    if template.created_by != call.tenant.user_id:
        raise forbidden(refusal)
    return template


def _apply(call: Call, template: Template, body: dict[str, object]) -> None:
    texts = {name: _text(body, name) for name in TEMPLATE_TEXTS if name in body}
    public = body.get("is_public", template.is_public)
    if not isinstance(public, bool):
        raise invalid("is_public must be true or false")
    kind, config = _method(call, template, body)
    provenance = _provenance(call, body, config)
    template.kind, template.chain_config = kind, config
    template.provenance = provenance or template.provenance
    template.texts |= texts
    template.is_public = public


def _text(body: dict[str, object], name: str) -> str | None:
    value = body[name]
    if not isinstance(value, str | None):
        raise invalid(f"{name} must be a string")
    return value or None


def _method(
    call: Call, template: Template, body: dict[str, object]
) -> tuple[Literal["single", "chain"], dict[str, object] | None]:
    kind = body.get("template_type", template.kind)
    config = body.get("chain_config", template.chain_config)
    if kind == "single":
        return "single", None
    if kind != "chain":
        raise invalid("template_type must be single or chain")
    return "chain", chain_config.checked(config, call.tenant)


def _provenance(
    call: Call, body: dict[str, object], config: dict[str, object] | None
) -> dict[str, object] | None:
    if body.get("source_provenance") is None:
        return None
    sent = javascript.as_object(body["source_provenance"]) or {}
    identity = {name: sent.get(name) for name in _IDENTITY}
    if not all(isinstance(each, str) and each for each in identity.values()):
        raise invalid(f"source_provenance needs {', '.join(_IDENTITY)}")
    return identity | {
        "install_hash": _digest(config),
        "installed_at": stamp(call.now()),
        "installed_by": call.tenant.user_id,
    }


def _edited_since_install(template: Template) -> bool:
    installed = template.provenance
    return bool(installed) and installed["install_hash"] != _digest(template.chain_config)


def _digest(config: dict[str, object] | None) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
