"""What an answer's call leaves behind is settled with its writing, over stdio."""

import asyncio
import json
from typing import Any

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.call import Settle
from harmonica_mcp.transports.streams import serve_streams
from tests.transports.stdio.pipes import host
from tests.transports.wire import ERAS, hello, message

KEY = "hm_live_" + 32 * "0"


@pytest.mark.parametrize("era", ERAS)
async def test_no_cancellation_comes_between(era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an answer that counts as heard to its writing nobody else has a turn."""
    turns: list[str] = []

    async def watched(_: object, settle: Settle) -> None:
        await settle(True)
        asyncio.get_running_loop().call_soon(turns.append, "another's turn")

    monkeypatch.setattr("harmonica_mcp.server.app.answered", watched)
    pool = Pool("https://harmonica.test", app=Sandbox().app)
    with host() as other:
        server = build_server(pool, ApiKey(KEY))
        serving = asyncio.create_task(serve_streams(server, other.heard, other.said))
        send = other.said.send

        async def sending(item: Any) -> None:
            if getattr(item.message, "id", None) == 2:
                turns.append("the answer")
            await send(item)

        monkeypatch.setattr(other.said, "send", sending)
        asked: dict[str, Any] = {
            "name": "create_session",
            "arguments": {"topic": "Bees", "goal": "A place"},
        }
        call = message(era, 2, "tools/call", asked)
        call["params"].setdefault("_meta", {})["progressToken"] = 7
        for each in (message(era, 1, *hello(era)), call):
            other.say(json.dumps(each).encode() + b"\n")
        got: list[bytes] = []
        while not any(json.loads(line).get("id") == 2 for line in got):
            got += await other.lines(1)
        assert turns[0] == "the answer"
        other.leave()
        await serving
    await pool.aclose()
