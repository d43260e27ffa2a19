"""What the calls are about: ids that exist nowhere, and those of a new sandbox."""

from dataclasses import dataclass

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.sandbox import Sandbox
from tests.client.api import KEY


@dataclass(frozen=True)
class Ids:
    """What the calls are about; the defaults exist nowhere."""

    session: str = "hst_1"
    briefed: str = "hst_2"
    template: str = "retrospective"
    project: str = "p1"
    conference: str = "p2"
    source: str = "s1"
    project_source: str = "s2"
    group: str = "-1001"
    meeting: str = "m1"
    candidate: str = "e1"


async def real_ids(sandbox: Sandbox, client: HarmonicaClient) -> Ids:
    """Things that are there in a new sandbox, or are made in it here."""
    tenant = sandbox.tenant(KEY)
    session = next(s for s in tenant.sessions.values() if s.settings["cross_pollination"])
    briefed = next(s for s in tenant.sessions.values() if s.session_md)
    conference = next(p for p in tenant.projects.values() if p.unconference)
    project = next(p for p in tenant.projects.values() if not p.unconference)
    meeting = next(m for m in tenant.meetings.values() if m.restrictions)
    template = await client.templates.create("Own template")
    added = client.context.add_session
    return Ids(
        session=session.id,
        briefed=briefed.id,
        template=template.id,
        project=project.id,
        conference=conference.id,
        source=(await added("session", session.id, briefed.id)).id,
        project_source=(await added("project", project.id, briefed.id)).id,
        group=next(iter(tenant.groups)),
        meeting=meeting.id,
        candidate=meeting.restrictions[-1].id,
    )
