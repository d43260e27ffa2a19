"""`harmonica-mcp serve`: settings, checks that need no `mcp`, then the transport."""

import functools
import socket
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import click
from starlette.types import ASGIApp

from harmonica_mcp.cli import logs
from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.settings import Settings, SettingsError, load_settings
from harmonica_mcp.shared import NotReachable, Shared, through_redis
from harmonica_mcp.transports.listening import address, allow_connections, is_loopback, listen
from harmonica_mcp.transports.stopping import Stopping

if TYPE_CHECKING:
    from harmonica_mcp.cli.start import Start
    from harmonica_mcp.server.app import HarmonicaServer
    from harmonica_mcp.transports.operating import MetricsPage

EXAMPLE_KEY = "hm_live_" + "0" * 32
SANDBOX_URL = "https://sandbox.harmonica.example"

# What loads `mcp` (most of a start) is imported only after everything that can be refused.


def fail(sentence: str) -> NoReturn:
    """End with one sentence on stderr and exit code 2."""
    click.echo(f"harmonica-mcp: {sentence}", err=True)
    sys.exit(2)


def listen_or_fail(host: str, port: int) -> socket.socket:
    """A listening socket, or the end of the process."""
    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        fail(f"Cannot listen on {host} port {port}: {error}.")


def settings(**flags: object) -> Settings:
    """The settings from flags and environment, or the end of the process."""
    try:
        told = load_settings(**{name: value for name, value in flags.items() if value})
        told.check()  # Refused here, before anything is loaded.
    except SettingsError as error:
        fail(str(error))
    return told


def shared_by(told: Settings) -> Shared | None:
    """What several processes share, or the end of the process."""
    if told.redis_url is None:
        return None
    try:
        return through_redis(told.redis_url.get_secret_value())
    except ImportError:
        fail("HARMONICA_REDIS_URL needs an extra: pip install 'harmonica-mcp[redis]'.")
    except NotReachable as error:
        fail(f"HARMONICA_REDIS_URL: {error}.")


def pool_for(told: Settings, *, sandbox: bool) -> Pool:
    """The connections to Harmonica, or to a sandbox in this process."""
    shared = shared_by(told)
    if not sandbox:
        return Pool(told.api_url, requests_per_minute=told.requests_per_minute, shared=shared)
    from harmonica_mcp.sandbox import Sandbox  # noqa: PLC0415 - only when asked for

    embedded = Sandbox(SANDBOX_URL, requests_per_minute=told.requests_per_minute)
    # Links in answers are formed from the pool's address: the same as the sandbox's own.
    return Pool(
        SANDBOX_URL,
        requests_per_minute=told.requests_per_minute,
        app=embedded.app,
        shared=shared,
    )


def over_stdio(*, sandbox: bool, begun: "Start | None" = None, **chosen: object) -> None:
    """Serve the host that started this process, who may have been told something already."""
    if None in (sys.stdin, sys.stdout):
        fail("stdin or stdout is closed: MCP hosts speak to this program there.")
    told = settings(**chosen)
    key = told.api_key or (ApiKey(EXAMPLE_KEY) if sandbox else None)
    if sys.stdin.isatty():
        click.echo(
            "harmonica-mcp speaks MCP on stdin and stdout: an MCP host starts it. "
            "To see it work, run `harmonica-mcp demo`.",
            err=True,
        )
    pool = pool_for(told, sandbox=sandbox)
    preparing = threading.Thread(target=pool.prepare, daemon=True)
    # While `mcp` is loaded.
    preparing.start()
    from harmonica_mcp.cli.observing import observe  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.server.app import build_server  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.transports.hello.keeper import Keeper  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.transports.stdio.serving import run_stdio, serve_from  # noqa: PLC0415

    with logs.ours():
        server = build_server(pool, key, told.options)
    observe(server, pool, told, log="warnings")
    preparing.join()
    front = begun and begun.front
    keeper = begun and Keeper(begun.identity, front and front.given)
    if front:
        front.hand_over(lambda beginning: serve_from(beginning, server, pool, keeper))
    else:
        run_stdio(server, pool, keeper)


def over_http(
    host: str,
    port: int,
    *,
    sessions: bool,
    allowed_hosts: tuple[str, ...],
    allowed_origins: tuple[str, ...],
    sandbox: bool,
    **chosen: object,
) -> None:
    """Serve over HTTP until a signal ends it."""
    told = settings(**chosen)
    _check_http(told, sessions=sessions, sandbox=sandbox)
    if not is_loopback(host) and not allowed_hosts:
        fail(f"{host} can be reached from outside: name this server with --allowed-host NAME.")
    allow_connections()
    listening = listen_or_fail(host, port)
    make = functools.partial(
        _http_app,
        told,
        sandbox=sandbox,
        host=host,
        allowed_hosts=allowed_hosts,
        allowed_origins=allowed_origins,
        sessions=sessions,
        alone=told.workers == 1,
    )
    url = address(listening)
    if told.workers > 1:
        from harmonica_mcp.transports.workers import run_workers  # noqa: PLC0415 - only over HTTP

        click.echo(f"Serving MCP at {url}/mcp with {told.workers} processes", err=True)
        run_workers(make, listening, told.workers, told.grace_seconds)
    else:
        from harmonica_mcp.transports.running import run_app  # noqa: PLC0415 - only over HTTP

        stopping = Stopping(told.grace_seconds)
        app = make(stopping)
        click.echo(f"Serving MCP at {url}/mcp (HTTP+SSE at {url}/sse)", err=True)
        run_app(app, listening, stopping)


def _check_http(told: Settings, *, sessions: bool, sandbox: bool) -> None:
    """Settings that can be served over HTTP, or the end of the process."""
    if told.api_key is not None:
        fail(
            "HARMONICA_API_KEY is set, but over HTTP each request carries its own key: "
            "unset it, or serve over stdio."
        )
    alone = {"--sessions": sessions, "--sandbox": sandbox, "Metrics": told.wants_metrics}
    for what in (name for name, wanted in alone.items() if wanted and told.workers > 1):
        fail(f"{what} cannot be served by several processes: leave out --workers.")
    if told.wants_metrics and find_spec("prometheus_client") is None:
        fail("Metrics need an extra: pip install 'harmonica-mcp[metrics]'")
    shared_by(told)


def _http_app(told: Settings, stopping: Stopping, *, sandbox: bool, **served: Any) -> ASGIApp:
    """The app, also in a process that was started for it alone."""
    logs.configure()
    from harmonica_mcp.cli.observing import observe  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.server.app import build_server  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.transports.http import http_app  # noqa: PLC0415 - loads mcp
    from harmonica_mcp.transports.limits import Limits  # noqa: PLC0415 - loads mcp

    pool = pool_for(told, sandbox=sandbox)
    with logs.ours():
        server = build_server(pool, None, told.options)
    observe(server, pool, told, log="calls")
    metrics = _metrics(server, pool, told) if told.wants_metrics else None
    return http_app(
        server,
        pool,
        metrics=metrics,
        limits=Limits(
            told.max_in_flight,
            told.max_in_flight_per_key,
            told.max_streams,
            told.max_streams_per_key,
        ),
        stopping=stopping,
        **served,
    )


def _metrics(server: "HarmonicaServer", pool: Pool, told: Settings) -> "MetricsPage | None":
    from harmonica_mcp.cli import metrics  # noqa: PLC0415 - an extra

    collected = metrics.collect(server, pool)
    try:
        url = metrics.listen(collected, told)
    except OSError as error:
        fail(f"Cannot serve metrics on {told.metrics_host} port {told.metrics_port}: {error}.")
    if url:
        click.echo(f"Metrics at {url}", err=True)
    return metrics.page(collected, told)
