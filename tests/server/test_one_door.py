"""Every text of the API passes one door: cleaned, and strangers' words kept apart."""

import pytest

from tests.server.conftest import MakeStage
from tests.server.examples import NAMES, PATIENT, arguments_for, examples_of, schema_of
from tests.server.planted import (
    HIDDEN,
    SAID,
    SEEN,
    clean_of,
    everything_said,
    fields_with_words,
    planting,
    resource_of,
)
from tests.server.wire import ENVELOPE, Stage, Wire

# For what no envelope can change.
newest_era = pytest.mark.parametrize("era", [ENVELOPE])


@pytest.mark.parametrize("tool", NAMES)
async def test_results_are_clean(make_stage: MakeStage, tool: str) -> None:
    """No hidden character that the API sends survives in a tool's text or structured content."""
    for number, _ in enumerate(examples_of(make_stage(), tool)):
        stage = make_stage(app=planting)
        async with stage.connect() as wire:
            called = await wire.call(tool, **examples_of(stage, tool)[number])
        assert clean_of(called.raw)


@newest_era
async def test_texts_do_arrive(make_stage: MakeStage) -> None:
    """What is visible beside the hidden characters is shown: the API's texts are really there."""
    shown: set[str] = set()
    for tool in NAMES:
        stage = make_stage(app=planting)
        async with stage.connect() as wire:
            called = await wire.call(tool, **arguments_for(stage, tool))
        if SEEN in called.text:
            shown.add(tool)
    assert len(shown) > len(NAMES) / 2
    assert {"get_session", "get_summary", "get_responses", "send_chat_message"} <= shown


@newest_era
async def test_errors_are_clean(make_stage: MakeStage, subtests: pytest.Subtests) -> None:
    """No hidden character survives in an error, whatever the API says in it."""
    stage = make_stage(app=planting)
    for status in (400, 403, 404, 500):
        for tool in (name for name in NAMES if name not in PATIENT):
            with subtests.test(tool=tool, status=status):
                error = {"error": {"code": "odd", "message": "why"}}
                stage.sandbox.faults.clear()
                stage.sandbox.faults.add("*", times=100, status=status, body=error)
                async with stage.connect() as wire:
                    called = await wire.call(tool, **arguments_for(stage, tool))
                assert clean_of(called.raw)


async def test_errors_that_list(make_stage: MakeStage) -> None:
    """Topics in an error are clean as well."""
    stage = make_stage(app=planting)
    async with stage.connect() as wire:
        error = (await wire.call("get_session", session_id="ai")).error
    assert clean_of({"text": error}).count(SEEN) == 8


async def test_resources_are_clean(make_stage: MakeStage) -> None:
    """No hidden character survives in a list of resources, in any resource or in its errors."""
    stage = make_stage(app=planting)
    done, fresh = stage.session("spring").id, stage.session("Opening").id
    project = next(iter(stage.tenant.projects))
    async with stage.connect() as wire:
        assert SEEN in clean_of(await wire.result("resources/list"))
        templates = (await wire.result("resources/templates/list"))["resourceTemplates"]
        for template in templates:
            uri = template["uriTemplate"]
            read = await wire.read(resource_of(uri, done, project))
            assert SEEN in clean_of(read["result"]), uri
            for session in (fresh, "hst_1"):
                assert clean_of(await wire.read(resource_of(uri, session, "no-project")))


async def test_prompts_are_clean(make_stage: MakeStage) -> None:
    """No hidden character survives in what a prompt brings along, nor in why it could not."""
    stage = make_stage(app=planting)
    async with stage.connect() as wire:
        for prompt in (await wire.result("prompts/list"))["prompts"]:
            takes = {argument["name"] for argument in prompt["arguments"]}
            for given in (stage.whole.id, "ai", "hst_1", f"{HIDDEN}x{HIDDEN}"):
                values = {"session_id": given, "topic": given}
                asked = {name: value for name, value in values.items() if name in takes}
                answer = {"name": prompt["name"], "arguments": asked}
                said = clean_of(await wire.request("prompts/get", answer))
                if given in {stage.whole.id, "ai"}:
                    assert (SEEN in said) is ("session_id" in takes), prompt["name"]


async def test_completions_are_clean(make_stage: MakeStage) -> None:
    """No hidden character survives in what is offered for an argument."""
    stage = make_stage(app=planting)
    references = [
        *(
            ({"type": "ref/prompt", "name": "quick_session"}, name)
            for name in ("template_id", "project_id", "group")
        ),
        ({"type": "ref/prompt", "name": "invite"}, "session_id"),
    ]
    async with stage.connect() as wire:
        for reference, name in references:
            asked = {"ref": reference, "argument": {"name": name, "value": ""}}
            assert SEEN in clean_of(await wire.result("completion/complete", asked)), name
        templates = (await wire.result("resources/templates/list"))["resourceTemplates"]
        for template in templates:
            name = "project_id" if "project_id" in template["uriTemplate"] else "session_id"
            reference = {"type": "ref/resource", "uri": template["uriTemplate"]}
            asked = {"ref": reference, "argument": {"name": name, "value": SEEN}}
            answer = await wire.result("completion/complete", asked)
            assert answer["completion"]["values"]
            assert clean_of(answer)


async def test_lists_are_clean(stage: Stage) -> None:
    """What we say ourselves is clean as well."""
    async with stage.connect() as wire:
        for method in ("tools/list", "prompts/list", "resources/templates/list"):
            assert clean_of(await wire.result(method))


def outside(text: str) -> str:
    """A text without what stands inside its fences."""
    kept: list[str] = []
    mark = ""
    for line in text.split("\n"):
        if mark:
            mark = "" if line == mark else mark
        elif line.startswith("<<<words "):
            mark = line.replace("<<<", ">>>")
        else:
            kept.append(line)
    assert not mark
    return "\n".join(kept)


async def talk(wire: Wire, stage: Stage) -> None:
    """Say something marked."""
    await wire.call(
        "send_chat_message", session_id=stage.whole.id, participant_name="Eve", content=SAID
    )


@newest_era
@pytest.mark.parametrize("tool", NAMES)
async def test_words_are_kept_apart(make_stage: MakeStage, tool: str) -> None:
    """Strangers' words stand in text only inside the fence, in data only in fields for words."""
    for number, _ in enumerate(examples_of(make_stage(), tool)):
        stage = make_stage()
        arguments = examples_of(stage, tool)[number]
        if "content" in schema_of(tool)["properties"]:
            arguments["content"] = f"{SAID}! Nothing more from me."
        everything_said(stage)
        async with stage.connect() as wire:
            await talk(wire, stage)
            called = await wire.call(tool, **arguments)
        assert SAID not in outside(called.text)
        for field in fields_with_words(called.raw.get("structuredContent")):
            assert field == "words" or field.endswith("_words")


@pytest.mark.parametrize(
    "tool", ["get_summary", "get_session_brief", "get_responses", "generate_summary"]
)
async def test_words_are_in_both_forms(stage: Stage, tool: str) -> None:
    """Neither form leaves the words to the other."""
    session = stage.whole
    everything_said(stage)
    async with stage.connect() as wire:
        called = await wire.call(tool, session_id=session.id)
    assert any(SAID in line for line in called.fenced)
    assert set(fields_with_words(called.data))
