"""The report: what was checked, as text for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harmonica_mcp.server.guard import clean_json, one_line
from harmonica_mcp.transports.redaction import redacted

State = Literal["ok", "note", "failed", "skipped"]
FORMAT = 1
PROMISE = "No key or secret is in this report: it can be pasted into an issue."
_LONGEST = 600


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Args:
        name: what.
        state: `note` is worth a look and no failure.
        text: how it is, and what to do where it is not well.
        details: more lines.
        facts: the same for programs.
    """

    name: str
    state: State
    text: str
    details: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Report:
    """All checks, in order."""

    checks: Sequence[Check]

    @property
    def exit_code(self) -> int:
        """2 where the settings cannot be used, 1 where anything else does not work."""
        failed = [check.name for check in self.checks if check.state == "failed"]
        if "settings" in failed:
            return 2
        return 1 if failed else 0

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "format": FORMAT,
            "exit_code": self.exit_code,
            "checks": [
                {
                    "name": check.name,
                    "state": check.state,
                    "text": _safe(check.text),
                    "details": [_safe(line) for line in check.details],
                    "facts": _safe_json(dict(check.facts)),
                }
                for check in self.checks
            ],
        }

    def to_text(self) -> str:
        """The report for people."""
        lines: list[str] = []
        for check in self.checks:
            mark = "FAILED" if check.state == "failed" else check.state
            lines.append(f"{mark:<8}{check.name:<12}{_safe(check.text)}")
            lines += [f"{'':<20}{_safe(line)}" for line in check.details]
        return "\n".join([*lines, "", PROMISE])


def _safe(text: str) -> str:
    return redacted(one_line(text, _LONGEST))


def _safe_json(value: Any) -> Any:
    match value:
        case str():
            return _safe(value)
        case dict():
            return {name: _safe_json(item) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [_safe_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return clean_json(value)
