"""HarmonicaClient: the areas of the API behind one key."""

from datetime import datetime
from typing import NoReturn, Self

from harmonica_mcp.client._budget import OnWait
from harmonica_mcp.client._operation import Gate
from harmonica_mcp.client._pool import Pool
from harmonica_mcp.client._sending import Http
from harmonica_mcp.client.account import Account
from harmonica_mcp.client.chat import Chat
from harmonica_mcp.client.context import Context
from harmonica_mcp.client.design import Design
from harmonica_mcp.client.key import DEFAULT_URL, ApiKey
from harmonica_mcp.client.knowledge import Knowledge
from harmonica_mcp.client.meetings import Meetings
from harmonica_mcp.client.projects import Projects, Sensemaking
from harmonica_mcp.client.responses import Conversations
from harmonica_mcp.client.results import Results
from harmonica_mcp.client.scratchpad import Scratchpads
from harmonica_mcp.client.sessions import Sessions
from harmonica_mcp.client.telegram import Telegram
from harmonica_mcp.client.templates import Templates


class HarmonicaClient:
    """Harmonica with one person's key.

    Cheap to make: what is worth keeping is in the pool, which several clients can share.

    Args:
        key: the key, `hm_live_…`; without one every call raises `KeyMissing`.
        url: Harmonica's host, with or without `/api/v1`.
        pool: connections and budgets shared with other clients; made from `url` when left out.
        on_wait: told the seconds before a call waits for its turn in the request budget.
        gate: until when requests with an effect may leave; always, when left out.
        dry_run: keeps every request with an effect from leaving: `DryRun` shows it instead.

    Raises:
        InvalidKey: The key does not begin with `hm_live_`.
    """

    def __init__(
        self,
        key: ApiKey | str | None = None,
        url: str = DEFAULT_URL,
        *,
        pool: Pool | None = None,
        on_wait: OnWait | None = None,
        gate: Gate | None = None,
        dry_run: bool = False,
    ) -> None:
        self._owns_pool = pool is None
        self.pool = pool or Pool(url)
        self.key = ApiKey(key) if isinstance(key, str) else key
        self._http = http = Http(self.pool, self.key, on_wait, gate or Gate(), dry_run)
        self.account = Account(http)
        self.sessions = Sessions(http)
        self.chat = Chat(http)
        self.responses = Conversations(http)
        self.results = Results(http)
        self.scratchpad = Scratchpads(http)
        self.design = Design(http)
        self.knowledge = Knowledge(http)
        self.context = Context(http)
        self.projects = Projects(http)
        self.sensemaking = Sensemaking(http)
        self.templates = Templates(http)
        self.telegram = Telegram(http)
        self.meetings = Meetings(http)

    @property
    def now(self) -> datetime | None:
        """Harmonica's own time, None before its first answer; this machine's may be wrong."""
        return self._http.clock.now

    def apart(self) -> "HarmonicaClient":
        """Another client of the same caller, for what outlives the call that this one is for."""
        return HarmonicaClient(self.key, pool=self.pool, dry_run=self._http.dry_run)

    def __repr__(self) -> str:
        return f"HarmonicaClient(key={self.key!r}, url={self.pool.root!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A client holds a key and connections: make another one instead.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._owns_pool:
            await self.pool.aclose()
