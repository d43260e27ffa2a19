"""Attacks by participants, and what of an answer is ours."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from harmonica_mcp.server.guard import clean
from tests.server.wire import Json

CASES: list[Json] = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))


def shown(case: Json) -> list[str]:
    """The texts that must arrive, whole: nothing is censored."""
    texts = [case["text"]] if isinstance(case["text"], str) else case["text"]
    whole = [clean(text) for text in texts]
    assert "shown" not in case or whole == [case["shown"]]
    return whole


def outside(text: str) -> str:
    """What a reader takes for ours: the text without fences and quoted strings.

    Fails where a fence is not closed by its own mark, or a line in it is no JSON string.
    """
    kept: list[str] = []
    mark = ""
    for line in text.split("\n"):
        if mark and line != mark:
            value = re.fullmatch(r'(?:.*?: )?("(?:[^"\\]|\\.)*")', line)
            assert value, line
            json.loads(value[1])
        elif mark:
            mark = ""
        elif re.fullmatch("<<<words [0-9a-f]{8}", line):
            mark = line.replace("<<<", ">>>")
        else:
            kept.append(re.sub(r'"(?:[^"\\]|\\.)*"', '""', line))
    assert not mark
    return "\n".join(kept)


def pieces(case: Json) -> Iterator[str]:
    """The lines of the attack that are long enough to be told from our own words."""
    for text in shown(case):
        for line in text.split("\n"):
            if len(line.strip()) > 8:
                yield line.strip()[:40]
