"""Which failures are followed by a repeat, and when."""

from dataclasses import dataclass

import anyio

from harmonica_mcp.client import errors
from harmonica_mcp.client._operation import Operation, Retry

_REPEATS = 4


@dataclass(slots=True)
class Repeats:
    """Decides after each failure of one request whether and when it is sent again."""

    operation: Operation
    deadline: float
    may_be_gone: bool = False
    """Whether an earlier sending, whose answer was lost, may have deleted what is asked for."""
    lost: errors.HarmonicaError | None = None
    """Why it is not known whether an earlier sending took effect."""
    failures: int = 0
    crashes: int = 0

    def __call__(self, error: Exception) -> bool | float:
        match error:
            case errors.RateLimited(retry_after=float(wait)):
                return wait if anyio.current_time() + wait < self.deadline else False
            case errors.ConnectionFailed():
                return self._again()
            case errors.ConnectionLost() | errors.ServerError(status=502 | 503 | 504):
                self.lost = error if self.operation.writes else None
                self.may_be_gone = self.operation.method == "DELETE"
                return self.operation.retry is not Retry.ONCE and self._again()
            case errors.ServerError(status=500):
                self.crashes += 1
                return 1.0 if self.operation.retry is Retry.READ and self.crashes == 1 else False
            case _:
                return False

    def _again(self) -> bool:
        self.failures += 1
        return self.failures < _REPEATS and anyio.current_time() < self.deadline
