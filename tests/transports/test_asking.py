"""Questions to the user over HTTP: whose answers count."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.transports.wire import MODERN, Http, Json, key, serving_http

A, B = key("a"), key("b")
YES: Json = {"action": "accept", "content": {"go_on": True}}


class Asking(Http):
    """A host that can ask its user."""

    capabilities: Json | None = {"elicitation": {"form": {}}}  # noqa: RUF012 - never changed


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox, where every key has projects of the same names."""
    with serving_http("--toolsets", "projects") as address:
        yield address


def asked(host: Asking, title: str) -> Json:
    """Have a host asked about a project; gives the call with its user's yes."""
    call: Json = {"name": "delete_project", "arguments": {"project": title}}
    question: Any = host.ask("tools/call", call)["result"]
    answers = dict.fromkeys(question["inputRequests"], YES)
    return call | {"inputResponses": answers, "requestState": question["requestState"]}


def test_an_answer_counts_for_its_own_caller(url: str) -> None:
    """With another key the very same answer to the same call does nothing."""
    one, other = Asking(url, MODERN, A), Asking(url, MODERN, B)
    for host in (one, other):
        host.call("create_project", title="Orchard")
    answered = asked(one, "Orchard")
    refused = other.post("tools/call", answered).json()
    assert refused["error"]["message"] == "Invalid or expired requestState"
    titles = [
        each["title"] for each in other.call("list_projects")["structuredContent"]["projects"]
    ]
    assert "Orchard" in titles
    again = asked(one, "Orchard")
    assert one.ask("tools/call", again)["result"]["structuredContent"]["state"] == "done"
