"""Times and ids in the shapes of the API."""

import hashlib
import uuid
from datetime import UTC, datetime

from .answers import invalid


def stamp(moment: datetime) -> str:
    """Write a time as the API does: UTC with milliseconds."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """Write a time that may be missing."""
    return stamp(moment) if moment else None


def moment(text: str, field: str) -> datetime:
    """Read a time from a query; without an offset it counts as UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{field} must be an ISO 8601 date") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class Ids:
    """Ids in the shapes seen in the wild, the same for the same tenant in every run."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def _hex(self) -> str:
        self._count += 1
        return hashlib.sha256(f"{self._seed}:{self._count}".encode()).hexdigest()

    def uuid(self) -> str:
        """Give the next id as a UUID."""
        return str(uuid.UUID(self._hex()[:32], version=4))

    def short(self, prefix: str) -> str:
        """Give the next id as a prefix and 12 hex digits."""
        return prefix + self._hex()[:12]
