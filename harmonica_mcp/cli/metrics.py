"""Serving metrics, over HTTP; needs the extra `metrics`."""

from prometheus_client import disable_created_metrics, start_http_server

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.observing.metrics import Metrics
from harmonica_mcp.settings import Settings
from harmonica_mcp.transports.listening import authority
from harmonica_mcp.transports.operating import MetricsPage


def collect(server: HarmonicaServer, pool: Pool) -> Metrics:
    """Count the server's calls and the pool's requests."""
    # When each series began is twice the lines, and nothing that anybody asks for.
    disable_created_metrics()
    metrics = Metrics()
    server.calls.listeners.append(metrics)
    pool.observers.append(metrics)
    return metrics


def page(metrics: Metrics, told: Settings) -> MetricsPage | None:
    """The page beside MCP, where there is a token for it."""
    if told.metrics_token is None:
        return None
    return MetricsPage(metrics.render, told.metrics_token.get_secret_value().encode())


def listen(metrics: Metrics, told: Settings) -> str | None:
    """Serve them on a port of their own, in a thread, where one is set; gives the URL.

    Raises:
        OSError: The address is taken, or not one of this machine.
    """
    if told.metrics_port is None:
        return None
    serving, _ = start_http_server(
        told.metrics_port, addr=told.metrics_host, registry=metrics.registry
    )
    return f"http://{authority(told.metrics_host, serving.server_port)}/metrics"
