"""What makes a chain: its steps, their roles and what completes them (api.md §2, ChainConfig)."""

from . import javascript
from .answers import forbidden, invalid
from .state import Tenant

FREE_STEPS = 3
_MODES = ("none", "previous_summary", "all_summaries", "custom")
_STRATEGIES = (
    *("explicit", "round_robin", "first_come_first_served"),
    *("host_assigned", "all_participants"),
)
_WEIGHTS = ("normal", "elevated", "lead")
_STEP_TEXTS = ("title", "description", "facilitation_prompt", "default_session_name")


def checked(value: object, tenant: Tenant) -> dict[str, object]:
    """Take a chain configuration, or refuse it: 400 for its shape, 403 for the plan's step cap."""
    config = javascript.as_object(value)
    found = javascript.as_list(config.get("steps")) if config else None
    if not config or not found:
        raise invalid("chain_config must have at least one step")
    if config.get("output_artifact") not in (None, "wardley"):
        raise invalid("chain_config.output_artifact must be wardley")
    ids = [_check_step(step) for step in found]
    if len(set(ids)) < len(ids):
        raise invalid("chain_config step ids must be unique")
    if exceeds_cap(config, tenant):
        raise forbidden(f"Your plan allows chains of up to {FREE_STEPS} steps")
    return config


def exceeds_cap(config: dict[str, object], tenant: Tenant) -> bool:
    """Tell whether a chain is longer than the tenant's plan allows; paid plans have no cap."""
    return not tenant.paid and len(steps(config)) > FREE_STEPS


def steps(config: dict[str, object]) -> list[dict[str, object]]:
    """Give the steps of a configuration that was checked."""
    return javascript.objects(config["steps"])


def roles(step: dict[str, object]) -> list[str]:
    """Give the slugs of a checked step's roles."""
    found = [
        javascript.as_object(role) or {} for role in javascript.as_list(step.get("roles")) or []
    ]
    return [str(role["slug"]) for role in found]


def _check_step(value: object) -> str:
    step = javascript.as_object(value) or {}
    identity = step.get("id")
    if not isinstance(identity, str) or not identity:
        raise invalid("Every chain step needs an id")
    for name in _STEP_TEXTS:
        if not isinstance(step.get(name), str | None):
            raise invalid(f"Step {identity}: {name} must be a string")
    _one_of(step, identity, "context_mode", _MODES)
    _one_of(step, identity, "assignment_strategy", _STRATEGIES)
    if not isinstance(step.get("individual_memory"), bool | None):
        raise invalid(f"Step {identity}: individual_memory must be true or false")
    _check_completion(step, identity)
    _check_roles(step, identity)
    return identity


def _one_of(fields: dict[str, object], where: str, name: str, known: tuple[str, ...]) -> None:
    if fields.get(name) not in (None, *known):
        raise invalid(f"Step {where}: {name} must be one of: {', '.join(known)}")


def _check_completion(step: dict[str, object], identity: str) -> None:
    if "completion_criteria" in step:
        criteria = javascript.as_object(step["completion_criteria"]) or {}
        if not isinstance(criteria.get("type"), str):
            raise invalid(f"Step {identity}: completion_criteria needs a type")


def _check_roles(step: dict[str, object], identity: str) -> None:
    found = javascript.as_list(step.get("roles", []))
    for value in [None] if found is None else found:
        role = javascript.as_object(value) or {}
        if not all(isinstance(role.get(name), str) for name in ("slug", "label")):
            raise invalid(f"Step {identity}: every role needs slug and label")
        _one_of(role, identity, "weight", _WEIGHTS)
