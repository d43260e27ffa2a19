"""A client in a dry run: what has an effect is shown and does not leave."""

import json

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY, URL, Reply, ScriptedApi, page


def rehearsing() -> tuple[HarmonicaClient, ScriptedApi]:
    """A client in a dry run, and the Harmonica that it would speak to."""
    api = ScriptedApi(Reply(200, page()))
    return HarmonicaClient(KEY, pool=Pool(URL, app=api), dry_run=True), api


async def test_a_write_is_shown_and_not_sent() -> None:
    """The error holds the request as it would be sent; reads go on."""
    client, api = rehearsing()
    with pytest.raises(errors.DryRun, match="PATCH /api/v1/sessions/hst_1 was not sent") as caught:
        await client.sessions.update("hst_1", topic="Tea", context=None)
    planned = caught.value.planned
    assert json.loads(planned.body or "") == {"topic": "Tea", "context": None}
    assert not caught.value.may_have_happened
    await client.sessions.list()
    assert [sent.method for sent in api.requests] == ["GET"]


async def test_the_query_is_shown() -> None:
    """What stands in the address is shown with it; a request without a body has none."""
    client, _ = rehearsing()
    with pytest.raises(errors.DryRun) as caught:
        await client.design.draft_prompt("hst_1", template_id="two rounds")
    assert caught.value.planned.path.endswith("?templateId=two+rounds")
    assert caught.value.planned.body is None


async def test_what_cannot_be_sent_is_refused_as_ever() -> None:
    """Checks come first: bad input and a missing key are told instead of a request."""
    client, _ = rehearsing()
    with pytest.raises(errors.InvalidInput):
        await client.sessions.create(" ", "goal")
    with pytest.raises(errors.KeyMissing):
        await HarmonicaClient(pool=client.pool, dry_run=True).sessions.create("Tea", "goal")
