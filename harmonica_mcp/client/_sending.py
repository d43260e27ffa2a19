"""One caller's requests: built, sent in time and within the budget, repeated where that is safe."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import anyio
import stamina

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._budget import OnWait
from harmonica_mcp.client._clock import ApiClock, seconds_left
from harmonica_mcp.client._dry_run import Planned
from harmonica_mcp.client._http import Request, onward
from harmonica_mcp.client._observing import observed
from harmonica_mcp.client._operation import Gate, OpenRequest, Operation, Upload
from harmonica_mcp.client._pool import Pool
from harmonica_mcp.client._repeats import Repeats
from harmonica_mcp.client.key import WHERE_KEYS_COME_FROM, ApiKey

_REDIRECTS = 3
# The API's server refuses an address of 16 kB without a word about what was wrong.
_LONGEST_TARGET = 15_000
_REPEATING = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=10)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request that may be sent more than once."""

    operation: Operation
    path: str
    request: Request
    deadline: float
    """The moment of the event loop's clock by which its answer must be there."""
    again: Repeats


@dataclass(slots=True)
class Http:
    """The pool as one caller uses it: with this key and no other."""

    pool: Pool
    key: ApiKey | None
    on_wait: OnWait | None = None
    gate: Gate = field(default_factory=Gate)
    dry_run: bool = False
    """Whether what has an effect is shown instead of sent."""
    clock: ApiClock = field(default_factory=ApiClock, init=False)
    last_write: OpenRequest | None = field(default=None, init=False)

    def limit(self, operation: Operation) -> float:
        """Seconds that the operation may take."""
        return min(operation.limit, self.pool.max_seconds)

    def patience(self, operation: Operation) -> float:
        """Seconds that a request may wait before it is sent."""
        return min(self.limit(operation), max(self.gate.closes_at - anyio.current_time(), 0))

    async def request(
        self,
        operation: Operation,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int | None] | None = None,
        json: object = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Send one request, repeated as its retry class allows, and return a successful answer.

        Args:
            operation: what to send.
            path: the values of the path template, quoted here.
            query: parameters; those that are None are left out.
            json: the body; with an upload, the form's text fields.
            upload: a file, sent as multipart form data.

        Raises:
            HarmonicaError: See `harmonica_mcp.client.errors`.
        """
        if not operation.public:
            self._require_key()
        filled = operation.path.format_map(
            {name: _check.path_segment(name, value) for name, value in (path or {}).items()}
        )
        request = self._build(operation, filled, query or {}, json, upload)
        if operation.writes:
            await self.gate.opened()
        deadline = anyio.current_time() + self.limit(operation)
        # Reading after a lost answer goes on when nothing may be sent any more.
        send_by = min(deadline, self.gate.closes_at) if operation.writes else deadline
        sent = _Sent(operation, filled, request, deadline, Repeats(operation, send_by))
        try:
            return await self._repeated(sent)
        except (errors.NotSent, errors.RateLimited):
            if sent.again.lost is None:
                raise
            # True of the last sending only: the one before may have taken effect.
            raise sent.again.lost from None

    async def _repeated(self, sent: "_Sent") -> Answer:
        """Send it, again where that is safe."""
        try:
            return await self._send(sent)
        except errors.HarmonicaError as error:
            failed = [error]

        # Most requests need no repeat, and setting one up takes as long as much of a request: what
        # repeats is told of the first failure only now.
        async def go_on() -> Answer:
            if failed:
                raise failed.pop()
            return await self._send(sent)

        return await _REPEATING(sent.again, go_on)

    async def _send(self, sent: "_Sent") -> Answer:
        """Send it once; an answer that is an error is raised."""
        operation = sent.operation
        try:
            if operation.writes:
                self.gate.check()
            seconds_left(sent.deadline)
            await self.pool.budget.take(self._digest, sent.again.deadline, self.on_wait)
            if not operation.writes:
                return await self._follow(operation, sent.request, sent.deadline)
            with self.gate.undone_if_refused():
                return await self._write(sent)
        except errors.NotFound:
            if not sent.again.may_be_gone:
                raise
            # What an earlier sending deleted, whose answer was lost, is not there any more.
            return Answer(operation, 204, b"", "")

    def _build(
        self,
        operation: Operation,
        path: str,
        query: Mapping[str, str | int | None],
        json: object,
        upload: Upload | None,
    ) -> Request:
        _check.content(dict(query), "query")
        _check.content(json, "text")
        request = self.pool.connections.build(
            operation,
            path,
            headers=self._authorization(operation),
            query=query,
            json=json,
            upload=upload,
        )
        if request is None or len(request.url.raw_path) > _LONGEST_TARGET:
            raise errors.InvalidInput("What to search for is too long to be sent.")
        if operation.writes and self.dry_run:
            target = request.url.raw_path.decode()
            raise errors.DryRun(Planned.of(operation.method, target, json, upload, self.key))
        return request

    @property
    def _digest(self) -> str:
        return self.key.digest if self.key else "no key"

    def _authorization(self, operation: Operation) -> dict[str, str]:
        if operation.public or self.key is None:
            return {}
        return {"Authorization": f"Bearer {self.key.get_secret_value()}"}

    def _require_key(self) -> None:
        if self.key is None:
            raise errors.KeyMissing(
                f"No Harmonica API key is set: {WHERE_KEYS_COME_FROM}, then give it to this "
                "server as HARMONICA_API_KEY."
            )

    async def _write(self, sent: "_Sent") -> Answer:
        with ExitStack() as under_way:

            async def leave() -> None:
                await self.gate.about_to_leave()
                self.gate.leave()
                under_way.close()
                request = self.pool.open_requests.send(sent.operation, sent.path)
                self.last_write = under_way.enter_context(request)

            sent.request.extensions["leave"] = leave
            return await self._follow(sent.operation, sent.request, sent.deadline)

    async def _follow(
        self, operation: Operation, request: Request, deadline: float, hops: int = 0
    ) -> Answer:
        with observed(self.pool.observers, operation, request.url.host) as exchange:
            request.headers.update(exchange.headers)
            response = await self.pool.connections.exchange(
                operation, request, deadline, self.limit(operation), self._digest
            )
            exchange.status = response.status_code
        following = onward(request, response)
        if following is not None and hops < _REDIRECTS:
            return await self._follow(operation, following, deadline, hops + 1)
        answer = Answer.of(
            operation, response.status_code, response.headers, response.content, self.key
        )
        self.clock.read(answer.date)
        answer.raise_for_status()
        return answer
