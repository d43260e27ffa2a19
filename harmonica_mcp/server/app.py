"""HarmonicaServer: the SDK's server with our manners, put together from toolsets."""

import functools
import logging
from collections.abc import Iterable, Sequence
from typing import Any, cast

import anyio
from mcp.server._otel import OpenTelemetryMiddleware
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import ServerMiddleware
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedToolError,
)
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    Resource,
    ResourceTemplate,
    TextContent,
)
from pydantic import AnyUrl, ValidationError

from harmonica_mcp._version import __version__
from harmonica_mcp.client import ApiKey, HarmonicaError, Pool
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server import completions, resources
from harmonica_mcp.server.call import Call, Progress, under_way
from harmonica_mcp.server.caller import Callers, answered, keep_place, remember_request
from harmonica_mcp.server.failures import (
    NOT_UNDERSTOOD,
    Failures,
    bad_arguments,
    unknown_argument,
    unknown_tool,
)
from harmonica_mcp.server.files import LocalFiles
from harmonica_mcp.server.guard.door import door
from harmonica_mcp.server.guard.lockdown import RULE as LOCKED
from harmonica_mcp.server.guard.lockdown import is_summary
from harmonica_mcp.server.guard.privacy import Book, Lens, refusal
from harmonica_mcp.server.handover import Handover
from harmonica_mcp.server.instructions import instructions
from harmonica_mcp.server.observing.calls import UNKNOWN, Calls
from harmonica_mcp.server.observing.tracing import while_heard
from harmonica_mcp.server.once import OnceAmongAll, state_security
from harmonica_mcp.server.options import TOOLSETS, Options
from harmonica_mcp.server.prompts import offer_of, offers
from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import chosen_tools
from harmonica_mcp.server.view import RESULTS
from harmonica_mcp.server.view.page import results_view
from harmonica_mcp.server.work import Work
from harmonica_mcp.shared import Shared

log = logging.getLogger(__name__)

_STAYS = CacheHint(ttl_ms=3_600_000, scope="private")
_CACHED: dict[CacheableMethod, CacheHint] = {
    "tools/list": _STAYS,
    "prompts/list": _STAYS,
    "resources/templates/list": _STAYS,
}


class HarmonicaServer(MCPServer[Any]):
    """Serves Harmonica to whoever calls, with the caller's own key."""

    def __init__(
        self,
        pool: Pool,
        stdio_key: ApiKey | None,
        specs: Sequence[ToolSpec],
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        self._max_seconds = options.max_call_seconds
        self._lockdown = options.lockdown
        self.confirm = options.confirm
        self.calls = Calls()
        pool.observers.append(self.calls)
        self.callers = _callers(pool, stdio_key, options)
        self.files = LocalFiles(options.files_dirs)
        self.specs = tuple(specs)
        # They speak of our own tools' arguments.
        self.prompts = offers({spec.name for spec in specs if spec.toolset in TOOLSETS})
        self._changing = frozenset(spec.name for spec in specs if not spec.reads)
        self._failures = Failures(_readers(specs))
        # The official server's list is that list and nothing more.
        apps = options.apps and not options.compat and any(spec.view for spec in specs)
        tools = [spec.build(dry_run=options.dry_run, apps=apps) for spec in specs]
        self._arguments = {tool.name: list(tool.parameters["properties"]) for tool in tools}
        super().__init__(
            "harmonica-mcp",
            title="Harmonica",
            version=__version__,
            website_url="https://harmonica.chat",
            instructions=instructions(specs, options),
            tools=tools,
            extensions=[results_view(spec.name for spec in specs)] if apps else [],
            # The SDK's bus would tell one caller of another's changes.
            subscriptions=False,
            cache_hints=_CACHED,
            log_level="WARNING",
            middleware=_middleware(pool.shared),
            request_state_security=state_security(options.secrets),
        )
        self.middleware[:] = [
            while_heard(one) if isinstance(one, OpenTelemetryMiddleware) else one
            for one in self.middleware
        ]
        resources.add_to(self)
        completions.add_to(self)

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; every failure that was foreseen becomes one sentence."""
        context = context or Context(mcp_server=self)
        try:
            named = name if name in self._arguments else UNKNOWN
            with self.calls.follow("tool", named, self.callers.digest()) as seen:
                self._check_names(name, arguments)
                async with under_way(self._call(context)):
                    return seen.answered(await super().call_tool(name, arguments, context))
        except ToolError as error:
            match error.__cause__:
                case ValidationError() as cause if not isinstance(error, UnexpectedToolError):
                    return _failed(bad_arguments(cause))
                case HarmonicaError() as cause:
                    return _failed(self._failures.sentence(cause))
                case ToolError():
                    # Nothing but the user's answer is looked at on the way to a tool.
                    return _failed(NOT_UNDERSTOOD)
                case _:
                    raise
        except HarmonicaError as error:
            return _failed(self._failures.sentence(error))
        except MCPError:
            raise
        except Exception as error:
            # The SDK withholds the text of a crash in a tool, but not of one beside it.
            raise UnexpectedToolError(f"Error executing tool {name}") from error

    @property
    def patience(self) -> float:
        """Seconds for which to wait for what only makes an answer better."""
        return self._max_seconds / 4

    def sentence(self, error: HarmonicaError) -> str:
        """What to say of an error of Harmonica's."""
        return self._failures.sentence(error)

    def _check_names(self, name: str, arguments: dict[str, Any]) -> None:
        known = self._arguments.get(name)
        if known is None:
            raise MCPError(INVALID_PARAMS, unknown_tool(name))
        if unknown := unknown_argument(arguments, known):
            raise InvalidInput(unknown)
        masked = refusal(self.callers.lens.privacy, arguments) if name in self._changing else None
        if masked:
            raise InvalidInput(masked)

    def _call(self, context: Context[Any, Any]) -> Call:
        request = context.request_context.request
        key = self.callers.key(request)
        return Call(
            Progress(context),
            self.callers.work,
            caller=key.digest if key else "",
            until=anyio.current_time() + self._max_seconds,
            answered=functools.partial(answered, request),
            dry_run=self.callers.dry_run,
            served=self._arguments.keys(),
        )

    async def list_prompts(self) -> list[Prompt]:
        """The prompts that can be worked on with the tools served."""
        return [offer.listed() for offer in self.prompts.values()]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult:
        """A prompt, with what its tools say of the session at hand."""
        context = context or Context(mcp_server=self)

        async def look(tool: str, given: dict[str, Any]) -> CallToolResult:
            return cast("CallToolResult", await self.call_tool(tool, given, context))

        offer = offer_of(self.prompts, name)
        with self.calls.follow("prompt", name, self.callers.digest()):
            return await offer.answer(offer.check(arguments or {}), look, self.patience)

    async def list_resources(self) -> list[Resource]:
        """The briefs of the caller's newest sessions; none where they cannot be asked for."""
        if self._lockdown:
            return []
        try:
            with self.calls.follow("resource", "list", self.callers.digest()):
                return await resources.newest_briefs(self.callers.client_without_context())
        except HarmonicaError as error:
            log.warning("No resources listed: %s", self._failures.sentence(error))
            return []

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """The templates of what may be read here."""
        templates = await super().list_resource_templates()
        return [t for t in templates if not self._lockdown or is_summary(t.uri_template)]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource; a failure of Harmonica keeps its sentence."""
        if self._lockdown and not is_summary(str(uri)) and str(uri) != RESULTS:
            raise ResourceNotFoundError(LOCKED)
        kind = resources.kind(str(uri))
        try:
            with self.calls.follow("resource", kind, self.callers.digest()) as seen:
                with anyio.move_on_after(self._max_seconds):
                    return await super().read_resource(uri, context)
                seen.outcome = "timed_out"
        except ResourceError as error:
            if isinstance(error.__cause__, HarmonicaError):
                raise self._failures.resource_error(error.__cause__) from None
            raise
        raise ResourceError("Harmonica did not answer in time: try again.")


def build_server(
    pool: Pool, key: ApiKey | None = None, options: Options | None = None
) -> HarmonicaServer:
    """Build the server over a pool.

    Args:
        pool: shared by all callers.
        key: for callers without an HTTP request (stdio).
        options: which tools are served; the default set when left out.
    """
    options = options or Options()
    return HarmonicaServer(pool, key, chosen_tools(options), options)


def _callers(pool: Pool, stdio_key: ApiKey | None, options: Options) -> Callers:
    work = Work(Handover(pool.shared, options.secrets) if pool.shared else None)
    lens = Lens(options.privacy, options.secrets, Book())
    return Callers(
        pool, stdio_key, work, lockdown=options.lockdown, dry_run=options.dry_run, lens=lens
    )


def _middleware(shared: Shared | None) -> list[ServerMiddleware[Any]]:
    """What every message passes, the outermost first."""
    among_all = [OnceAmongAll(shared)] if shared else []
    return [keep_place, door, remember_request, *among_all]


def _failed(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _readers(specs: Iterable[ToolSpec]) -> dict[str, str]:
    # A tool made for one operation shows it best.
    specs = sorted(specs, key=lambda spec: -len(spec.operations))
    return {operation: spec.name for spec in specs for operation in spec.operations}
