"""Asking what is offered while a person types."""

from tests.server.wire import Json, Stage, Wire

INVITE: Json = {"type": "ref/prompt", "name": "invite"}
QUICK: Json = {"type": "ref/prompt", "name": "quick_session"}
BRIEF: Json = {"type": "ref/resource", "uri": "harmonica://sessions/{session_id}/brief"}
PROJECT: Json = {"type": "ref/resource", "uri": "harmonica://projects/{project_id}"}
OTHER = "hm_live_" + "f" * 32


def asked(ref: Json, name: str, typed: str) -> Json:
    """The parameters of a request for completions."""
    return {"ref": ref, "argument": {"name": name, "value": typed}}


async def completion(wire: Wire, ref: Json, name: str = "session_id", typed: str = "") -> Json:
    """What is offered."""
    return (await wire.result("completion/complete", asked(ref, name, typed)))["completion"]


async def offered(wire: Wire, ref: Json, name: str = "session_id", typed: str = "") -> list[str]:
    """The values that are offered."""
    return (await completion(wire, ref, name, typed))["values"]


def newest_first(stage: Stage) -> list[str]:
    """The labels of the tenant's sessions, newest first."""
    sessions = sorted(
        stage.tenant.sessions.values(), key=lambda each: each.created_at, reverse=True
    )
    return [f"{each.topic} (id {each.id})" for each in sessions]
