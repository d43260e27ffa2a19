"""What was measured: every sample, its distribution, and tables of it."""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Figure(NamedTuple):
    """Something that is measured, in a group of such."""

    group: str
    name: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Distribution:
    """How samples are spread."""

    low: float
    p50: float
    p90: float
    p99: float
    high: float
    runs: int

    @classmethod
    def of(cls, samples: Iterable[float]) -> "Distribution":
        """Order the samples, of which there is one at least."""
        ordered = sorted(samples)
        most, nearly_all = (percentile(ordered, share) for share in (0.9, 0.99))
        middle = statistics.median(ordered)
        return cls(ordered[0], middle, most, nearly_all, ordered[-1], len(ordered))

    def __str__(self) -> str:
        """The middle; behind it the least, the 90th and the 99th percentile."""
        if self.low == self.high:
            return _short(self.p50)
        rest = " / ".join(_short(value) for value in (self.low, self.p90, self.p99))
        return f"{_short(self.p50)} ({rest})"


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest sample that is not below such a share of all (the nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def _short(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass
class Figures:
    """The samples of each figure, for each of those that are compared."""

    sides: Sequence[str]
    samples: dict[Figure, dict[str, list[float]]] = field(default_factory=dict[Figure, Any])

    def put(self, figure: Figure, side: str, *values: float) -> None:
        """Add samples of one side."""
        self.samples.setdefault(figure, {}).setdefault(side, []).extend(values)

    def count(self, figure: Figure, side: str, number: int) -> None:
        """Add to what is counted rather than measured."""
        before = self.samples.get(figure, {}).get(side, [0.0])
        self.samples.setdefault(figure, {})[side] = [before[0] + number]

    def of(self, figure: Figure, side: str) -> Distribution:
        """Give a figure's distribution on one side."""
        return Distribution.of(self.samples[figure][side])

    def tables(self, *, markdown: bool) -> Iterator[str]:
        """Give a table for each group, as Markdown or to be read in a terminal."""
        for group in dict.fromkeys(figure.group for figure in self.samples):
            rows = [
                self._row(figure, by_side)
                for figure, by_side in self.samples.items()
                if figure.group == group
            ]
            yield (_markdown if markdown else _plain)(group, [self._head(), *rows])

    def _head(self) -> list[str]:
        ratios = [f"{side} / {self.sides[0]}" for side in self.sides[1:]]
        return ["", "runs", *self.sides, *ratios]

    def _row(self, figure: Figure, by_side: dict[str, list[float]]) -> list[str]:
        told = {side: Distribution.of(samples) for side, samples in by_side.items() if samples}
        runs = " + ".join(dict.fromkeys(f"{each.runs:,}" for each in told.values()))
        cells = [str(told[side]) if side in told else "" for side in self.sides]
        ratios = [
            f"{told[side].p50 / told[self.sides[0]].p50:.2f}"
            if {side, self.sides[0]} <= told.keys() and told[self.sides[0]].p50
            else ""
            for side in self.sides[1:]
        ]
        return [str(figure), runs, *cells, *ratios]

    def as_json(self) -> list[dict[str, Any]]:
        """Give everything, all samples included."""
        return [
            {**figure._asdict(), "side": side}
            | {
                name: getattr(Distribution.of(samples), name)
                for name in Distribution.__dataclass_fields__
            }
            | {"samples": samples}
            for figure, by_side in self.samples.items()
            for side, samples in by_side.items()
            if samples
        ]


def _markdown(group: str, rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|---" + "|---:" * (len(rows[0]) - 1) + "|")
    return "\n".join([f"### {group}", "", *lines, ""])


def _plain(group: str, rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([group, *(f"  {line}" for line in lines), ""])
