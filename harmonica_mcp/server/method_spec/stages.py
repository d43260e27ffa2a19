"""The stages of a method spec: who takes part, what they see, when one is over."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harmonica_mcp.server.method_spec.body import Section, prompts
from harmonica_mcp.server.method_spec.front import Part, SpecError

# Not `custom`: the API's document has it, but Harmonica does not run it.
_MODES = ("none", "previous_summary", "all_summaries")
_STRATEGIES = (
    *("explicit", "round_robin", "first_come_first_served"),
    *("host_assigned", "all_participants"),
)
_WEIGHTS = ("normal", "elevated", "lead")
_NEEDED = {"quorum": "count", "quorum_percent": "percent", "timer": "duration_seconds"}
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)

Role = dict[str, str]
Criteria = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, with its section as the prompt."""

    id: str
    title: str
    prompt: str
    roles: list[Role]
    modes: dict[str, str]
    """`context_mode` and `assignment_strategy`, where given."""
    criteria: Criteria | None
    builds_on_other: bool

    def wiring(self) -> dict[str, object]:
        """What only the step of a chain can hold."""
        wiring: dict[str, object] = {**self.modes}
        if self.roles:
            wiring["roles"] = self.roles
        if self.criteria:
            wiring["completion_criteria"] = self.criteria
        return wiring

    def step(self, before: str) -> dict[str, object]:
        """The step of a chain, with this text before its prompt."""
        prompt = before + self.prompt
        step = {"id": self.id, "title": self.title, "facilitation_prompt": prompt}
        return {**step, **self.wiring()}

    def completion(self) -> str | None:
        """When it is over, in a few words."""
        if not self.criteria:
            return None
        more = [f"{key} {value}" for key, value in self.criteria.items() if key != "type"]
        return (
            f"{self.criteria['type']} ({', '.join(more)})" if more else f"{self.criteria['type']}"
        )


def read_roles(part: Part) -> dict[str, Role]:
    """The roles of the front matter by their slugs."""
    roles: dict[str, Role] = {}
    for each in part.items():
        slug = each["slug"].token()
        if slug in roles:
            raise SpecError(each.line, "another role has this slug; each role needs its own.")
        roles[slug] = {"slug": slug, "label": each["label"].phrase()}
        if weight := each["weight"].choice(*_WEIGHTS):
            roles[slug]["weight"] = weight
    return roles


def read_stages(part: Part, roles: Mapping[str, Role], found: Iterable[Section]) -> list[Stage]:
    """The stages of the front matter, each with its section."""
    parts: dict[str, Part] = {}
    for each in part.items():
        name = each["id"].token()
        if name in parts:
            raise SpecError(each.line, "another stage has this id; each stage needs its own.")
        parts[name] = each
    if not parts:
        raise SpecError(part.line, "`stages` must list at least one stage.")
    texts = prompts(parts, found)
    return [_stage(name, each, roles, texts[name]) for name, each in parts.items()]


def _stage(name: str, part: Part, roles: Mapping[str, Role], prompt: str) -> Stage:
    return Stage(
        id=name,
        title=part["title"].phrase(default=name),
        prompt=prompt,
        roles=_roles_of(part["roles"], roles),
        modes=_modes(part),
        criteria=_criteria(part["completion"]),
        builds_on_other=part["uses"].text() is not None,
    )


def _modes(stage: Part) -> dict[str, str]:
    given = {
        "context_mode": stage["context_mode"].choice(*_MODES),
        "assignment_strategy": stage["assignment_strategy"].choice(*_STRATEGIES),
    }
    return {name: word for name, word in given.items() if word}


def _roles_of(part: Part, roles: Mapping[str, Role]) -> list[Role]:
    chosen: dict[str, Role] = {}
    for each in part.items():
        slug = each.token()
        if slug not in roles:
            raise SpecError(
                each.line,
                "a slug of the front matter's `roles` is expected; this one is not there.",
            )
        if slug in chosen:
            raise SpecError(each.line, "the stage names this role twice; once is expected.")
        chosen[slug] = roles[slug]
    return list(chosen.values())


def _criteria(part: Part) -> Criteria | None:
    if part.value is None:
        return None
    if not isinstance(part.value, dict):
        return _complete(part, {"type": part.token()})
    given = {key: _plain(text) for key, each in part.value.items() if (text := each.text())}
    return _complete(part, {"type": part["type"].token(), **given})


def _plain(text: str) -> str | int | float:
    number = _NUMBER.fullmatch(text)
    if not number:
        return text
    return float(text) if number[1] else int(text)


def _complete(part: Part, criteria: Criteria) -> Criteria:
    needed = _NEEDED.get(str(criteria["type"]))
    if needed and not (isinstance(value := criteria.get(needed), int | float) and value > 0):
        raise SpecError(
            part.line,
            f"this completion needs a number above zero as `{needed}`, in a mapping with `type`.",
        )
    return criteria
