"""The host's requests that wait for their answers."""

import asyncio

from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCRequest, JSONRPCResponse


class Unanswered:
    """How many there are."""

    def __init__(self) -> None:
        self._number = 0
        self._none = asyncio.Event()
        self._none.set()

    def heard(self, message: JSONRPCMessage) -> SessionMessage:
        """A message of the host, as the SDK takes it."""
        if not isinstance(message, JSONRPCRequest):
            return SessionMessage(message)
        self._number += 1
        self._none.clear()
        # What is cancelled is answered with silence.
        return SessionMessage(message, ServerMessageMetadata(on_request_unanswered=self._settle))

    async def said(self, message: JSONRPCMessage) -> None:
        """A message to the host was written."""
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            await self._settle()

    def forget(self) -> None:
        """Nobody waits for answers any more."""
        self._none.set()

    async def wait(self) -> None:
        """Wait until there is none."""
        await self._none.wait()

    async def _settle(self) -> None:
        self._number -= 1
        if not self._number:
            self._none.set()
