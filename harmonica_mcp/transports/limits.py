"""How much an HTTP server takes on, in one process."""

from dataclasses import dataclass

from harmonica_mcp.transports.conversation import IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class Limits:
    """What is bounded besides the size of a request and the patience with a connection.

    Args:
        in_flight: requests under way, of all callers.
        in_flight_per_key: of one key; fewer than the connections to Harmonica, so that nobody's
            stalled calls take them all.
        streams: SSE streams open, and MCP sessions, of all callers.
        streams_per_key: of one key.
        idle_seconds: after which a stream or a session ends on which nothing happens.
    """

    in_flight: int = 512
    in_flight_per_key: int = 32
    streams: int = 1_000
    streams_per_key: int = 100
    idle_seconds: float = IDLE_SECONDS
