"""The request budget of each key: a fixed window of a minute from its first request."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .answers import Refusal

WINDOW = timedelta(seconds=60)


@dataclass
class Budget:
    """Counts requests by key digest; refused ones do not extend the window."""

    per_minute: int
    _windows: dict[str, tuple[datetime, int]] = field(
        default_factory=dict[str, tuple[datetime, int]]
    )

    def count(self, digest: str, now: datetime) -> None:
        """Count a request, or refuse it (429) with the whole seconds to wait (1 to 60)."""
        start, used = self._windows.get(digest, (now, 0))
        if now - start >= WINDOW:
            start, used = now, 0
        if used < self.per_minute:
            self._windows[digest] = (start, used + 1)
            return
        wait = max(1, math.ceil((start + WINDOW - now).total_seconds()))
        message = f"Rate limit exceeded. Try again in {wait} seconds."
        raise Refusal(429, "rate_limited", message, {"retry-after": str(wait)})
