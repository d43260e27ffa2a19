"""The call log: one line for each call."""

import logging

from harmonica_mcp.server.observing.calls import Listener, Seen

LOGGER = "harmonica_mcp.calls"
log = logging.getLogger(LOGGER)


class CallLog(Listener):
    """Writes `key=value` pairs, which people read and log collectors parse."""

    def ended(self, seen: Seen) -> None:
        """Write the line."""
        log.info(
            "call %s=%s outcome=%s seconds=%.3f requests=%d status=%s caller=%s",
            seen.kind,
            seen.name,
            seen.outcome,
            seen.seconds,
            seen.requests,
            seen.status or "-",
            seen.caller or "-",
        )
