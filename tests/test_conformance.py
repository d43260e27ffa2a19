"""How `bench/conformance.py` reads the suite's verdicts; `.ci/run --full` runs the suite itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.verdicts import Check, show

ROOT = Path(__file__).parent.parent
PASSED = Check("tools-list", "tools-list", "SUCCESS", "")
OWN_TOOL = Check("tools-call-image", "image", "FAILURE", "Failed: Unknown tool: 'test_image'")
DEFECT = Check("tools-list", "wire-schema-valid", "FAILURE", "tools/0/name is missing")
ADVICE = Check("caching", "ttl", "WARNING", "A longer one is recommended")


def test_what_is_explained_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that asks for a tool of the suite's own counts as not applicable, and says why."""
    assert show({"2026-07-28": [PASSED, OWN_TOOL]}) == 0
    told = capsys.readouterr().out
    assert "| tools-call-image | 1 not applicable (a) |" in told
    assert "| tools-list | 1 passed |" in told
    assert "(a) asks for a tool, prompt or resource that is made for the suite" in told


def test_everything_else_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A failure that nothing explains is named and counted; advice is named."""
    assert show({"2025-11-25": [PASSED, DEFECT], "2026-07-28": [ADVICE]}) == 1
    told = capsys.readouterr().out
    assert "| tools-list | 1 **failed**, 1 passed |  |" in told
    assert "FAILURE: 2025-11-25: tools-list, wire-schema-valid: tools/0/name is missing" in told
    assert "WARNING: 2026-07-28: caching, ttl: A longer one is recommended" in told


def test_without_the_suites(tmp_path: Path) -> None:
    """Where they are not installed the script says how they would be, and fetches nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.conformance", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "--install fetches them" in done.stderr
    assert list(tmp_path.iterdir()) == []
