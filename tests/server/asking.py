"""A server on a sandbox, and a host that can ask its user, or one that cannot."""

import functools
from typing import Any

from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox, Session, Tenant
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.options import Options
from tests.server.wire import ENVELOPE, KEY, Called


@functools.cache
def _server(**options: Any) -> HarmonicaServer:
    """A server with all tools, built once for the same options."""
    return build_server(Pool(), options=Options(toolsets=("all",), **options))


class Room:
    """A user who always gives the same answer; None where the host cannot ask."""

    def __init__(self, era: str, *, agrees: bool | None, **options: Any) -> None:
        self.era = era
        self.sandbox = Sandbox()
        self.asked: list[str] = []
        self.agrees = agrees
        self.server = _server(**options)
        pool = Pool("http://127.0.0.1", app=self.sandbox.app)
        self.server.callers = Callers(pool, ApiKey(KEY))

    @property
    def tenant(self) -> Tenant:
        """What the sandbox keeps for the key."""
        return self.sandbox.tenant(KEY)

    def session(self, topic: str) -> Session:
        """The session with this piece of a topic."""
        return next(each for each in self.tenant.sessions.values() if topic in each.topic)

    @property
    def writes(self) -> list[str]:
        """The operations with an effect that arrived."""
        return [s.operation for s in self.sandbox.requests if not s.operation.startswith("GET ")]

    async def _ask(self, _: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return ElicitResult(action="accept", content={"go_on": bool(self.agrees)})

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool once."""
        ask: Any = None if self.agrees is None else self._ask
        mode: Any = "auto" if self.era == ENVELOPE else "legacy"
        async with Client(self.server, mode=mode, elicitation_callback=ask) as client:
            result = await client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        return Called(result.model_dump(mode="json", by_alias=True, exclude_none=True))
