"""Widgets: a facilitator's question with choices, which is answered in words."""

import json

from pydantic import BaseModel

from harmonica_mcp.client.chat import WidgetSpec
from harmonica_mcp.server.guard import Record

# No scale is that long; neither are infinity and what no float can hold.
_HUGE = 1e15


class Widget(BaseModel):
    """A question with choices, answered in words."""

    kind: str
    question_words: str | None = None
    choices_words: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None
    minimum_words: str | None = None
    maximum_words: str | None = None

    @classmethod
    def of(cls, spec: WidgetSpec | None) -> "Widget | None":
        """Read the known properties; unknown ones are passed over."""
        if spec is None:
            return None
        props = spec.root.props
        choices = props.get("options", props.get("items"))
        return cls(
            kind=spec.root.type,
            question_words=_words(props.get("label", props.get("instruction"))),
            choices_words=[_choice(c) for c in choices] if isinstance(choices, list) else None,  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            minimum=_number(props.get("min")),
            maximum=_number(props.get("max")),
            minimum_words=_words(props.get("minLabel")),
            maximum_words=_words(props.get("maxLabel")),
        )

    def records(self) -> list[Record]:
        """Render the choices, numbered."""
        scale = [
            Record(f"{end} {value:g}" if value is not None else end, words or "")
            for end, value, words in (
                ("lowest", self.minimum, self.minimum_words),
                ("highest", self.maximum, self.maximum_words),
            )
            if value is not None or words
        ]
        asked = [Record(f"question ({self.kind})", self.question_words or "")]
        choices = [Record(str(n), c) for n, c in enumerate(self.choices_words or [], 1)]
        return asked + choices + scale


def _words(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _HUGE else None


def _choice(value: object) -> str:
    match value:
        case str(label) | {"label": str(label)} | {"text": str(label)} | {"value": str(label)}:
            return label
        case _:
            return json.dumps(value, ensure_ascii=False)
