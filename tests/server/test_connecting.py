"""A connection that is still being made when a call must be answered."""

import asyncio

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Options
from tests.server.examples import SPECS
from tests.server.wire import KEY, Stage


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_session", {"topic": "Tea", "goal": "Choose one."}),
        (
            "send_chat_message",
            {"session_id": "hst_1", "participant_name": "[AI] Ann", "content": "Hello."},
        ),
    ],
)
async def test_nothing_was_sent_before_there_is_a_connection(
    era: str, tool: str, arguments: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is told as not sent, not as running, and leaves nothing behind."""
    asked, hung_up = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A proxy that is asked for a connection, and keeps whoever asks waiting.
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        hung_up.set()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
    async with listening, Pool("https://harmonica.example") as pool:
        server = HarmonicaServer(pool, ApiKey(KEY), SPECS, Options(max_call_seconds=1.5))
        stage = Stage(server, Sandbox(), pool, era, KEY)
        async with stage.connect() as wire:
            called = await wire.call(tool, **arguments)
        assert asked.is_set()
        assert called.data["state"] == "not_sent"
        assert "Not sent" in called.text
        await hung_up.wait()
        assert not pool.open_requests
