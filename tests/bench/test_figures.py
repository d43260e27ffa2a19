"""What the bench makes of its samples."""

import pytest

from bench.figures import Distribution, Figure, Figures, percentile

CALL = Figure("Calls", "a call", "ms")


@pytest.fixture
def figures() -> Figures:
    """Two sides, of which the second takes half as long."""
    figures = Figures(["before", "after"])
    figures.put(CALL, "before", *(float(number) for number in range(1, 101)))
    figures.put(CALL, "after", *(number / 2 for number in range(1, 101)))
    return figures


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.9, 90), (0.99, 99), (0.001, 1), (1, 100)]
)
def test_a_percentile_is_a_sample(share: float, expected: int) -> None:
    """A percentile is the smallest sample that so many are not above."""
    assert percentile(range(1, 101), share) == expected
    assert percentile([7.0], share) == 7


def test_a_distribution_is_told_whole(figures: Figures) -> None:
    """Beside the middle stand the least, what nine in ten and what nearly all stay below."""
    assert figures.of(CALL, "before") == Distribution(1, 50.5, 90, 99, 100, 100)
    assert str(figures.of(CALL, "before")) == "50.5 (1 / 90 / 99)"


def test_what_is_counted_has_one_sample(figures: Figures) -> None:
    """Failed calls of all rounds are one number."""
    failed = Figure("Calls", "failed calls")
    figures.count(failed, "before", 2)
    figures.count(failed, "before", 1)
    assert str(figures.of(failed, "before")) == "3"


def test_a_markdown_table_compares(figures: Figures) -> None:
    """Each side has a column, and each but the first its ratio to the first."""
    figures.put(Figure("Calls", "tools"), "before", 18)
    figures.put(Figure("Calls", "zero"), "before", 0)
    figures.put(Figure("Calls", "zero"), "after", 1)
    [table] = figures.tables(markdown=True)
    assert table.splitlines() == [
        "### Calls",
        "",
        "|  | runs | before | after | after / before |",
        "|---|---:|---:|---:|---:|",
        "| a call, ms | 100 | 50.5 (1 / 90 / 99) | 25.2 (0.5 / 45 / 49.5) | 0.50 |",
        "| tools | 1 | 18 |  |  |",
        "| zero | 1 | 0 | 1 |  |",
    ]


def test_a_table_for_the_terminal_has_columns(figures: Figures) -> None:
    """Without Markdown the same stands in columns of one width."""
    [table] = figures.tables(markdown=False)
    assert table.splitlines() == [
        "Calls",
        "              runs              before                   after  after / before",
        "  a call, ms   100  50.5 (1 / 90 / 99)  25.2 (0.5 / 45 / 49.5)            0.50",
    ]


def test_the_json_holds_every_sample(figures: Figures) -> None:
    """Whoever wants another statistic has the samples."""
    [before, after] = figures.as_json()
    assert (before["side"], before["unit"], before["p99"], before["runs"]) == (
        *("before", "ms"),
        *(99, 100),
    )
    assert len(after["samples"]) == 100
