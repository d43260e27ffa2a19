"""Prompts: what is offered with which tools, what they say, and what they bring along."""

import json
import re
from pathlib import Path

import anyio
import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.completions import ASKED
from harmonica_mcp.server.options import TOOLSETS, Options
from harmonica_mcp.server.prompts import PROMPTS, offers, tools_in
from harmonica_mcp.server.prompts import catalogue as declared
from harmonica_mcp.server.toolsets import chosen_tools
from tests.redteam.test_cases import CASES, outside, pieces
from tests.server.conftest import MakeStage
from tests.server.examples import NAMES, SPECS
from tests.server.test_every_tool import unreachable
from tests.server.wire import ENVELOPE, KEY, Json, Stage, Wire, connected

ALL = [prompt.name for prompt in PROMPTS]
FOLDER = Path(declared.__file__).parent
CHOICES = {
    "default": Options(),
    "all": Options(toolsets=("all",)),
    "read-only": Options(read_only=True),
    "all read-only": Options(toolsets=("all",), read_only=True),
    "lockdown": Options(toolsets=("all",), lockdown=True),
    **{f"only {name}": Options(toolsets=(name,)) for name in TOOLSETS},
    **{f"without {name}": Options(toolsets=("all",), exclude_tools=(name,)) for name in NAMES},
}
TAKES: dict[str, frozenset[str]] = {
    spec.name: frozenset(spec.build().parameters["properties"]) for spec in SPECS
}
GIVEN = {"topic": "Bees", "channel": "poster", "language": "Finnish", "intent": "More bees"}
SOFTLY = "It could not be read just now: "


async def got(wire: Wire, name: str, **arguments: str) -> str:
    """The text of a prompt's only message."""
    answer = await wire.result("prompts/get", {"name": name, "arguments": arguments})
    [message] = answer["messages"]
    assert (message["role"], message["content"]["type"]) == ("user", "text")
    return message["content"]["text"]


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


@pytest.mark.parametrize("choice", CHOICES)
def test_only_served_tools_are_named(choice: str) -> None:
    """Whatever is served, no prompt names a tool that is not, nor an argument that none takes."""
    served = CHOICES[choice].names()
    known = {*served, *(name for tool in served for name in TAKES[tool])}
    for name, offer in offers(served).items():
        words = set(re.findall(r"[a-z]+(?:_[a-z]+)+", offer.text))
        assert words & set(NAMES) <= set(served), name
        assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", offer.text)) <= known, name
        assert {carried.tool for carried in offer.carries} <= set(served)
        assert "<!--" not in offer.text


@pytest.mark.parametrize("choice", CHOICES)
def test_texts_are_whole(choice: str) -> None:
    """Whatever is left out, a prompt begins with its heading and has no heading over nothing."""
    for offer in offers(CHOICES[choice].names()).values():
        assert offer.text.startswith("# ")
        blocks = offer.text.split("\n\n")
        for block, following in zip(blocks, [*blocks[1:], "#"], strict=True):
            assert not (block.startswith("#") and following.startswith("#"))


def test_what_is_served_is_used() -> None:
    """With all tools every line of every file stands there, but those for missing tools."""
    known = offers(NAMES)
    for path in FOLDER.glob("*.md"):
        for block in re.split(r"\n\n|\n(?=- )", path.read_text().strip()):
            shown = any(block in offer.text for offer in known.values())
            assert shown is not block.startswith("- <!-- unless"), block


def test_other_ways_are_told() -> None:
    """Where a tool is missing, the prompt says how the same is done without it."""
    read_only = offers(CHOICES["all read-only"].names())
    assert "I paste it in the Harmonica web app." in read_only["review_session"].text
    assert "I paste it in the Harmonica web app." not in offers(NAMES)["review_session"].text
    without = offers([name for name in NAMES if name != "apply_template_prompt"])
    text = without["design_session"].text
    assert "- With a template say that its own instructions are not applied\n" in text


def test_a_heading_goes_with_what_was_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heading below which nothing is left is left out, too."""
    from harmonica_mcp.server.prompts import text

    (tmp_path / "a.md").write_text("# A\n\n## B\n\nUse `get_summary`.\n\n## C\n\nSay so.\n")

    def files(_: object) -> Path:
        return tmp_path

    monkeypatch.setattr(text.resources, "files", files)
    assert text.text_of(["a"], []) == "## C\n\nSay so."
    assert text.text_of(["a"], ["get_summary"]).startswith("## B\n\nUse")


@pytest.mark.parametrize("name", ALL)
def test_prompts_are_short(name: str) -> None:
    """A prompt takes at most 1,500 tokens of the context without what it brings along."""
    text = offers(NAMES)[name].text
    assert len(text.encode()) / 4 <= 1_500
    assert tools_in(text)


@pytest.mark.parametrize("name", ALL)
async def test_every_prompt(stage: Stage, name: str) -> None:
    """Each is answered in one message: what to do, what was given, what its tool says."""
    arguments = {
        each.name: GIVEN.get(each.name, stage.whole.id)
        for each in offers(NAMES)[name].arguments
        if each.name in GIVEN or each.name == "session_id"
    }
    async with stage.connect() as wire:
        text = await got(wire, name, **arguments)
        carried = [each for each in offers(NAMES)[name].carries if each.argument in arguments]
        for each in carried:
            answer = (await wire.call(each.tool, session_id=stage.whole.id)).text
            lines = {line for line in answer.split("\n") if "words" not in line}
            assert lines <= set(text.split("\n"))
    assert text.startswith("# ")
    for argument, value in arguments.items():
        assert f'- {argument}: "{value}"\n' in text
    assert bool(carried) is ("session_id" in arguments)
    assert SOFTLY not in text
    assert text.endswith("\n\nBegin now, as described at the top.")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("design_session", "One short question per message."),
        ("design_session", "too vague several in one a solution inside"),
        ("design_session quick_session", "`cross_pollination` three people or more sensitive"),
        ("design_session quick_session", "`widgets_enabled` rank, rate or choose"),
        ("design_session quick_session", "`results_visibility` `host` whenever in doubt `public`"),
        ("design_session quick_session", "Show one card Only a clear yes counts."),
        ("quick_session", "Do not interview me. show it to me in one message"),
        ("edit_session", "before after yes"),
        ("take_part", "Send my words unchanged"),
        ("take_part", "Never answer for me"),
        ("take_part", "the conversation is finished and stop: no further message"),
        ("session_summary check_session", "offer `generate_summary`"),
        ("decisions_and_actions", "ask me Publish and change nothing."),
        ("invite", "You write, I send."),
    ],
)
def test_manners(names: str, said: str) -> None:
    """What people can count on stands in the prompts: questions, nudges, hints, consent, an end."""
    for name in names.split():
        rest = " ".join(offers(NAMES)[name].text.split())
        for word in said.split():
            _, found, rest = rest.partition(word)
            assert found, (name, word)


async def test_nothing_is_given(stage: Stage) -> None:
    """Without arguments, or with empty ones, nothing is said to be given and nothing is read."""
    async with stage.connect() as wire:
        answer = await wire.result("prompts/get", {"name": "design_session"})
        empty = await got(wire, "design_session", intent=" ", language="")
    assert answer["messages"][0]["content"]["text"] == empty
    assert "What I give you" not in empty
    assert stage.sent == []


@pytest.mark.parametrize("reference", ["id", "topic", "link", "label"])
async def test_sessions_by_any_name(stage: Stage, reference: str) -> None:
    """A session may be given by id, topic, link, or as it was chosen from a completion."""
    session = stage.session("tool library")
    given = {
        "id": session.id,
        "topic": "TOOL library",
        "link": f"https://app.harmonica.chat/chat?s={session.id}",
        "label": f"A tool library (id {session.id})",
    }[reference]
    async with stage.connect() as wire:
        text = await got(wire, "check_session", session_id=given)
    assert f"Session {session.id} " in text
    assert (f'- session_id: {session.id} ("A tool library")\n' in text) is (reference == "label")
    assert stage.sent.count("GET /sessions") == (reference == "topic")


async def test_projects(stage: Stage) -> None:
    """What is to be read of a project comes along as well."""
    project = next(each for each in stage.tenant.projects.values() if "repair" in each.title)
    async with stage.connect() as wire:
        text = await got(wire, "decisions_and_actions", project_id=project.title)
        both = await got(
            wire,
            "decisions_and_actions",
            project_id=f"{project.title} (id {project.id})",
            session_id=stage.whole.id,
        )
    for session in project.session_ids:
        assert session in text
    assert "## What get_summary answers" not in text
    assert "## What get_summary answers" in both
    assert "## What get_project answers" in both


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


async def test_harmonica_is_down(make_stage: MakeStage) -> None:
    """When nothing can be read, the prompt still comes, and says what to do instead."""
    stage = make_stage(app=unreachable)
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id="hst_1")
    assert text.startswith("# What came out of this session?\n")
    assert (
        f"## What get_summary answers\n\n{SOFTLY}No connection to Harmonica could be made; nothing "
        "was sent, try again. Call it yourself, or ask me."
    ) in text


async def test_several_sessions_fit(stage: Stage) -> None:
    """When a topic means several sessions, the prompt names them."""
    async with stage.connect() as wire:
        text = await got(wire, "check_session", session_id="ai")
    assert f"{SOFTLY}Several sessions fit: " in text


async def test_harmonica_does_not_answer(make_stage: MakeStage, era: str) -> None:
    """A prompt does not wait for long, and nothing goes on behind it."""
    stage = make_stage()
    stage.sandbox.faults.add("GET /sessions/{id}/summary", delay=30)
    pool = Pool("http://127.0.0.1", app=stage.sandbox.app)
    server = HarmonicaServer(pool, ApiKey(KEY), SPECS, Options(max_call_seconds=0.4))
    async with Stage(server, stage.sandbox, pool, era, KEY).connect() as wire:
        with anyio.fail_after(20):
            text = await got(wire, "session_summary", session_id="hst_1")
    assert f"{SOFTLY}Harmonica did not answer in time. Call it yourself" in text


async def test_long_summaries(stage: Stage) -> None:
    """What comes along is kept within 2,000 tokens and says how to read on."""
    session = stage.whole
    session.summary = "\n".join(f"Point {number}: more light." for number in range(2_000))
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id=session.id)
    brought = text.partition("## What get_summary answers")[2]
    assert 1_500 < len(brought.encode()) / 4 < 2_300
    assert "More: call get_summary with cursor " in brought


@pytest.mark.parametrize("era", [ENVELOPE])
@pytest.mark.parametrize("case", [each for each in CASES if each["where"] in {"summary", "topic"}])
async def test_strangers_words_stay_data(stage: Stage, case: Json) -> None:
    """What strangers wrote stands in a prompt inside the fence or in quotation marks, counted."""
    session = stage.whole
    setattr(session, case["where"], case["text"])
    prompt = {"summary": "session_summary", "topic": "edit_session"}[case["where"]]
    async with stage.connect() as wire:
        text = await got(wire, prompt, session_id=session.id)
    own = text.partition("## What get_")
    seen = outside(own[2])
    assert not any(piece in seen for piece in pieces(case))
    assert "\u202e" not in text
    assert ("like instructions to an agent" in text) is case["flagged"]


async def test_lockdown(era: str) -> None:
    """A locked server's prompts bring along summaries without quotations, as its tools do."""
    sandbox = Sandbox(requests_per_minute=100_000)
    pool = Pool("http://127.0.0.1", app=sandbox.app, requests_per_minute=100_000)
    server = build_server(pool, ApiKey(KEY), Options(lockdown=True))
    stage = Stage(server, sandbox, pool, era, KEY)
    session = stage.whole
    said = session.threads[0].messages[3].content
    session.summary = f"They agreed: “{said}”"
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id=session.id)
    assert json.dumps("They agreed: [withheld: this server is locked down]") in text
    assert said not in text


def test_called_without_a_host(served: HarmonicaServer) -> None:
    """A prompt can be asked for in Python, without a host."""
    answer = anyio.run(served.get_prompt, "design_session")
    assert len(answer.messages) == 1


def test_every_file_is_used() -> None:
    """Every Markdown file is a prompt's, or a part of one."""
    files = {file for prompt in PROMPTS for file in (prompt.name, *prompt.parts)}
    assert {path.stem for path in FOLDER.glob("*.md")} == files


def test_what_names_something_is_completed() -> None:
    """Every argument that names something of Harmonica's can be completed, and no other."""
    named = {each.name for prompt in PROMPTS for each in prompt.arguments if not each.choices}
    assert set(ASKED) == declared.CHOSEN == named & declared.CHOSEN


def test_default_tools() -> None:
    """With the default tools every prompt is there."""
    assert list(offers({spec.name for spec in chosen_tools(Options())})) == ALL
