"""Knowledge costs: it is extracted only when asked for, and once for each summary."""

from harmonica_mcp.cli.export import pages
from harmonica_mcp.client.knowledge import Claim, Decision, SessionKnowledge
from tests.cli.export.conftest import DONE, Harmonica

EXTRACT = "POST /sessions/{id}/knowledge"


def test_once_for_each_summary(harmonica: Harmonica) -> None:
    """A scheduled job pays once, and again only after the summary was written anew."""
    for _ in range(2):
        harmonica.good(DONE, "--include", "knowledge")
    assert harmonica.sent.count(EXTRACT) == 1
    text = harmonica.file("knowledge.md").read_text()
    assert (
        "\n## Actions\n\n- We should print the numbered cards before the autumn day. (messages "
        in text
    )
    assert "part: knowledge\n" in text
    harmonica.done.summary = "All new."
    harmonica.good(DONE, "--include", "knowledge")
    assert harmonica.sent.count(EXTRACT) == 2


def test_without_a_summary_nothing_is_spent(harmonica: Harmonica) -> None:
    """Where there is no summary, that is told and nothing is sent."""
    told = harmonica.good("tool library", "--include", "knowledge")
    assert "knowledge needs a summary first" in told.stderr
    assert EXTRACT not in harmonica.sent


def test_a_plan_without_knowledge_is_a_failure(harmonica: Harmonica) -> None:
    """When Harmonica refuses, the session's other files are there, and it is asked again later."""
    harmonica.tenant.plan = "FREE"
    told = harmonica.export(harmonica.done.id, "--include", "knowledge")
    assert told.exit_code == 1
    assert harmonica.file("summary.md").exists()
    harmonica.tenant.plan = "PRO"
    harmonica.good(DONE, "--include", "knowledge")
    assert harmonica.file("knowledge.md").exists()


def test_a_lost_answer_is_not_paid_for_again(harmonica: Harmonica) -> None:
    """When it may have been extracted, a scheduled job does not spend a second time by itself."""
    harmonica.sandbox.faults.add(EXTRACT, drop="after")
    told = harmonica.export(DONE, "--include", "knowledge")
    assert told.exit_code == 1
    assert ": knowledge may have been paid for; it is not asked for again" in told.stderr
    assert told.stderr.count("paid for") == 1
    harmonica.good(DONE, "--include", "knowledge")
    assert harmonica.sent.count(EXTRACT) == 1


def test_what_cannot_be_written_is_told_to_be_paid(harmonica: Harmonica) -> None:
    """Who clears the way and tries again is not left to wonder why it does not come."""
    harmonica.good(DONE)
    harmonica.file("knowledge.md").mkdir()
    told = harmonica.export(DONE, "--include", "knowledge")
    assert told.exit_code == 1
    assert "knowledge was paid for and could not be written; it is not asked for" in told.stderr


def test_nothing_to_extract(harmonica: Harmonica) -> None:
    """When Harmonica finds nothing to extract, its reason is told, once."""
    body = {"status": "skipped", "knowledge": None, "reason": "Too few\nmessages"}
    harmonica.sandbox.faults.add(EXTRACT, body=body)
    told = harmonica.good(DONE, "--include", "knowledge")
    assert "nothing was extracted: Too few messages\n" in told.stderr
    harmonica.sandbox.faults.add(EXTRACT, body={"status": "skipped"})
    harmonica.done.summary = "All new."
    told = harmonica.good(DONE, "--include", "knowledge")
    assert "nothing was extracted: no reason given\n" in told.stderr
    assert not harmonica.file("knowledge.md").exists()


def test_a_dry_run_shows_what_would_be_sent(harmonica: Harmonica) -> None:
    """In a dry run the request that costs is named and not sent; reading files are written."""
    told = harmonica.good(DONE, "--include", "knowledge", HARMONICA_DRY_RUN="1")
    assert (
        f"Dry run: POST /api/v1/sessions/{harmonica.done.id}/knowledge was not sent." in told.stderr
    )
    assert harmonica.file("summary.md").exists()
    assert EXTRACT not in harmonica.sent


def test_every_kind_of_finding_has_its_section() -> None:
    """Decisions and claims are listed with what belongs to them; nothing is said as such."""
    found = SessionKnowledge(
        decisions=[Decision(label="Open on Mondays", summary="From *ten*", evidence=["m1"])],
        claims=[Claim(category="value", text="Fairness", phase="2"), Claim(text="Plain")],
        gaps=["Who pays?"],
    )
    assert pages.knowledge(found) == (
        "## Decisions\n\n- Open on Mondays — From *ten* (messages m1)\n\n"
        "## Claims: value\n\n- Fairness — phase 2\n\n"
        "## Claims: Claim\n\n- Plain\n\n"
        "## Gaps\n\n- Who pays?"
    )
    assert pages.knowledge(SessionKnowledge()) == "Nothing was established."
