"""Templates, projects and groups by id or exact name."""

from dataclasses import replace

import pytest

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.sandbox import Sandbox, Tenant
from harmonica_mcp.server.naming import find_groups, find_project, find_template
from tests.server.wire import KEY

UUID = "00000000-0000-4000-8000-00000000000A"
CAFE, CAFE_ID = "Fennmill repair café", "-1004200000001"


@pytest.fixture
def sandbox() -> Sandbox:
    """A Harmonica."""
    return Sandbox(requests_per_minute=1_000)


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """What the caller has there."""
    return sandbox.tenant(KEY)


@pytest.fixture
def api(sandbox: Sandbox) -> HarmonicaClient:
    """A client that speaks to it."""
    return HarmonicaClient(KEY, pool=Pool("http://127.0.0.1", app=sandbox.app))


async def refusal(api: HarmonicaClient, template: str) -> str:
    """The sentence with which a template is refused."""
    with pytest.raises(InvalidInput) as caught:
        await find_template(api, template)
    return str(caught.value)


@pytest.mark.parametrize("text", ["retrospective", " Retrospective ", "RETROSPECTIVE"])
async def test_a_template(api: HarmonicaClient, text: str) -> None:
    """An id, or the whole title in any case, with space around it, is understood."""
    assert await find_template(api, text) == "retrospective"


async def test_uuids_are_taken_as_they_are(api: HarmonicaClient, sandbox: Sandbox) -> None:
    """A UUID is an id: nothing is looked up for it."""
    assert await find_template(api, f" {UUID}\n") == UUID
    assert await find_project(api, UUID) == UUID
    assert sandbox.requests == []


async def test_an_id_that_is_anothers_title(api: HarmonicaClient, tenant: Tenant) -> None:
    """An id wins over a title of the same words."""
    one = tenant.templates["retrospective"]
    tenant.templates["other"] = replace(one, id="other", title="retrospective")
    assert await find_template(api, "retrospective") == "retrospective"


async def test_several_of_one_title(api: HarmonicaClient, tenant: Tenant) -> None:
    """Of several with the same title none is taken; their ids are named."""
    one = tenant.templates["retrospective"]
    for name in ("a", "b"):
        tenant.templates[name] = replace(one, id=name, title="Evening ")
    assert await refusal(api, "evening") == (
        "Several templates have that name: a, b; give the id. Nothing was sent."
    )


async def test_a_piece_of_a_title(api: HarmonicaClient, tenant: Tenant) -> None:
    """A piece is never enough; the likeliest come first, and it is told how many more there are."""
    one = tenant.templates["retrospective"]
    for number in range(7):
        tenant.templates[f"t{number}"] = replace(one, id=f"t{number}", title=f"Evening {number}")
    tenant.templates["untitled"] = replace(one, id="untitled", title="")
    told = await refusal(api, "RETRO")
    assert told.startswith(
        'There is no template with that id or name; there are retrospective "Retrospective"; '
    )
    assert told.endswith(" and 5 more. Nothing was sent.")


async def test_a_misspelt_title(api: HarmonicaClient) -> None:
    """A misspelt title names the right one first."""
    assert "there are delphi-panel-chain " in await refusal(api, "Two-rond estimate")


async def test_where_there_is_none(api: HarmonicaClient, tenant: Tenant) -> None:
    """Where there is nothing to choose from, it says that."""
    tenant.templates.clear()
    assert await refusal(api, "Retrospective") == (
        "There is no template with that id or name; there is none. Nothing was sent."
    )


async def test_a_project_beyond_the_first_page(
    api: HarmonicaClient, tenant: Tenant, sandbox: Sandbox
) -> None:
    """A title is found however many projects there are, and is not called missing."""
    one = next(iter(tenant.projects.values()))
    for number in range(250):
        tenant.projects[f"p{number}"] = replace(one, id=f"p{number}", title=f"Project {number}")
    assert await find_project(api, "project 249") == "p249"
    assert len(sandbox.requests) == 3


async def test_groups(api: HarmonicaClient, tenant: Tenant) -> None:
    """Groups are found by id and by name, in the order in which they were given."""
    one = tenant.groups[CAFE_ID]
    tenant.groups["-5"] = replace(one, group_id="-5", group_name=None)
    assert await find_groups(api, [f" {CAFE.upper()}", "-5"]) == [CAFE_ID, "-5"]
    assert await find_groups(api, []) == []
    with pytest.raises(InvalidInput, match="There is no Telegram group with that id or name"):
        await find_groups(api, ["-5", "Orchard"])
