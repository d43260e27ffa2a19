"""How far an export is, on stderr: a bar for people, a line per session for logs."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """Tells of sessions as they are done."""

    def __init__(self, total: int, bar: "ProgressBar[str] | None" = None) -> None:
        self._total = total
        self._bar = bar
        self._done = 0

    def done(self, session: str, what: str) -> None:
        """Tell of a session that is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(1, session)
        else:
            click.echo(f"[{self._done}/{self._total}] {session}: {what}", err=True)

    def waits(self, seconds: float) -> None:
        """Tell why nothing happens."""
        told = f"waiting {seconds:.0f} s for the request budget"
        if self._bar is not None:
            self._bar.current_item = told
            self._bar.render_progress()
        else:
            click.echo(told, err=True)


@contextmanager
def progress(total: int) -> Generator[Progress]:
    """Show the progress of so many sessions."""
    if not sys.stderr.isatty():
        yield Progress(total)
        return
    bar: ProgressBar[str] = click.progressbar(
        length=total, label="Exporting", file=sys.stderr, item_show_func=lambda item: item
    )
    with bar:
        yield Progress(total, bar)
