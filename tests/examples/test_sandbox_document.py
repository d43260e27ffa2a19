"""What docs/sandbox.md says of the sandbox is so."""

import re
import shlex
from pathlib import Path

import httpx2

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.sandbox import Sandbox
from tests.transports.programs import serving_sandbox
from tests.transports.wire import key

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text()


def test_the_request_that_it_shows() -> None:
    """The curl line, with the key in it, gets an answer from the served sandbox."""
    [line] = re.findall(r"^curl .*$", DOCUMENT, re.MULTILINE)
    _, flag, header, url = shlex.split(line)
    assert flag == "-H"
    with serving_sandbox() as address:
        asked = url.replace("http://127.0.0.1:8787", address)
        answer = httpx2.get(asked, headers=dict([header.split(": ")]), trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["id"]


async def test_what_is_in_it() -> None:
    """A key finds four sessions, one completed with its brief, and what else is named."""
    async with Pool("https://sandbox.example.org", app=Sandbox().app) as pool:
        harmonica = HarmonicaClient(key("0"), pool=pool)
        page = await harmonica.sessions.list()
        completed = [session for session in page.data if session.status == "completed"]
        assert (len(page.data), len(completed)) == (4, 1)
        assert (await harmonica.results.summary(completed[0].id)).summary
        assert await harmonica.results.brief(completed[0].id)
        asking = [s for s in page.data if await harmonica.sessions.questions(s.id)]
        assert len(asking) == 1
        assert len((await harmonica.projects.list()).data) > 1
        assert len(await harmonica.templates.list()) > 1
        assert len(await harmonica.telegram.list()) == 1
        assert len((await harmonica.meetings.list()).data) == 2


async def test_when_the_facilitator_finishes() -> None:
    """A conversation ends after four turns, or sooner at words such as "that is all"."""
    async with Pool("https://sandbox.example.org", app=Sandbox().app) as pool:
        harmonica = HarmonicaClient(key("0"), pool=pool)
        session = await harmonica.sessions.create("A garden", "What to plant")
        assert await _turns(harmonica, session.id, "Ada", ["Herbs."] * 9) == 4
        assert await _turns(harmonica, session.id, "Bo", ["Herbs.", "Beans.", "That is all."]) == 3


async def _turns(harmonica: HarmonicaClient, session: str, name: str, said: list[str]) -> int:
    """Talk until the facilitator has finished, and give how many turns that took."""
    await harmonica.chat.join(session, participant_name=name)
    for number, words in enumerate(said, 1):
        reply = await harmonica.chat.send(session, words, participant_name=name)
        if reply.message.is_final:
            return number
    raise AssertionError("The conversation did not end.")
