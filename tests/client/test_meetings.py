"""Meetings, knowledge, grounding and the design of a session."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.client.knowledge import Price
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import KEY, Reply, speaking_to

RESTRICT = "POST /meetings/{id}/restrictions"
GROUND = "POST /sessions/{id}/grounding"


@pytest.fixture
def meeting(sandbox: Sandbox) -> str:
    """A meeting with a restriction and a candidate for another."""
    return next(m.id for m in sandbox.tenant(KEY).meetings.values() if m.restrictions)


async def test_meetings_are_paged_by_cursor(harmonica: HarmonicaClient) -> None:
    """Each page leads to the next one, the last leads nowhere."""
    first = await harmonica.meetings.list(limit=1)
    assert first.pagination.total == 2
    assert first.pagination.next_cursor
    last = await harmonica.meetings.list(limit=1, cursor=first.pagination.next_cursor)
    assert last.pagination.next_cursor is None
    assert last.data[0].id != first.data[0].id


async def test_meetings_are_filtered_by_time_and_status(harmonica: HarmonicaClient) -> None:
    """A start is inside the range from its beginning on, its end excluded."""
    newer, older = (await harmonica.meetings.list()).data
    assert newer.starts_at is not None
    from_then = await harmonica.meetings.list(starts_from=newer.starts_at)
    before = await harmonica.meetings.list(starts_before=newer.starts_at)
    assert [meeting.id for meeting in from_then.data] == [newer.id]
    assert [meeting.id for meeting in before.data] == [older.id]
    assert (await harmonica.meetings.list(status="failed")).data == []
    updated = await harmonica.meetings.list(updated_since=newer.starts_at + timedelta(minutes=1))
    assert [meeting.id for meeting in updated.data] == [newer.id]


async def test_times_go_out_with_their_zone() -> None:
    """The API wants an offset: a time that names none is UTC."""
    client, api = speaking_to(Reply(200, {"data": []}))
    zoned = datetime(2026, 1, 2, tzinfo=UTC)
    await client.meetings.list(starts_from=datetime(2026, 1, 1), starts_before=zoned)  # noqa: DTZ001
    assert api.requests[0].query["from"] == "2026-01-01T00:00:00+00:00"
    assert api.requests[0].query["to"] == "2026-01-02T00:00:00+00:00"
    assert "updated_since" not in api.requests[0].query


async def test_a_meeting_of_which_little_is_known_has_no_transcript() -> None:
    """What the API leaves out of a meeting is not claimed."""
    client, _ = speaking_to(Reply(200, {"data": [{"id": "m1"}]}))
    [meeting] = (await client.meetings.list()).data
    assert (meeting.has_transcript, meeting.empty_transcript, meeting.utterance_count) == (
        False,
        False,
        0,
    )


async def test_a_transcript_says_who_said_what(harmonica: HarmonicaClient, meeting: str) -> None:
    """Utterances come in their order, with speaker and time."""
    transcript = await harmonica.meetings.transcript(meeting)
    assert transcript.meeting_id == meeting
    assert [said.sequence for said in transcript.utterances] == [0, 1, 2]
    assert transcript.utterances[0].speaker_name == "Edda"
    assert transcript.utterances[0].start_ms == 0


async def test_restrictions_are_set_and_lifted(harmonica: HarmonicaClient, meeting: str) -> None:
    """The whole set is replaced; what still awaits review stays in effect."""
    before = await harmonica.meetings.restrictions(meeting)
    assert before.effective_scopes == ["synthesis", "external_export", "sharing"]
    after = await harmonica.meetings.restrict(meeting, [], reason=" Agreed. ")
    assert after.effective_scopes == ["synthesis"]
    assert not after.recovered
    [candidate] = after.pending_candidates
    done = await harmonica.meetings.review(meeting, candidate.id, "dismiss", reason="Harmless.")
    assert done.effective_scopes == []
    assert done.history[-1].review_of_event_id == candidate.id


@pytest.mark.parametrize("body", ["{}", '{"history": []}', '{"effective_scopes": null}'])
async def test_an_answer_that_does_not_say_is_not_unrestricted(body: str) -> None:
    """Nothing about what is in effect is never read as "nothing is restricted"."""
    client, _ = speaking_to(Reply(200, body))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.meetings.restrictions("m1")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
async def test_a_restriction_needs_a_reason(reason: str) -> None:
    """Without one, or with an endless one, nothing is sent."""
    client, api = speaking_to(Reply(201, {"effective_scopes": []}))
    with pytest.raises(errors.InvalidInput, match="reason"):
        await client.meetings.restrict("m1", [], reason=reason)
    assert api.requests == []


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_restriction_is_found_in_the_history_or_left_open(
    drop: Any, harmonica: HarmonicaClient, sandbox: Sandbox, meeting: str
) -> None:
    """After a lost answer the history tells; an older entry of the same words does not count."""
    await harmonica.meetings.restrict(meeting, ["sharing"], reason="Private.")
    await anyio.sleep(60)
    sandbox.faults.add(RESTRICT, drop=drop)
    if drop == "before":
        with pytest.raises(errors.Unsettled, match="history does not show"):
            await harmonica.meetings.restrict(meeting, ["sharing"], reason="Private.")
    else:
        state = await harmonica.meetings.restrict(meeting, ["sharing"], reason=" Private. ")
        assert state.recovered
        assert "sharing" in state.effective_scopes
    assert sandbox.effects["restriction recorded"] == (1 if drop == "before" else 2)


async def test_a_review_is_found_in_the_history(
    harmonica: HarmonicaClient, sandbox: Sandbox, meeting: str
) -> None:
    """A lost review is known by the candidate that it reviews."""
    [candidate] = (await harmonica.meetings.restrictions(meeting)).pending_candidates
    sandbox.faults.add(RESTRICT, drop="after")
    state = await harmonica.meetings.review(meeting, candidate.id, "confirm", reason="Right.")
    assert state.recovered
    assert state.pending_candidates == []


async def test_knowledge_is_extracted(harmonica: HarmonicaClient, sandbox: Sandbox) -> None:
    """Claims come with the messages that they rest on."""
    briefed = next(s for s in sandbox.tenant(KEY).sessions.values() if s.session_md)
    extraction = await harmonica.knowledge.extract(briefed.id)
    assert extraction.status == "generated"
    assert extraction.knowledge is not None
    assert extraction.knowledge.claims
    known = {message.id for thread in briefed.threads for message in thread.messages}
    assert set(extraction.knowledge.claims[0].evidence) <= known
    assert extraction.knowledge.metadata.generated_at


async def test_knowledge_needs_a_summary(harmonica: HarmonicaClient, tea: Session) -> None:
    """Without a summary the API refuses, and says why."""
    with pytest.raises(errors.ValidationFailed, match="summary"):
        await harmonica.knowledge.extract(tea.id)


async def test_nothing_to_know_is_skipped() -> None:
    """A skipped extraction holds no knowledge but a reason."""
    client, _ = speaking_to(Reply(200, {"status": "skipped", "knowledge": None, "reason": "None."}))
    extraction = await client.knowledge.extract("hst_1")
    assert (extraction.knowledge, extraction.reason) == (None, "None.")


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ("knowledge", "may be saved on the session"),
        ("regenerate-facilitation-prompt", "a draft is never saved"),
        ("regenerate-welcome", "a draft is never saved"),
    ],
)
async def test_what_cannot_be_read_again_stays_open(
    operation: str, says: str, harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """Where no operation shows the outcome, the caller learns what a repeat would mean."""
    briefed = next(s.id for s in sandbox.tenant(KEY).sessions.values() if s.session_md)
    calls: dict[str, Any] = {
        "knowledge": harmonica.knowledge.extract,
        "regenerate-facilitation-prompt": harmonica.design.draft_prompt,
        "regenerate-welcome": harmonica.design.draft_welcome,
    }
    sandbox.faults.add(f"POST /sessions/{{id}}/{operation}", drop="after")
    with pytest.raises(errors.Unsettled, match=says):
        await calls[operation](briefed)
    assert len(sandbox.requests) == 1


async def test_grounding_has_a_price(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """The price is read without cost; grounding charges for what it did, then nothing more."""
    price = await harmonica.knowledge.price(tea.id)
    assert price.cost_cents == 10 * price.ungrounded > 0
    done = await harmonica.knowledge.ground(tea.id)
    assert done.charged_cents == 10 * done.grounded == sandbox.effects["cents charged"]
    assert not done.charge_failed
    again = await harmonica.knowledge.price(tea.id)
    assert again.grounded == done.grounded


async def test_grounding_without_credit_does_nothing(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """A balance that is too low is told with both amounts; nothing is charged."""
    tenant = sandbox.tenant(KEY)
    tenant.plan, tenant.balance_cents = "FREE", 5
    price = await harmonica.knowledge.price(tea.id)
    with pytest.raises(errors.PaymentRequired) as caught:
        await harmonica.knowledge.ground(tea.id)
    assert (caught.value.cost_cents, caught.value.balance_cents) == (price.cost_cents, 5)
    assert sandbox.effects["response grounded"] == 0


@pytest.mark.parametrize("known", [True, False])
async def test_grounding_is_counted_after_a_lost_answer(
    known: bool, harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """What was grounded is the difference of two readings; what was charged is not claimed."""
    before = await harmonica.knowledge.price(tea.id)
    sandbox.faults.add(GROUND, drop="after")
    done = await harmonica.knowledge.ground(tea.id, before=before if known else None)
    assert done.recovered
    assert done.grounded == sandbox.effects["response grounded"] > 0
    assert done.charged_cents is None


async def test_grounding_that_is_not_there_may_still_come(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """Without a difference it stays open, and charged perhaps."""
    sandbox.faults.add(GROUND, drop="before")
    with pytest.raises(errors.Unsettled, match="may still be under way and charged") as caught:
        await harmonica.knowledge.ground(tea.id)
    assert caught.value.check == "GET /sessions/{id}/grounding"
    assert [r.operation for r in sandbox.requests].count(GROUND) == 1


@pytest.mark.parametrize("missing", list(Price.model_fields))
async def test_a_price_that_is_not_told_is_not_nothing(missing: str) -> None:
    """An answer without an amount is no price of zero."""
    told = {"total": 5, "grounded": 1, "ungrounded": 4, "cost_cents": 40}
    del told[missing]
    client, _ = speaking_to(Reply(200, told))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.knowledge.price("hst_1")


async def test_drafts_are_shown_and_not_saved(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """A draft of the prompt names what it was made from; another template can be tried."""
    prompt = tea.prompt
    draft = await harmonica.design.draft_prompt(tea.id, template_id="retrospective")
    assert "what went well" in draft.facilitation_prompt
    assert draft.template_id == "retrospective"
    assert draft.prompt_generated_from.topic == tea.topic
    assert sandbox.requests[-1].query == {"templateId": "retrospective"}
    plain = await harmonica.design.draft_prompt(tea.id)
    assert plain.template_id is None
    welcome = await harmonica.design.draft_welcome(tea.id)
    assert tea.topic in welcome.welcome_message
    assert welcome.meta_description
    assert tea.prompt == prompt


async def test_earlier_versions_are_kept(harmonica: HarmonicaClient, tea: Session) -> None:
    """Each change of a text is one version; the counts are of all fields."""
    await harmonica.sessions.update(tea.id, goal="Choose well.", topic="Coffee")
    await harmonica.sessions.update(tea.id, goal="Choose now.")
    history = await harmonica.design.edit_history(tea.id, field="goal")
    assert [each.value for each in history.revisions][:2] == ["Choose now.", "Choose well."]
    assert {each.field for each in history.revisions} == {"goal"}
    assert history.counts["goal"].count == len(history.revisions)
    assert history.counts["topic"].count > 0
    assert history.counts["goal"].last_edited is not None
