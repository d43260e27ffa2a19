"""Creating a session."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from harmonica_mcp.client.sessions import Visibility
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.derived import with_ours
from harmonica_mcp.server.compat.typescript.fields import Targets, groups_of
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.toolsets.sessions import creating, sessions
from harmonica_mcp.server.toolsets.sessions.creating import Member, RoleInStep, SessionCreated

_OURS = ours(sessions, "create_session")
_VISIBLE: Visibility = "participants"
_TOLD = (
    f"results_visibility={_VISIBLE} (this tool's default: whoever takes part sees the results; "
    "host keeps them to the host)"
)
_OWN_PROMPT = (
    "The template's own prompt may not be in use yet: compose it in the web app, or give one with "
    "update_session."
)

# A map has no schema that every host takes, so its first keys are named.
_Roles = Annotated[
    dict[Annotated[int, Field(ge=0)], str] | None,
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "0": {"type": "string", "description": "Role slug in the first step"},
                "1": {"type": "string", "description": "In the second, and so on"},
            },
        }
    ),
]


class RosterEntry(BaseModel):
    """A person of a chain, under the API's own names."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(description="Invited by e-mail when their step opens")
    displayName: str | None = Field(default=None, description="Shown name")  # noqa: N815
    auth0Sub: str | None = Field(default=None, description="Harmonica user id")  # noqa: N815
    rolesByStep: _Roles = Field(default=None, description="Roles by step number")  # noqa: N815

    def member(self) -> Member:
        """The same person as our own tool takes them."""
        roles = [RoleInStep(step=n, role=role) for n, role in (self.rolesByStep or {}).items()]
        return Member(
            email=self.email, name=self.displayName, user_id=self.auth0Sub, roles=roles or None
        )


_Roster = Annotated[list[RosterEntry] | None, Field(description="For chain templates with roles")]


def _members(roster: list[RosterEntry] | None) -> list[Member] | None:
    return None if roster is None else [entry.member() for entry in roster]


async def _sends(
    api: Api, template_id: str | None, distribution: Targets, roster: _Roster
) -> list[Question]:
    groups, members = groups_of(distribution), _members(roster)
    return [
        *await asked_by(_OURS)(
            api=api, template=template_id, telegram_groups=groups, roster=members
        )
    ]


@instead_of(_OURS, asks=_sends)
@with_ours(
    creating.create_session,
    "topic goal context critical prompt template_id cross_pollination widgets_enabled "
    "results_visibility project_id distribution questions roster",
    template_id="template",
    project_id="project",
)
async def create_session(
    api: Api,
    *,
    results_visibility: Annotated[
        Visibility | None,
        Field(description="Who sees the results; participants when left out"),
    ] = None,
    distribution: Targets = None,
    roster: _Roster = None,
    **ours: Any,
) -> SessionCreated:
    """Create a session and open it at once; returns the link for participants.

    There is no draft and no way to delete it: agree with your user first, also on who sees the
    results. Takes up to two minutes. Never repeat it after an error that says it may have taken
    effect.
    """
    created = await creating.create_session(
        api,
        results_visibility=results_visibility or _VISIBLE,
        telegram_groups=groups_of(distribution),
        roster=_members(roster),
        **ours,
    )
    step = (created.next_step or "").replace(creating.OWN_PROMPT, _OWN_PROMPT)
    sent = [_TOLD if n == "results_visibility" else n for n in created.sent]
    return created.model_copy(
        update={
            "sent": created.sent if results_visibility else sent,
            "next_step": step or None,
        }
    )
