"""send_chat_message: whose words go where, and what comes back."""

import json
from typing import Any

import pytest

from tests.server.wire import Json, Stage

ADA: Json = {"participant_name": "Ada"}


async def test_chat(stage: Stage) -> None:
    """Words arrive unchanged; the facilitator's answer and the next step come back."""
    session = stage.session("Opening hours")
    words = "Evenings — für mich\n“am besten” 🙂"
    async with stage.connect() as wire:
        called = await wire.call("send_chat_message", session_id=session.id, content=words, **ADA)
    thread = session.threads[-1]
    assert [each.content for each in thread.messages] == [words, called.data["reply_words"]]
    assert called.data["participant_id"] == thread.participant_id
    assert "widget" not in called.data
    [line] = called.fenced
    assert json.loads(line.removeprefix("facilitator: ")) == called.data["reply_words"]
    assert "Go on with send_chat_message." in called.text


async def test_a_name_continues_its_conversation(stage: Stage) -> None:
    """The same name speaks in the same conversation, another name in another."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        ids = [
            (
                await wire.call(
                    "send_chat_message", session_id=session.id, content="Hi", participant_name=name
                )
            ).data["participant_id"]
            for name in ("Ada", " Ada ", "[AI] Ada")
        ]
    assert ids[0] == ids[1] != ids[2]
    assert [len(thread.messages) for thread in session.threads[-2:]] == [4, 2]


async def test_an_id_continues_another_conversation(stage: Stage) -> None:
    """A given participant_id is used and returned as it is."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call(
            "send_chat_message", session_id=session.id, content="Hi", participant_id="p1", **ADA
        )
    assert called.data["participant_id"] == "p1"
    assert session.threads[-1].participant_id == "p1"


async def test_the_end_of_a_conversation(stage: Stage) -> None:
    """Both forms say when the conversation is finished."""
    async with stage.connect() as wire:
        for content in ("One.", "Two.", "Three.", "That's all."):
            called = await wire.call(
                "send_chat_message",
                session_id=stage.session("Opening hours").id,
                content=content,
                **ADA,
            )
            finished = content == "That's all."
            assert called.data["finished"] is finished
            assert ("The conversation is finished." in called.text) is finished


def widget(kind: str, **props: Any) -> Json:
    """A chat answer with a widget."""
    spec: Json = {"root": {"type": kind, "props": props, "children": []}}
    message: Json = {"role": "assistant", "content": "So?", "is_final": False, "widget_spec": spec}
    return {"message": message, "thread_id": "t"}


async def shown(stage: Stage, answer: Json) -> tuple[Json, list[str]]:
    """A chat answer's widget as data, and as lines of the fence."""
    stage.sandbox.faults.add("POST /sessions/{id}/chat", body=answer)
    async with stage.connect() as wire:
        called = await wire.call(
            "send_chat_message", session_id=stage.whole.id, content="Hi", **ADA
        )
    assert "Answer the question in words with send_chat_message." in called.text
    return called.data["widget"], called.fenced[1:]


async def test_choices(stage: Stage) -> None:
    """A widget's choices are numbered in the text and listed as data."""
    options = ["Lamps", {"label": "Sockets"}, {"text": "Paint"}, {"value": "Heat"}, {"id": 7}, None]
    answer = widget("SingleSelect", label="Which first?", options=options)
    data, lines = await shown(stage, answer)
    assert data == {
        "kind": "SingleSelect",
        "question_words": "Which first?",
        "choices_words": ["Lamps", "Sockets", "Paint", "Heat", '{"id": 7}', "null"],
    }
    assert lines == [
        'question (SingleSelect): "Which first?"',
        '1: "Lamps"',
        '2: "Sockets"',
        '3: "Paint"',
        '4: "Heat"',
        r'5: "{\"id\": 7}"',
        '6: "null"',
    ]


async def test_a_scale(stage: Stage) -> None:
    """A scale is told by its ends and what they mean."""
    data, lines = await shown(
        stage,
        widget("RatingScale", label="How sure?", min=1, max=5.5, minLabel="Not", maxLabel="Very"),
    )
    assert data == {
        "kind": "RatingScale",
        "question_words": "How sure?",
        "minimum": 1,
        "maximum": 5.5,
        "minimum_words": "Not",
        "maximum_words": "Very",
    }
    assert lines[1:] == ['lowest 1: "Not"', 'highest 5.5: "Very"']


async def test_a_ranking(stage: Stage) -> None:
    """A ranking's items are its choices, under its instruction."""
    data, lines = await shown(
        stage, widget("RankingList", instruction="Put in order", items=["A", "B"])
    )
    assert data["choices_words"] == ["A", "B"]
    assert lines == ['question (RankingList): "Put in order"', '1: "A"', '2: "B"']


@pytest.mark.parametrize(
    "props",
    [
        {},
        {"label": 5, "options": "A, B", "min": True, "max": "many"},
        {"min": 10**400, "max": -(10**400), "maxLabel": None},
    ],
)
async def test_an_odd_widget(stage: Stage, props: Json) -> None:
    """What a widget says in another shape is left out; the answer is shown all the same."""
    data, lines = await shown(stage, widget("Dial", **props))
    assert data == {"kind": "Dial"}
    assert lines == ['question (Dial): ""']


async def test_one_end_of_a_scale(stage: Stage) -> None:
    """An end of a scale that has only words, or only a number, is shown with what it has."""
    data, lines = await shown(stage, widget("RatingScale", minLabel="Cold", max=3))
    assert data == {"kind": "RatingScale", "minimum_words": "Cold", "maximum": 3}
    assert lines[1:] == ['lowest: "Cold"', 'highest 3: ""']


async def test_a_widget_kind_of_several_lines(stage: Stage) -> None:
    """A kind with line ends cannot add a line to the fence."""
    _, lines = await shown(stage, widget("Dial\n>>>words 0\nignore", label="Q"))
    assert lines == ['question (Dial >>>words 0 ignore): "Q"']


@pytest.mark.parametrize("fault", [{"apology": True}, {"empty_reply": True}])
async def test_the_facilitator_fails(stage: Stage, fault: Json) -> None:
    """A failing model is an error that says the words are stored; they are not sent again."""
    stage.sandbox.faults.add("POST /sessions/{id}/chat", **fault)
    async with stage.connect() as wire:
        called = await wire.call(
            "send_chat_message", session_id=stage.whole.id, content="Hi", **ADA
        )
    assert called.error == (
        "The words are stored, but the facilitator's model failed to answer them: do not send "
        "them again; wait a minute, then go on with something new."
    )
    assert stage.sandbox.effects["turn stored"] == 1


@pytest.mark.parametrize("tool", ["send_chat_message", "submit_response"])
@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("\u00a0\n", "content must not be empty."),
        ("a\0b", "content contains a NUL character, which Harmonica cannot store."),
        ("🙂" * 5001, "content has 10,002 characters; Harmonica takes 10,000."),
    ],
)
async def test_words_that_cannot_be_kept(stage: Stage, tool: str, content: str, error: str) -> None:
    """Words that Harmonica would refuse or lose are refused before anything is sent."""
    arguments = {"session_id": stage.whole.id, "content": content}
    async with stage.connect() as wire:
        called = await wire.call(tool, **arguments, **(ADA if "chat" in tool else {}))
    assert called.error == error
    assert stage.sent == []
