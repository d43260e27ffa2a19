"""What is planted in all that Harmonica says, and found in what is answered."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from harmonica_mcp.sandbox import Sandbox
from tests.server.answers import changing
from tests.server.wire import Json, Stage

SEEN = "⟦planted⟧"
HIDDEN = "\u202e\x1b[31m\u200b\x1b]0;x\x07\u2066\x9b\U000e0041\x08\ufeff\x1b"
PLANT = f"{HIDDEN}{SEEN}{HIDDEN}"
FORBIDDEN = set(HIDDEN) - set("[]031mx;")
# The API's own enumerations decide what a thing is; with a plant they would only hide it.
CODES = {"role", "status", "code", "template_type", "event_type", "transcript_status"}
SAID = "QUOKKA"


def planted(value: object, field: str = "") -> object:
    """A JSON value of the API with hidden characters in every text, names of people included."""
    match value:
        case str() if field not in CODES:
            return f"{PLANT}{value}{PLANT}"
        case dict():
            fields = cast("dict[str, object]", value)
            return {name: planted(item, name) for name, item in fields.items()}
        case list():
            return [planted(item, field) for item in cast("list[object]", value)]
        case _:
            return value


def planting(sandbox: Sandbox) -> Callable[..., Any]:
    """The sandbox, with hidden characters in all that it says."""
    return changing(sandbox, _with_plants)


def _with_plants(_: str, body: bytes) -> bytes:
    try:
        return json.dumps(planted(json.loads(body))).encode()
    except ValueError:
        return f"{PLANT}{body.decode()}{PLANT}".encode() if body else body


def texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, names included."""
    match value:
        case str():
            yield value
        case dict():
            for name, item in cast("dict[str, object]", value).items():
                yield name
                yield from texts(item)
        case list():
            for item in cast("list[object]", value):
                yield from texts(item)
        case _:
            pass


def clean_of(message: Json) -> str:
    """All texts of a message, when none holds a hidden character."""
    joined = "\n".join(texts(message))
    assert not set(joined) & FORBIDDEN
    return joined


def resource_of(template: str, session: str, project: str) -> str:
    """The address of a resource."""
    path = template.partition("{?")[0]
    return path.replace("{session_id}", session).replace("{project_id}", project)


def everything_said(stage: Stage) -> None:
    """Let all that people said, or that was made from it, carry a mark."""
    for session in (stage.whole, stage.session("Opening hours")):
        session.summary = f"They spoke of {SAID}.\n\n- {SAID}"
        session.session_md = f"# Brief\n\n{SAID}\n> {SAID}"
        for thread in session.threads:
            for message in thread.messages:
                message.content += f" {SAID}. We decided on {SAID}."
    for meeting in stage.tenant.meetings.values():
        meeting.utterances = [
            replace(each, text=f"{SAID} {number}")
            for number, each in enumerate(meeting.utterances or [])
        ]


def strings(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with the name of its field."""
    match value:
        case str():
            yield field, value
        case dict():
            for name, item in cast("dict[str, object]", value).items():
                yield from strings(item, name)
        case list():
            for item in cast("list[object]", value):
                yield from strings(item, field)
        case _:
            pass


def fields_with_words(value: object) -> Iterator[str]:
    """The names of the fields in which marked words stand."""
    return (field for field, text in strings(value) if SAID in text)
