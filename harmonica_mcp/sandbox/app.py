"""The sandbox itself: routing, keys, budget, faults and records around the handlers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.utils import format_datetime

import anyio
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from . import arrival, pages, routes, seeds, upload
from .answers import Answer, Refusal, ServerFault, no_such_route
from .arrival import Recorded
from .budget import Budget
from .call import Call, World
from .faults import AnswerLost, Faults
from .routes import Handler, Match
from .state import Tenant
from .upload import Upload

_NOTED = 1_000
"""Requests, with their bodies, of a sandbox that may be served for long."""
_CUT_SHORT = [(b"content-type", b"application/json"), (b"content-length", b"100")]


def _now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """An embedded Harmonica: `app` is an ASGI app with the API below `/api/v1`.

    Every key with the prefix `hm_live_` is its own tenant, seeded on first use; keys in `revoked`
    are refused. `requests_per_minute` is each key's budget. `public_url` is where join links
    point. `clock` gives the time, also that of the `Date` header: run uvicorn with
    `date_header=False`, or it adds a second one. Nothing is ever written to disk or fetched.
    """

    def __init__(
        self,
        public_url: str = "https://sandbox.harmonica.example",
        requests_per_minute: int = 100,
        clock: Callable[[], datetime] = _now,
        *,
        public_sessions: bool = False,
    ) -> None:
        self.app = Router(default=self._serve)
        self.faults = Faults()
        self.revoked: set[str] = set()
        self.requests: list[Recorded] = []
        self._world = World(public_url.rstrip("/"), clock, public_sessions, self._start)
        self._budget = Budget(requests_per_minute)
        self._tasks: set[asyncio.Task[Answer | None]] = set()

    @property
    def effects(self) -> Counter[str]:
        """What really happened, counted: `session created`, `turn stored`, `reply stored`, …."""
        return self._world.effects

    def tenant(self, key: str) -> Tenant:
        """Give the tenant of a key, made and seeded on first use."""
        digest = arrival.key_digest(key)
        if digest not in self._world.tenants:
            self._world.tenants[digest] = seeds.tenant(digest, key[:12], self._world.clock())
        return self._world.tenants[digest]

    async def settled(self) -> None:
        """Wait until all work under way is done, late replies and abandoned requests included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Coroutine[object, object, Answer | None]) -> asyncio.Task[Answer | None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        # A request goes on when its client hangs up, as it does at the real service.
        work = self._handle(request, raw, await upload.received(request))
        answer = await asyncio.shield(self._start(work))
        if answer is None:
            # A server closes the connection when the body stays shorter than announced.
            await send({"type": "http.response.start", "status": 200, "headers": _CUT_SHORT})
            raise AnswerLost("The sandbox cut the connection, as a fault asked it to.")
        date = format_datetime(self._world.clock().astimezone(UTC), usegmt=True)
        await answer.response(date)(scope, receive, send)

    async def _handle(self, request: Request, raw: bytes, file: Upload | None) -> Answer | None:
        """Answer a request, or give None where its answer is to be lost."""
        target = arrival.path(request)
        if odd := arrival.oddity(target, request):
            return odd
        try:
            match = routes.find(target)
        except routes.BadPath:
            return arrival.bad_request()
        method = "GET" if request.method == "HEAD" else request.method
        operation = f"{method} {match.template if match else target}"
        noted = arrival.record(operation, request, raw)
        # Before the work, so that requests stand in their order of arrival.
        self.requests.append(noted)
        del self.requests[:-_NOTED]
        answer = await self._answer(match, operation, request, raw, file)
        if answer:
            noted.status = answer.status
        return answer

    async def _answer(
        self, match: Match | None, operation: str, request: Request, raw: bytes, file: Upload | None
    ) -> Answer | None:
        if match is None:
            return pages.find(self._world, request) or no_such_route()
        method = operation.split(maxsplit=1)[0]
        if method == "OPTIONS":
            return Answer(204, headers={"allow": ", ".join([*sorted(match.handlers), method])})
        if method not in match.handlers:
            return Answer(405)
        query = arrival.query(request)
        try:
            tenant = self._admitted(operation, request)
        except Refusal as refusal:
            return refusal.answer()
        fault = self.faults.take(operation)
        call = Call(self._world, tenant, operation, match.values, query, raw, file, fault)
        return await _worked(match.handlers[method], call)

    def _admitted(self, operation: str, request: Request) -> Tenant:
        """Find whose request this is and count it; open sessions need no key, where offered."""
        now = self._world.clock()
        if operation == "GET /sessions/public" and self._world.public_sessions:
            self._budget.count(f"address {request.client.host if request.client else ''}", now)
            return self.tenant(arrival.COMMONS)
        tenant = self.tenant(arrival.key_of(request, self.revoked))
        self._budget.count(tenant.digest, now)
        tenant.last_used_at = now
        return tenant


async def _worked(handler: Handler, call: Call) -> Answer | None:
    """Let a handler work, with the mishap that this request met before, instead or after."""
    fault = call.fault
    if fault is None:
        return _worked_now(handler, call)
    await anyio.sleep(fault.delay)
    if fault.drop == "before":
        return None
    answer = fault.answer() or _worked_now(handler, call)
    await anyio.sleep(fault.delay_after)
    return None if fault.drop == "after" else answer


def _worked_now(handler: Handler, call: Call) -> Answer:
    try:
        return handler(call)
    except (Refusal, ServerFault) as refusal:
        return refusal.answer()
