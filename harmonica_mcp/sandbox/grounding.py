"""Verbatim quotes for responses, the one operation with a price."""

from .answers import Answer, Refusal
from .call import Call
from .state import Session, Thread

PRICE_CENTS = 10
_QUOTABLE_WORDS = 4


def preview_grounding(call: Call) -> Answer:
    """Tell how many responses have quotes and what the rest would cost; no work is done."""
    responses = _responses(call.session())
    open_ones = [each for each in responses if not each.grounded]
    told = {
        "total": len(responses),
        "grounded": len(responses) - len(open_ones),
        "ungrounded": len(open_ones),
        "cost_cents": len(open_ones) * PRICE_CENTS,
    }
    return Answer(200, told)


def ground_responses(call: Call) -> Answer:
    """Ground what is not grounded yet, at 10 cents per response that yields a quote.

    A free tenant without the balance for the estimate gets 402 and nothing is done. A paid one is
    served all the same, and the charge then fails (`charge_failed`).
    """
    tenant = call.tenant
    open_ones = [each for each in _responses(call.session("editor")) if not each.grounded]
    if not open_ones:
        return Answer(200, {"grounded": 0, "message": "All responses already grounded"})
    estimate = len(open_ones) * PRICE_CENTS
    if not tenant.paid and tenant.balance_cents < estimate:
        prices: dict[str, object] = {"cost_cents": estimate, "balance_cents": tenant.balance_cents}
        raise Refusal(402, "payment_required", "Insufficient credits", beside=prices)
    quotable = [each for each in open_ones if _has_quote(each)]
    for thread in quotable:
        thread.grounded = True
    call.happened("response grounded", len(quotable))
    counts = {"grounded": len(quotable), "attempted": len(open_ones)}
    return Answer(200, counts | _charge(call, len(quotable) * PRICE_CENTS))


def _charge(call: Call, cents: int) -> dict[str, object]:
    tenant = call.tenant
    failed = cents > tenant.balance_cents
    if failed:
        cents = 0
    tenant.balance_cents -= cents
    call.happened("cents charged", cents)
    charge: dict[str, object] = {"charged_cents": cents, "balance_after": tenant.balance_cents}
    return charge | ({"charge_failed": True} if failed else {})


def _responses(session: Session) -> list[Thread]:
    return [thread for thread in session.threads if thread.spoken()]


def _has_quote(thread: Thread) -> bool:
    return any(len(each.content.split()) >= _QUOTABLE_WORDS for each in thread.spoken())
