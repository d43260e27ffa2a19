"""Every answer that the API can give becomes exactly one class of the error tree."""

from collections.abc import Awaitable
from dataclasses import dataclass

import httpx2
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from tests.client.api import Reply, envelope
from tests.client.failing import Call, change, failure, read

pytestmark = pytest.mark.usefixtures("clock")


def join(client: HarmonicaClient) -> Awaitable[object]:
    """A `once` operation."""
    return client.chat.join("hst_1", participant_name="Ann")


def seed(client: HarmonicaClient) -> Awaitable[object]:
    """The operation that needs cross-pollination."""
    return client.scratchpad.step("hst_1")


def brief(client: HarmonicaClient) -> Awaitable[object]:
    """The operation that answers in Markdown."""
    return client.results.brief("hst_1")


@dataclass
class Case:
    """An answer, and what a caller must learn from it."""

    reply: Reply
    kind: type[errors.HarmonicaError]
    code: str | None = None
    says: str = ""
    call: Call = read


HTML = {"content-type": "text/html; charset=utf-8"}
CASES = {
    "400": Case(
        Reply(400, envelope("validation_error", "topic is required")),
        errors.ValidationFailed,
        "validation_error",
        "topic is required",
    ),
    "400 of a web server": Case(Reply(400, "<h1>Bad</h1>", HTML), errors.ValidationFailed),
    "400 not active": Case(
        Reply(400, envelope("validation_error", "Session is not active")),
        errors.SessionClosed,
        "validation_error",
        call=join,
    ),
    "400 joined": Case(
        Reply(400, envelope("validation_error", "Participant already joined this session")),
        errors.AlreadyJoined,
        "validation_error",
        "chat",
        call=join,
    ),
    "400 no cross-pollination": Case(
        Reply(400, envelope("validation_error", "Cross-pollination is not enabled")),
        errors.CrossPollinationOff,
        "validation_error",
        "cross_pollination=true",
        call=seed,
    ),
    "401": Case(
        Reply(401, envelope("unauthorized", "Invalid or revoked API key")),
        errors.Unauthorized,
        "unauthorized",
        "try again in a minute, then check the key",
    ),
    "403": Case(
        Reply(403, envelope("forbidden", "You don't have access to this resource")),
        errors.Forbidden,
        "forbidden",
        "no access",
    ),
    "404": Case(
        Reply(404, envelope("not_found", "Session not found")),
        errors.NotFound,
        "not_found",
        "Session not found",
    ),
    "404 without a message": Case(
        Reply(404, {"error": {"code": "not_found"}}), errors.NotFound, "not_found"
    ),
    "404 as a string": Case(Reply(404, {"error": "Not found"}), errors.NotFound),
    "404 no brief": Case(
        Reply(404, envelope("not_found", "SESSION.md not yet generated")),
        errors.BriefNotReady,
        "not_found",
        call=brief,
    ),
    "404 page": Case(
        Reply(404, "<!DOCTYPE html><p>This page could not be found.", HTML),
        errors.NotOffered,
        says="does not offer GET /sessions/{id}",
    ),
    "404 JSON that is no envelope": Case(Reply(404, {"ok": False}), errors.NotOffered),
    "405 empty": Case(Reply(405), errors.NotOffered),
    "409": Case(
        Reply(409, envelope("conflict", "Slug is taken")),
        errors.Conflict,
        "conflict",
        "Slug is taken",
    ),
    "418": Case(Reply(418), errors.ApiError, says="HTTP 418"),
    "422": Case(
        Reply(422, envelope("unprocessable", "At most 20 sources")),
        errors.ValidationFailed,
        "unprocessable",
        "At most 20 sources",
    ),
    "431 empty": Case(Reply(431), errors.ApiError, says="HTTP 431"),
    "500": Case(
        Reply(500, envelope("internal_error", "Internal server error")),
        errors.ServerError,
        "internal_error",
    ),
    "502 as a string": Case(Reply(502, {"error": "Model failed"}), errors.ServerError),
    "503 page": Case(Reply(503, "<h1>Sorry</h1>", HTML), errors.ServerError),
    "504 empty": Case(Reply(504), errors.ServerError, says="HTTP 504"),
    "200 that is no JSON": Case(Reply(200, "<html>", HTML), errors.UnexpectedAnswer),
    "200 empty": Case(Reply(200), errors.UnexpectedAnswer),
    "200 null": Case(Reply(200, "null"), errors.UnexpectedAnswer),
    "200 of another shape": Case(Reply(200, {"sessions": []}), errors.UnexpectedAnswer),
    "200 page instead of Markdown": Case(
        Reply(200, "<html>Log in", HTML), errors.UnexpectedAnswer, call=brief
    ),
    "304": Case(Reply(304), errors.UnexpectedAnswer),
    "302 to a log-in page": Case(
        Reply(302, headers={"location": "https://elsewhere.example/login"}),
        errors.UnexpectedAnswer,
        says="HARMONICA_API_URL",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_an_answer_is_one_error(case: Case) -> None:
    """An answer becomes exactly this class, with status and code, and without untrue claims."""
    error = await failure(case.call, case.reply)
    assert type(error) is case.kind
    assert (error.status, error.code) == (case.reply.status, case.code)
    assert case.says in str(error)
    assert not error.may_have_happened
    assert error.retry_after is None


@pytest.mark.parametrize("call", [read, change, join])
async def test_a_lost_answer_says_whether_it_may_have_happened(call: Call) -> None:
    """Only an operation that must not be repeated may have happened after a lost answer."""
    cut = await failure(call, Reply(error=ConnectionResetError()))
    late = await failure(call, Reply(seconds=1000))
    if call is join:
        assert type(cut) is type(late) is errors.Unsettled
        assert type(cut.__cause__) is errors.ConnectionLost
        assert type(late.__cause__) is errors.TimedOut
        assert cut.may_have_happened
        assert late.may_have_happened
    else:
        assert type(cut) is errors.ConnectionLost
        assert type(late) is errors.TimedOut
        assert not cut.may_have_happened
        assert not late.may_have_happened


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(502),
        Reply(200, "no JSON"),
        Reply(200, {"message": 5}),
        Reply(204),
        Reply(200, "no gzip", {"content-encoding": "gzip"}),
    ],
)
async def test_a_write_without_a_proper_answer_may_have_happened(reply: Reply) -> None:
    """Where the API may have worked before it failed, the answer counts as lost."""
    error = await failure(join, reply)
    assert type(error) is errors.Unsettled
    assert error.may_have_happened
    cause = error.__cause__
    assert isinstance(cause, errors.ServerError | errors.UnexpectedAnswer)
    assert cause.may_have_happened
    assert "may have taken effect" in str(cause)


@pytest.mark.parametrize(
    "broken",
    [
        httpx2.ConnectError("refused"),
        httpx2.ConnectTimeout("slow"),
        httpx2.PoolTimeout("busy"),
        httpx2.ProxyError("no way through"),
    ],
)
@pytest.mark.parametrize("call", [read, change, join])
async def test_no_connection_means_not_sent(call: Call, broken: Exception) -> None:
    """A request that never left is `NotSent`, for writes as well."""
    error = await failure(call, Reply(error=broken))
    assert type(error) is errors.ConnectionFailed
    assert isinstance(error, errors.NotSent)
    assert not error.may_have_happened
    assert ("Too many requests" in str(error)) is isinstance(broken, httpx2.PoolTimeout)
