"""The body of a method spec: a section for each stage."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harmonica_mcp.server.method_spec.front import Part, SpecError

_HEADING = re.compile(r"#{1,2}[ \t]")
_STAGE = re.compile(r"##[ \t]+stage:(.*)", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")


@dataclass(slots=True)
class Section:
    """What stands under a heading; `stage` is None where the heading is no stage's."""

    line: int
    stage: str | None = None
    lines: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        """The section without its heading."""
        return "\n".join(self.lines).strip()


def sections(body: Iterable[tuple[int, str]]) -> list[Section]:
    """Cut a body at its headings of the first two levels, but not inside code.

    The first section is what stands before the first stage.
    """
    found = [Section(0)]
    fence = None
    for number, line in body:
        fence = _fence_after(fence, line)
        stage = None if fence else _STAGE.fullmatch(line)
        if stage:
            found.append(Section(number, stage[1].strip()))
        elif fence is None and _HEADING.match(line) and len(found) > 1:
            found.append(Section(number))
        else:
            found[-1].lines.append(line)
    return found


def _fence_after(fence: str | None, line: str) -> str | None:
    """The mark of the code block that goes on after a line; a bare one as long closes it."""
    mark = _FENCE.match(line)
    if mark is None or fence is None:
        return mark[1] if mark else fence
    return None if mark[1].startswith(fence) and not mark[2].strip() else fence


def prompts(stages: Mapping[str, Part], found: Iterable[Section]) -> dict[str, str]:
    """The section of each stage, in the order of the stages."""
    texts: dict[str, str] = {}
    for section in found:
        if section.stage is not None:
            _check(section, stages, texts)
            texts[section.stage] = section.text
    for name, stage in stages.items():
        if name not in texts:
            raise SpecError(
                stage.line, "this stage needs a section in the body, under `## Stage: <its id>`."
            )
    return {name: texts[name] for name in stages}


def _check(section: Section, stages: Mapping[str, Part], before: Mapping[str, str]) -> None:
    if section.stage not in stages:
        raise SpecError(
            section.line, "the id of a stage of the front matter is expected after `## Stage:`."
        )
    if section.stage in before:
        raise SpecError(section.line, "this stage has a section before; one is expected.")
    if not section.text:
        raise SpecError(section.line, "this section is empty; what to do in the stage is expected.")
