"""What the conformance suite says of a server for Harmonica, and why some of it does not apply."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Excuse(NamedTuple):
    """Why a check that fails tells nothing against the server."""

    letter: str
    scenario: str
    message: str
    why: str


MADE_FOR_IT = "asks for a tool, prompt or resource that is made for the suite"
EXCUSES = (
    Excuse(
        "a",
        r".*",
        r"Unknown (tool|prompt|resource): '?test(_|:)|diagnostic tool 'test_|"
        r"'json_schema_2020_12_tool' not found|could not get initial InputRequiredResult",
        MADE_FOR_IT,
    ),
    Excuse(
        "a",
        r"input-required-result-(multi-round|missing-input-response)",
        r"Expected InputRequiredResult|error instead of re-requesting",
        MADE_FOR_IT,
    ),
    Excuse(
        "b",
        r"logging-set-level|tools-call-with-logging",
        r"Method not found",
        "logging is not declared: the protocol has given it up",
    ),
    Excuse(
        "c",
        r"resources-(un)?subscribe",
        r"Method not found",
        "subscriptions are not declared: Harmonica tells nobody of changes",
    ),
    Excuse("d", r"tasks-.*", r".*", "tasks, an extension, are not declared; never scored"),
    Excuse(
        "e",
        r"http-custom-header-server-validation",
        r"no tool with x-mcp-header",
        "no tool takes an argument from a header; never scored",
    ),
    Excuse(
        "f",
        r"server-sse-(polling|multiple-streams)",
        r"did not provide session ID",
        "there are sessions with `--sessions` only",
    ),
    Excuse(
        "g",
        r"server-sse-polling",
        r"recommended",
        "streams cannot be resumed: a cut call goes on, and the same call collects its answer",
    ),
)


class Check(NamedTuple):
    """One check of a scenario."""

    scenario: str
    name: str
    status: str
    message: str

    @property
    def excuse(self) -> Excuse | None:
        """What explains that it was not passed."""
        for excuse in EXCUSES:
            where = re.fullmatch(excuse.scenario, self.scenario)
            if where and re.search(excuse.message, self.message):
                return excuse
        return None

    @property
    def verdict(self) -> str:
        """What became of it; nothing where it only tells something."""
        excuse = self.excuse
        letter = f" ({excuse.letter})" if excuse else ""
        match self.status:
            case "FAILURE":
                return f"not applicable{letter}" if excuse else "**failed**"
            case "WARNING":
                return f"warned{letter}"
            case "SUCCESS":
                return "passed"
            case "SKIPPED":
                return "skipped"
            case _:
                return ""


def cell(checks: Sequence[Check]) -> str:
    """What became of a scenario's checks."""
    verdicts = Counter(check.verdict for check in checks if check.verdict)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    return told or ("nothing checked" if checks else "")


def show(runs: Mapping[str, Sequence[Check]]) -> int:
    """Print the table and what is behind it; gives how many failures have no explanation."""
    print(f"| Scenario | {' | '.join(runs)} |\n|---|{'---|' * len(runs)}")
    for scenario in sorted({check.scenario for checks in runs.values() for check in checks}):
        cells = (cell([c for c in checks if c.scenario == scenario]) for checks in runs.values())
        print(f"| {scenario} | {' | '.join(cells)} |")
    print()
    for letter, why in dict.fromkeys((excuse.letter, excuse.why) for excuse in EXCUSES):
        print(f"({letter}) {why}")
    failed = 0
    for run, checks in runs.items():
        for check in checks:
            if check.status in {"FAILURE", "WARNING"} and not check.excuse:
                failed += check.status == "FAILURE"
                print(f"{check.status}: {run}: {check.scenario}, {check.name}: {check.message}")
    print(f"\nFailures without an explanation: {failed}\n")
    return failed
