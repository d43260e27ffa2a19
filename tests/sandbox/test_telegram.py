"""Telegram groups."""

from datetime import datetime, timedelta

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox

GROUPS = "/integrations/telegram/groups"


async def test_registering_overwrites(
    api: httpx2.AsyncClient, now: list[datetime], sandbox: Sandbox
) -> None:
    """201 also for a known group, whose omitted fields become null; newest first."""
    now[0] += timedelta(seconds=1)
    first = (await api.post(GROUPS, json={"group_id": "-5", "group_name": "Bees"})).json()
    assert first["group_name"] == "Bees"
    now[0] += timedelta(hours=1)
    again = await api.post(GROUPS, json={"group_id": "-5", "topic_id": 3})
    assert again.status_code == 201
    assert again.json() == first | {"group_name": None, "topic_id": 3}
    data = (await api.get(GROUPS)).json()["data"]
    assert [each["group_id"] for each in data] == ["-5", "-1004200000001"]
    assert sandbox.effects == {"group registered": 2}


@pytest.mark.parametrize("body", [{}, {"group_id": " "}, {"group_id": None}])
async def test_a_group_needs_an_id(api: httpx2.AsyncClient, body: object) -> None:
    """A blank id is a 400."""
    answer = await api.post(GROUPS, json=body)
    assert answer.json()["error"]["message"] == "group_id is required"


@pytest.mark.parametrize("topic", ["3", 1.5, 2**31, True])
async def test_registering_stumbles(api: httpx2.AsyncClient, topic: object) -> None:
    """A numeric group id and a topic that is no small integer are a 500."""
    assert (await api.post(GROUPS, json={"group_id": -5})).status_code == 500
    body = {"group_id": "-5", "topic_id": topic}
    assert (await api.post(GROUPS, json=body)).status_code == 500


async def test_unregistering_once(api: httpx2.AsyncClient) -> None:
    """The first time 204 without body, then 404."""
    gone = await api.delete(f"{GROUPS}/-1004200000001")
    assert (gone.status_code, gone.content) == (204, b"")
    again = await api.delete(f"{GROUPS}/-1004200000001")
    assert again.status_code == 404
    assert again.json()["error"]["message"] == "Telegram group not found"
