"""Prompts: what is offered with which tools, and which arguments they take."""

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.completions import ASKED
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.prompts import PROMPTS, offers
from harmonica_mcp.server.prompts import catalogue as declared
from harmonica_mcp.server.toolsets import chosen_tools
from tests.server.conftest import MakeStage
from tests.server.prompts.prompting import ALL, SOFTLY, got
from tests.server.wire import KEY, Json, Stage, connected


async def test_the_list(stage: Stage) -> None:
    """All prompts are listed with title, purpose and described arguments, in their order."""
    async with stage.connect() as wire:
        listed = (await wire.result("prompts/list"))["prompts"]
    assert [prompt["name"] for prompt in listed] == ALL
    for prompt in listed:
        assert prompt["title"]
        assert prompt["description"].endswith(".")
        assert all(argument["description"] for argument in prompt["arguments"])
    assert stage.sent == []


async def test_the_list_needs_no_key(make_stage: MakeStage) -> None:
    """Prompts are listed, and those without a session answered, without a key."""
    stage = make_stage(key=None)
    async with stage.connect() as wire:
        assert len((await wire.result("prompts/list"))["prompts"]) == len(ALL)
        assert "# Design a Harmonica session" in await got(wire, "design_session")
        text = await got(wire, "invite", session_id="hst_1")
    assert f"{SOFTLY}No Harmonica API key" in text


@pytest.mark.parametrize(
    ("options", "there"),
    [
        (Options(), ALL),
        (
            Options(read_only=True),
            [
                *("check_session", "session_summary", "review_session"),
                *("invite", "decisions_and_actions"),
            ],
        ),
        (
            Options(lockdown=True),
            [name for name in ALL if name not in {"review_session", "take_part"}],
        ),
        (Options(toolsets=("meetings",)), []),
    ],
)
async def test_what_cannot_be_done_is_not_offered(
    era: str, options: Options, there: list[str]
) -> None:
    """A prompt whose main tools are all missing is neither listed nor answered."""
    async with connected(build_server(Pool(), options=options), era) as wire:
        listed = (await wire.result("prompts/list"))["prompts"]
        assert [prompt["name"] for prompt in listed] == there
        for name in set(ALL) - set(there):
            error = await wire.error("prompts/get", {"name": name})
            named = ", ".join(there) or "none with these tools"
            assert error["code"] == -32602
            assert error["message"] == f"Unknown prompt: '{name}'. There are: {named}."


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "invite",
            {},
            "Missing: session_id. invite takes: session_id (required), channel, language.",
        ),
        ("quick_session", {"topic": " "}, "Missing: topic. quick_session takes: topic (required),"),
        (
            "invite",
            {"session": "x", "session_id": "y"},
            (
                "There is no argument 'session'. "
                "invite takes: session_id (required), channel, language."
            ),
        ),
        (
            "decisions_and_actions",
            {},
            (
                "Missing: session_id or project_id. "
                "decisions_and_actions takes: session_id, project_id."
            ),
        ),
        ("design_session", {"intent": f"my key is {KEY}"}, "A Harmonica key is in an argument: "),
        ("design_session", {KEY: "x"}, "There is no argument (hidden). design_session takes: "),
        (KEY, {}, "Unknown prompt: (hidden). There are: design_session, quick_session, "),
        ("Design", {}, "Unknown prompt: 'Design'. There are: design_session, "),
    ],
)
async def test_wrong_arguments(stage: Stage, name: str, given: Json, message: str) -> None:
    """A wrong or missing argument is an error that names the valid ones, without what was typed."""
    async with stage.connect() as wire:
        error = await wire.error("prompts/get", {"name": name, "arguments": given})
    assert error["code"] == -32602
    assert error["message"].startswith(message)
    assert KEY not in error["message"]
    assert stage.sent == []


async def test_arguments_follow_the_tools(era: str) -> None:
    """An argument for which a tool is missing is not offered; what is then left is required."""
    async with connected(build_server(Pool()), era) as wire:
        listed = {each["name"]: each for each in (await wire.result("prompts/list"))["prompts"]}
        [only] = listed["decisions_and_actions"]["arguments"]
        assert (only["name"], only["required"]) == ("session_id", True)
        names = [each["name"] for each in listed["design_session"]["arguments"]]
        assert names == ["intent", "template_id", "language"]
        given = {"name": "design_session", "arguments": {"project_id": "x"}}
        error = await wire.error("prompts/get", given)
    assert error["message"].endswith("design_session takes: intent, template_id, language.")


def test_what_names_something_is_completed() -> None:
    """Every argument that names something of Harmonica's can be completed, and no other."""
    named = {each.name for prompt in PROMPTS for each in prompt.arguments if not each.choices}
    assert set(ASKED) == declared.CHOSEN == named & declared.CHOSEN


def test_default_tools() -> None:
    """With the default tools every prompt is there."""
    assert list(offers({spec.name for spec in chosen_tools(Options())})) == ALL
