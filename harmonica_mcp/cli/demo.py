"""`harmonica-mcp demo`: the main job as a host does it, from an empty session to its brief."""

import os
import sys
import time
from typing import cast

import anyio
import click
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters

from harmonica_mcp.cli.serve import EXAMPLE_KEY
from harmonica_mcp.cli.stage import Stage, StepFailed
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import running_app

TOPIC = "A shared garden behind the library"
GOAL = "Agree what to plant first, and who looks after it."
QUESTION = "How far do you live from the library?"
PEOPLE = {
    "[AI] Ada": (
        "Five minutes on foot.",
        "Herbs and tomatoes near the door, where people pass and can pick some.",
        "My neighbour lost her balcony; she would come every day if there was a bench.",
        "Watering in August, when most of us are away.",
        "A watering rota on the library's board, two weeks per household.",
        "That is all from me.",
    ),
    "[AI] Bo": (
        "Quarter of an hour by bike.",
        "Fruit trees first: they take years, and the rest can grow below them.",
        "The school next door planted one and lost it, because nobody watered it.",
        "The key to the water tap: only the janitor has one.",
        "Ask the library for a second key, and let the school join the rota.",
        "Nothing more, thank you.",
    ),
    "[AI] Cem": (
        "Across the street.",
        "Beans and squash, which children can plant and see grow in one summer.",
        "Rubbish blows in from the street, and nobody feels it is theirs to clear.",
        "One clearing morning a month, with breakfast. That is all from me.",
    ),
}


def run_demo() -> None:
    """Walk through a session; ends with 1 where a step did not do what it should."""
    began, failure = time.perf_counter(), None
    listening = listen("127.0.0.1", 0)
    url = address(listening)
    click.echo(
        f"A Harmonica sandbox runs at {url}; this server speaks to it, and you see its host."
    )
    with running_app(Sandbox().app, listening, date_header=False):
        try:
            anyio.run(_perform, url)
        except* (StepFailed, MCPError, OSError) as failures:
            failure = _first(failures)
    if failure is not None:
        click.echo(f"The demo stopped: {failure}", err=True)
        sys.exit(1)
    click.echo(f"\nDone in {time.perf_counter() - began:.1f} s. Nothing left this machine.")


async def _perform(url: str) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HARMONICA_")}
    # A proxy of this machine would look for the sandbox on its own loopback.
    own["no_proxy"] = "*"
    # A sandbox at this address will not be there again.
    own["HARMONICA_SNAPSHOT"] = "off"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "harmonica_mcp"],
        env=own | {"HARMONICA_API_URL": url, "HARMONICA_API_KEY": EXAMPLE_KEY},
    )
    async with Client(server, read_timeout_seconds=15) as client:
        await walk(Stage(client))


async def walk(stage: Stage) -> None:
    """The steps, each of which raises `StepFailed` where it fails."""
    await stage.list_tools()
    await stage.call("get_current_user")
    session = await _create(stage)
    asked = await stage.call("get_session_questions", session_id=session)
    for name, words in PEOPLE.items():
        await _take_part(stage, session, name, asked["questions"][0]["question_id"], words)
    stage.expect(
        (await stage.call("seed_scratchpad", session_id=session))["status"] == "completed",
        "the scratchpad is not complete",
    )
    await stage.call("generate_summary", session_id=session)
    summary = await stage.call("get_summary", session_id=session)
    stage.expect(summary["exists"], "there is no summary")
    await stage.read_markdown(f"harmonica://sessions/{session}/brief")


async def _create(stage: Stage) -> str:
    created = await stage.call(
        "create_session",
        topic=TOPIC,
        goal=GOAL,
        questions=[{"text": QUESTION}],
        cross_pollination=True,
        widgets_enabled=True,
    )
    return created["id"]


async def _take_part(
    stage: Stage, session: str, name: str, question: str, words: tuple[str, ...]
) -> None:
    """Answer the question asked beforehand, then talk until the facilitator is done."""
    beforehand, *turns = words
    reply = await stage.call(
        "submit_pre_session_answers",
        session_id=session,
        participant_name=name,
        answers=[{"question_id": question, "answer": beforehand}],
    )
    for turn in turns:
        if reply["finished"]:
            break
        reply = await stage.call(
            "send_chat_message", session_id=session, participant_name=name, content=turn
        )
    stage.expect(reply["finished"], f"the conversation with {name} did not come to its end")


def _first(error: BaseException) -> BaseException:
    """The error itself, out of the groups that task groups wrap around it."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
