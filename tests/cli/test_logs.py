"""What is logged, and what never is."""

import logging
import sys
from pathlib import Path
from types import ModuleType

import pytest

from harmonica_mcp.cli import logs
from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server

KEY = "hm_live_" + "c" * 32


def configure() -> None:
    """Set up logging as in a fresh process, where nobody has done so yet."""
    logging.getLogger().handlers.clear()
    logs.configure()


def test_keys_are_taken_out_of_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A key in a message, an argument or a traceback is not written."""
    configure()
    log = logging.getLogger("any.library")
    log.warning(f"A message with %s and {KEY}", KEY)  # noqa: G004 - libraries do that
    log.error("It failed", exc_info=ValueError(KEY))
    told = capsys.readouterr()
    assert told.out == ""
    assert KEY not in told.err
    assert "A message with hm_live_(hidden) and hm_live_(hidden)" in told.err
    assert "ValueError: hm_live_(hidden)" in told.err


def test_only_warnings_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Libraries that tell of every request or repeat are not heard."""
    configure()
    logging.getLogger("httpx2").info("GET https://app.harmonica.chat/api/v1/me")
    logging.getLogger("stamina").warning("stamina.retry_scheduled")
    logging.getLogger("mcp.server.sse").error("Failed to parse: words")
    logging.getLogger("harmonica_mcp").warning("This is worth knowing")
    assert capsys.readouterr().err == "harmonica-mcp WARNING: This is worth knowing\n"


def test_a_line_that_cannot_be_written_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """A faulty log call shows no traceback, which would show its arguments."""
    configure()
    logging.getLogger("any.library").warning("%d", KEY)
    assert capsys.readouterr().err == ""


def test_the_sdk_loads_nothing_for_logs_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `rich` is installed a server starts without it, and others may use it afterwards."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    rich = ModuleType("rich")
    rich.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "rich", rich)
    (tmp_path / "console.py").write_text("raise MemoryError")
    with logs.ours():
        build_server(Pool())
    with pytest.raises(MemoryError):
        build_server(Pool())


def test_what_is_loaded_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `rich` that somebody uses already is left to them."""
    monkeypatch.setitem(sys.modules, "rich.console", sys)
    with logs.ours():
        assert sys.modules["rich.console"] is sys
    assert sys.modules["rich.console"] is sys
