"""Results: the summary, and the brief that is written with it."""

from pydantic import Field

from harmonica_mcp.client import errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import LONG_MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http

GET_SUMMARY = Operation("GET", "/sessions/{id}/summary", Retry.READ)
GENERATE_SUMMARY = Operation("POST", "/sessions/{id}/summary", Retry.ONCE, LONG_MODEL)
GET_BRIEF = Operation("GET", "/sessions/{id}/session-md", Retry.READ)


class Summary(Model):
    """A session's summary in Markdown, None before the first one was written."""

    session_id: str
    summary: str | None = None
    generated_at: Moment = None
    recovered: bool = Field(default=False, description="Read again after its answer was lost.")


class Results:
    """`client.results`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def summary(self, session_id: str) -> Summary:
        """The summary as it stands; it is never made by reading it."""
        return (await self._http.request(GET_SUMMARY, {"id": session_id})).model(Summary)

    async def generate_summary(self, session_id: str) -> Summary:
        """Write the summary, and with it the brief, anew: it replaces the old one for good.

        Takes about 90 s, at most 180; costs model time of the host. Sent once; after a lost
        answer a newer summary is looked for.

        Raises:
            Unsettled: The answer was lost and no newer summary found: it may still be written.
        """
        attempt = Attempt(self._http, GENERATE_SUMMARY)

        async def send() -> Summary:
            return (await self._http.request(GENERATE_SUMMARY, {"id": session_id})).model(Summary)

        async def look() -> Summary | None:
            answer = await self._http.request(GET_SUMMARY, {"id": session_id})
            found, since = answer.model(Summary), attempt.since(answer)
            new = found.generated_at and since and found.generated_at >= since
            return found.model_copy(update={"recovered": True}) if new and found.summary else None

        return await attempt.settle(
            send,
            look,
            errors.Unsettled(
                "Harmonica's answer was lost and no newer summary is there, but it may still be "
                "under way: do not repeat it, check with {check}.",
                check=str(GET_SUMMARY),
            ),
        )

    async def brief(self, session_id: str) -> str:
        """The session's brief (SESSION.md) in Markdown, as of the last summary.

        Raises:
            BriefNotReady: No summary has been written yet, and so no brief.
        """
        answer = await self._http.request(GET_BRIEF, {"id": session_id})
        if answer.kind in {"text/html", "application/json"}:
            raise answer.unexpected("an answer of another kind than documented")
        return answer.text()
