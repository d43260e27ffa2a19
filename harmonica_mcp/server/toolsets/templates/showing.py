"""Showing a template."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from harmonica_mcp.client.templates import GET_TEMPLATE, LIST_TEMPLATES, Step, Template
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.naming import TemplateRef, find_template
from harmonica_mcp.server.result import Result, lines
from harmonica_mcp.server.toolsets.templates.toolset import templates

_CUT = 1_000
_TEXTS = (
    "description",
    "prompt",
    "default_name",
    "default_goal",
    "default_critical",
    "default_context",
)


class StepRow(BaseModel):
    """A step of a chain."""

    id: str
    title: str | None = None
    roles: list[str] | None = None
    assignment: str | None = None
    context_mode: str | None = None
    completion: str | None = None
    prompt: str | None = None

    @classmethod
    def of(cls, step: Step) -> "StepRow":
        """Show who takes part in a step, what they see, and when it is over."""
        return cls(
            id=one_line(step.id),
            title=one_line(step.title) if step.title else None,
            roles=[one_line(role.slug) for role in step.roles] or None,
            assignment=step.assignment_strategy,
            context_mode=step.context_mode,
            completion=_completion(step.completion_criteria),
            prompt=step.facilitation_prompt,
        )

    def line(self, number: int) -> str:
        """Render one line; a step's number is how a roster names it."""
        facts = {
            "roles": ", ".join(self.roles or []),
            "assigned": self.assignment,
            "sees": self.context_mode,
            "until": self.completion,
        }
        told = "".join(f"; {name} {fact}" for name, fact in facts.items() if fact)
        title = f" {quote_whole(self.title)}" if self.title else ""
        prompt = f": {quote_whole(self.prompt)}" if self.prompt else ""
        return f"- step {number} {self.id}{title}{told}{prompt}"


def _completion(criteria: dict[str, Any] | None) -> str | None:
    if not criteria:
        return None
    more = ", ".join(f"{name} {value}" for name, value in criteria.items() if name != "type")
    return one_line(f"{criteria.get('type', '?')}{f' ({more})' if more else ''}")


class TemplateDetail(Result):
    """A template with its texts."""

    id: str
    title: str
    type: str
    public: bool
    description: str | None = None
    prompt: str | None = None
    default_name: str | None = None
    default_goal: str | None = None
    default_critical: str | None = None
    default_context: str | None = None
    cross_pollination: bool
    spec: str | None = None
    steps: list[StepRow] | None = None
    cut: list[str] = Field(description="Texts shown only in part")

    @classmethod
    def of(cls, item: Template, *, full: bool) -> "TemplateDetail":
        """Show a template, whole or by the beginnings of its texts."""
        source = item.source_provenance
        detail = cls(
            id=item.id,
            title=one_line(item.title),
            type=item.template_type,
            public=item.is_public,
            description=item.description,
            prompt=item.facilitation_prompt,
            default_name=item.default_session_name,
            default_goal=item.default_goal,
            default_critical=item.default_critical,
            default_context=item.default_context,
            cross_pollination=item.cross_pollination_default,
            spec=one_line(f"{source.spec_id} {source.spec_version}") if source else None,
            steps=[StepRow.of(step) for step in item.chain_config.steps]
            if item.chain_config
            else None,
            cut=[],
        )
        return detail if full else detail.begun()

    def begun(self) -> "TemplateDetail":
        """The same with the beginnings of long texts, naming those."""
        texts = {name: text for name in _TEXTS if (text := getattr(self, name))}
        prompts = {f"step {n}": step.prompt or "" for n, step in enumerate(self.steps or [])}
        steps = [
            step.model_copy(update={"prompt": step.prompt and step.prompt[:_CUT]})
            for step in self.steps or []
        ]
        shorter: dict[str, Any] = {name: text[:_CUT] for name, text in texts.items()}
        cut = [name for name, text in (texts | prompts).items() if len(text) > _CUT]
        return self.model_copy(update=shorter | {"steps": steps or None, "cut": cut})

    def text(self) -> str:
        """Describe it."""
        public = "public" if self.public else "not public"
        cross = "on" if self.cross_pollination else "off"
        cut = f"Shown in part: {', '.join(self.cut)}; get_template(full=true) shows all."
        return lines(
            f"Template {self.id} {quote_whole(self.title)} ({self.type}, {public}, "
            f"cross-pollination {cross}).",
            f"Installed from method spec {self.spec}." if self.spec else None,
            *(f"{n}: {quote_whole(text)}" for n in _TEXTS if (text := getattr(self, n))),
            *(step.line(number) for number, step in enumerate(self.steps or [])),
            cut if self.cut else None,
        )


@templates.tool("Get template", [GET_TEMPLATE], lookups=[LIST_TEMPLATES], reads=True)
async def get_template(
    api: Api,
    template: TemplateRef,
    full: Annotated[bool, Field(description="Whole texts instead of their beginnings")] = False,
) -> TemplateDetail:
    """Show a template: prompts, defaults, and a chain's steps with their roles."""
    found = await api.templates.get(await find_template(api, template))
    return TemplateDetail.of(found, full=full)
