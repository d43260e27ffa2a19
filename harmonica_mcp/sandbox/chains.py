"""What becomes of a session that was created from a chain template (api.md §2, SessionCreated)."""

from . import chain_config, javascript
from .call import Call
from .records import Project, Template
from .state import Session

FREE_PROJECTS = 5


def outcome(call: Call, session: Session, body: dict[str, object]) -> dict[str, object]:
    """Start the template's chain if that can be done; the plain session exists in any case.

    Gives the answer's `chain` field, or nothing where the template is none. A single template is
    a `noop` only where a roster was sent for it. The sandbox runs every strategy but
    `host_assigned`; a free tenant may have five active projects.
    """
    template = call.tenant.templates.get(str(session.settings.get("template_id")))
    if template is None or (template.kind == "single" and not body.get("roster")):
        return {}
    told = _started(call, session, template, body)
    call.happened("chain started", told["status"] == "started")
    return {"chain": told}


def _started(
    call: Call, session: Session, template: Template, body: dict[str, object]
) -> dict[str, object]:
    config = template.chain_config
    if config is None:
        return {"status": "noop", "reason": "not_a_chain"}
    if chain_config.exceeds_cap(config, call.tenant):
        message = f"Your plan allows chains of up to {chain_config.FREE_STEPS} steps."
        return {"status": "step_cap_exceeded", "message": message}
    steps = chain_config.steps(config)
    if any(step.get("assignment_strategy") == "host_assigned" for step in steps):
        return {"status": "unsupported"}
    if missing := _unfilled(steps, body):
        message = f"The roster fills no: {', '.join(missing)}."
        return {"status": "roster_incomplete", "message": message}
    return _in_project(call, session, template, str(steps[0]["id"]))


def _in_project(call: Call, session: Session, template: Template, step: str) -> dict[str, object]:
    projects = call.tenant.projects.values()
    own = next((each for each in projects if session.id in each.session_ids), None)
    if own and own.chain_template == template.id:
        return {"status": "resumed", "chainInstanceId": own.id, "stepId": step}
    active = sum(each.status == "active" for each in projects)
    if not call.tenant.paid and active >= FREE_PROJECTS:
        message = f"Your plan allows {FREE_PROJECTS} active projects."
        return {"status": "project_cap_exceeded", "message": message}
    made = Project(call.tenant.ids.uuid(), template.title, None, call.now())
    made.chain_template = template.id
    made.session_ids.append(session.id)
    call.tenant.projects[made.id] = made
    return {"status": "started", "chainInstanceId": made.id, "stepId": step}


def _unfilled(steps: list[dict[str, object]], body: dict[str, object]) -> list[str]:
    """Name the roles that no member of the roster has in their step."""
    members = [
        javascript.as_object(each) or {} for each in javascript.as_list(body.get("roster")) or []
    ]
    assigned = [javascript.as_object(each.get("rolesByStep")) or {} for each in members]
    return [
        f"{role} in step {number}"
        for number, step in enumerate(steps)
        for role in chain_config.roles(step)
        if not any(each.get(str(number)) == role for each in assigned)
    ]
