"""With privacy on, no participant's name and no contact leaves by any tool, resource or error."""

import pytest

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Privacy
from tests.server.examples import NAMES, PATIENT, arguments_for, examples_of
from tests.server.guard.private import failing, leaks, planting, staged, take_part_everywhere
from tests.server.planted import resource_of
from tests.server.wire import ENVELOPE, Stage

MODES: list[Privacy] = ["names", "strict"]


def full(served: HarmonicaServer, era: str, privacy: Privacy = "names") -> Stage:
    """A stage where the planted person is everywhere."""
    stage = staged(served, era, privacy=privacy, app=planting)
    take_part_everywhere(stage)
    return stage


@pytest.mark.parametrize("privacy", MODES)
@pytest.mark.parametrize("tool", NAMES)
async def test_each_tool(served: HarmonicaServer, era: str, tool: str, privacy: Privacy) -> None:
    """Neither text, structured content, `_meta` nor progress of a tool has what was planted."""
    for number, _ in enumerate(examples_of(full(served, era), tool)):
        stage = full(served, era, privacy)
        async with stage.connect() as wire:
            called = await wire.call(tool, **examples_of(stage, tool)[number])
        assert not [*leaks(called.raw, wire.progress)], called.raw


async def test_names_were_there(served: HarmonicaServer) -> None:
    """Where the name stood, its pseudonym is shown: the walk is not over empty answers."""
    shown: set[str] = set()
    for tool in NAMES:
        stage = full(served, ENVELOPE)
        async with stage.connect() as wire:
            called = await wire.call(tool, **arguments_for(stage, tool))
        if "Participant " in called.text:
            shown.add(tool)
    assert shown > {
        *("get_session", "get_session_status", "get_summary", "generate_summary"),
        *("get_session_brief", "get_responses", "send_chat_message", "get_session_questions"),
        *("submit_pre_session_answers", "extract_knowledge", "get_transcript", "update_session"),
        *("draft_facilitation_prompt", "draft_welcome_message", "get_edit_history"),
    }


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
async def test_errors(
    served: HarmonicaServer, era: str, status: int, subtests: pytest.Subtests
) -> None:
    """No error repeats what Harmonica says of people in it, cut in the middle of a name or not."""
    stage = full(served, era)
    failing(stage, status)
    for tool in (name for name in NAMES if name not in PATIENT):
        with subtests.test(tool=tool):
            async with stage.connect() as wire:
                called = await wire.call(tool, **arguments_for(stage, tool))
            assert not [*leaks(called.raw)], called.raw


@pytest.mark.parametrize("privacy", MODES)
async def test_resources(served: HarmonicaServer, era: str, privacy: Privacy) -> None:
    """No list of resources, no resource and no resource's error has what was planted."""
    stage = full(served, era, privacy)
    done, fresh = stage.session("spring").id, stage.session("Opening").id
    project = next(iter(stage.tenant.projects))
    async with stage.connect() as wire:
        assert not [*leaks(await wire.result("resources/list"))]
        templates = (await wire.result("resources/templates/list"))["resourceTemplates"]
        for template in templates:
            for session in (done, fresh, "hst_1"):
                uri = resource_of(template["uriTemplate"], session, project)
                read = await wire.read(uri)
                assert not [*leaks(read)], uri


async def test_prompts(served: HarmonicaServer, era: str) -> None:
    """What a prompt brings along from Harmonica has nothing of what was planted."""
    stage = full(served, era)
    async with stage.connect() as wire:
        for prompt in (await wire.result("prompts/list"))["prompts"]:
            if "session_id" not in {each["name"] for each in prompt["arguments"]}:
                continue
            given = {"name": prompt["name"], "arguments": {"session_id": stage.whole.id}}
            got = await wire.result("prompts/get", given)
            assert not [*leaks(got)], prompt["name"]


async def test_completions(served: HarmonicaServer, era: str) -> None:
    """What is proposed while somebody types has nothing of what was planted."""
    stage = full(served, era)
    asked = {
        "ref": {"type": "ref/prompt", "name": "check_session"},
        "argument": {"name": "session_id", "value": ""},
    }
    async with stage.connect() as wire:
        completed = await wire.result("completion/complete", asked)
    assert completed["completion"]["values"]
    assert not [*leaks(completed)]
