"""extract_knowledge, preview_grounding, ground_responses."""

import json

from harmonica_mcp.sandbox import Session
from tests.server.host import call
from tests.server.wire import Stage

EXTRACT, GROUND = "POST /sessions/{id}/knowledge", "POST /sessions/{id}/grounding"
DONE: dict[str, object] = {"status": "generated"}


def talked(stage: Stage) -> Session:
    """A session in which two of three people spoke, none of them grounded."""
    return stage.session("Opening hours")


async def test_extract(stage: Stage) -> None:
    """Every finding stands in both forms with kind, words and the messages that prove it."""
    session = stage.session("spring repair day")
    called = await call(stage, "extract_knowledge", session_id=session.id)
    findings = called.data["findings"]
    spoken = {message.id for thread in session.threads for message in thread.spoken()}
    assert {"action", "tension", "observation"} <= {each["kind"] for each in findings}
    records = called.fenced
    assert len(records) == len(findings) + len(called.data["gaps_words"])
    for record, finding in zip(records, findings, strict=False):
        assert set(finding["evidence"]) <= spoken
        said = " — ".join([finding["words"], *finding.get("more_words", [])])
        label = f"{finding['kind']} [{', '.join(finding['evidence'])}]"
        assert record == f"{label}: {json.dumps(said, ensure_ascii=False)}"
    assert "Keep it: it cannot be read again here." in called.text
    assert stage.sandbox.effects == {"knowledge extracted": 1}


async def test_everything_of_a_finding(stage: Stage) -> None:
    """Owner, due date, phase, strength and gaps are told in both forms."""
    knowledge = {
        "decisions": [{"label": "Saturdays", "summary": "Open till two.", "phase": "late"}],
        "actions": [{"description": "Ask Lev", "owner": "Ada", "due": "May", "evidence": ["m1"]}],
        "claims": [{"category": "minority-view", "text": "Never", "strength": 0.25}],
        "gaps": ["Who pays?"],
    }
    stage.sandbox.faults.add(EXTRACT, body=DONE | {"knowledge": knowledge})
    called = await call(stage, "extract_knowledge", session_id=talked(stage).id)
    assert called.fenced == [
        'decision, phase late: "Saturdays — Open till two."',
        'action [m1]: "Ask Lev — owner: Ada — due: May"',
        'minority-view, strength 0.25: "Never"',
        'gap: "Who pays?"',
    ]
    decision, action, claim = called.data["findings"]
    assert (decision["phase"], claim["strength"]) == ("late", 0.25)
    assert action["more_words"] == ["owner: Ada", "due: May"]
    assert called.data["gaps_words"] == ["Who pays?"]


async def test_nothing_to_extract(stage: Stage) -> None:
    """Where nobody spoke, it says why nothing was extracted; a reason may be missing."""
    session = stage.session("spring repair day")
    session.threads.clear()
    called = await call(stage, "extract_knowledge", session_id=session.id)
    stage.sandbox.faults.add(EXTRACT, body={"status": "skipped"})
    silent = await call(stage, "extract_knowledge", session_id=session.id)
    assert called.data["extracted"] is False
    assert called.fenced == ['reason: "No participant messages"']
    assert silent.fenced == ['reason: "none given"']


async def test_extract_without_a_summary(stage: Stage) -> None:
    """A session without a summary is refused with Harmonica's own advice."""
    called = await call(stage, "extract_knowledge", session_id=talked(stage).id)
    assert called.error == (
        "Harmonica refused the request: Session has no summary yet — generate summary first."
    )


async def test_extract_on_a_free_plan(stage: Stage) -> None:
    """What the plan does not include is told as that, and nothing is done."""
    stage.tenant.plan = "FREE"
    called = await call(stage, "extract_knowledge", session_id=stage.whole.id)
    assert "the account's plan does not include it" in called.error
    assert "Session knowledge requires a Pro subscription" in called.error
    assert stage.sandbox.effects.total() == 0


async def test_a_lost_extraction(stage: Stage) -> None:
    """Knowledge cannot be read again, so a lost answer is told as such and nothing is repeated."""
    stage.sandbox.faults.add(EXTRACT, drop="after")
    called = await call(stage, "extract_knowledge", session_id=stage.whole.id)
    assert "knowledge cannot be read through its API: it may be saved" in called.error
    assert stage.sandbox.effects == {"knowledge extracted": 1}


async def test_price(stage: Stage) -> None:
    """The price is told with what it is for and who pays; nothing is done."""
    session = talked(stage)
    session.threads[0].grounded = True
    called = await call(stage, "preview_grounding", session_id="opening hours")
    assert called.data == {
        "session_id": session.id,
        "responses": 2,
        "grounded": 1,
        "ungrounded": 1,
        "cost_cents": 10,
    }
    assert called.text == (
        f"Session {session.id}: 1 of 2 responses are grounded; grounding the other 1 costs 10 US "
        "cents, charged to the session's owner."
    )
    assert stage.sandbox.effects.total() == 0


async def test_ground(stage: Stage) -> None:
    """Within the limit it is done once, and accounts for every cent in both forms."""
    session = talked(stage)
    called = await call(stage, "ground_responses", session_id=session.id, max_cents=20)
    assert called.data["charged_cents"] == called.data["promised_cents"] == 20
    assert (called.data["grounded"], called.data["attempted"]) == (2, 2)
    assert called.data["balance_cents"] == stage.tenant.balance_cents == 480
    assert called.text == (
        f"Session {session.id}: 2 responses of 2 tried grounded; charged 20 US cents, 20 were "
        "promised.\nThe owner's balance is 480 US cents."
    )
    assert stage.sandbox.effects == {"response grounded": 2, "cents charged": 20}


async def test_ground_above_the_limit(stage: Stage) -> None:
    """A price above the limit is named and refused; nothing is sent that could charge."""
    session = talked(stage)
    called = await call(stage, "ground_responses", session_id=session.id, max_cents=19)
    session.threads[0].grounded = True
    one = await call(stage, "ground_responses", session_id=session.id, max_cents=9)
    assert called.error.startswith(
        "Grounding 2 responses costs 20 US cents, more than max_cents 19"
    )
    assert one.error.startswith("Grounding 1 response costs 10 US cents, ")
    assert called.error.endswith("nothing was done or charged.")
    assert GROUND not in stage.sent


async def test_ground_with_nothing_new(stage: Stage) -> None:
    """What is grounded already costs nothing."""
    session = talked(stage)
    for thread in session.threads:
        thread.grounded = True
    called = await call(stage, "ground_responses", session_id=session.id, max_cents=0)
    assert (called.data["grounded"], called.data["charged_cents"]) == (0, 0)
    assert "0 responses grounded; charged 0 US cents, 0 were promised." in called.text


async def test_ground_without_the_balance(stage: Stage) -> None:
    """Where the owner cannot pay, price and balance are told, and nothing is done."""
    stage.tenant.plan, stage.tenant.balance_cents = "FREE", 5
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=500)
    assert called.error == (
        "The session owner's Harmonica balance does not cover this; nothing was done or charged. "
        "It costs 20 cents; the balance is 5 cents."
    )
    assert stage.sandbox.effects.total() == 0


async def test_a_charge_that_failed(stage: Stage) -> None:
    """Quotes that could not be charged are kept, which is said."""
    stage.tenant.balance_cents = 5
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=500)
    assert called.data["charge_failed"] is True
    assert "The charge failed; the quotes are kept." in called.text


async def test_more_was_charged(stage: Stage) -> None:
    """When responses came in between and cost more than promised, that is said plainly."""
    body = {"grounded": 4, "charged_cents": 40}
    stage.sandbox.faults.add(GROUND, body=body)
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=30)
    assert called.data["charged_cents"] == 40
    assert "More was charged than promised: responses came in between." in called.text


async def test_an_untold_charge(stage: Stage) -> None:
    """An answer that does not name the charge is not taken for free."""
    stage.sandbox.faults.add(GROUND, body={"grounded": 3})
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=30)
    assert "charged_cents" not in called.data
    assert "3 responses grounded; charged an unknown number of US cents" in called.text


async def test_a_lost_grounding(stage: Stage) -> None:
    """After a lost answer the numbers are compared: grounded once, the charge is not known."""
    stage.sandbox.faults.add(GROUND, drop="after")
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=30)
    assert called.data["recovered"] is True
    assert called.data["grounded"] == 2
    assert "charged_cents" not in called.data
    assert "nothing was repeated" in called.text
    assert stage.sandbox.effects == {"response grounded": 2, "cents charged": 20}


async def test_a_grounding_that_is_not_found(stage: Stage) -> None:
    """Where the numbers did not move, it may still be charged: not repeated, and said so."""
    stage.sandbox.faults.add(GROUND, drop="before")
    called = await call(stage, "ground_responses", session_id=talked(stage).id, max_cents=30)
    assert "it may still be under way and charged: do not repeat it" in called.error
    assert called.error.endswith("check with preview_grounding.")
    assert stage.sent.count(GROUND) == 1
