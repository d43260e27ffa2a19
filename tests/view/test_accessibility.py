"""The results view by the rules of WCAG 2.2 AA, as axe-core checks them in a real browser."""

import os
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.async_api import Frame

from tests.server.wire import Stage
from tests.shared.servers import FULL
from tests.view.host import needs_chromium, opened

AXE = os.environ.get("AXE_CORE", "")
pytestmark = [
    needs_chromium,
    pytest.mark.skipif(
        not AXE and not FULL,
        reason="AXE_CORE names no axe.min.js (npm: axe-core; .ci/run --full installs it)",
    ),
]
SCRIPT = Path(AXE).read_text(encoding="utf-8") if AXE else ""
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
_RUN = "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})"


async def violations(frame: Frame) -> list[tuple[str, list[str]]]:
    """What is against the rules, or cannot be told, each with the elements."""
    told = cast("dict[str, Any]", await frame.evaluate(_RUN, RULES))
    assert len(told["passes"]) > 10
    found = cast("list[dict[str, Any]]", [*told["violations"], *told["incomplete"]])
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1024])
async def test_no_violation(stage: Stage, tmp_path: Path, scheme: str, width: int) -> None:
    """Every tab, with quotes open and findings shown, keeps the rules; a nameless field not."""
    session = stage.session("spring repair day")
    session.threads[1].finished = False
    call = ("get_session_status", {"session_id": session.id})
    async with opened(stage, tmp_path, call, width=width, scheme=scheme) as host:
        view, frame = host.view, host.page.frames[1]
        await view.get_by_role("img").wait_for()
        await frame.evaluate(SCRIPT)
        await view.locator(".person").first.click()
        await view.locator("summary").click()
        assert await violations(frame) == []
        await view.get_by_role("tab", name="Themes").click()
        await view.locator("#themes button").first.click()
        assert await violations(frame) == []
        await view.get_by_role("tab", name="Decisions").click()
        assert await violations(frame) == []
        await view.get_by_role("button", name="Extract them now").click()
        await view.locator(".finding button").first.click()
        assert await violations(frame) == []
        await frame.evaluate("document.body.append(document.createElement('input'))")
        assert [rule for rule, _ in await violations(frame)] == ["label"]
