"""Whatever a server sends ends in a typed answer or in the error tree."""

import asyncio
import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY, URL, Reply, ScriptedApi, page
from tests.client.calls import EXAMPLES, Example
from tests.client.ids import Ids
from tests.client.recording import exchanges

pytestmark = pytest.mark.usefixtures("clock")
Json = dict[str, Any]

# The clock fixture only jumps; it may stay the same over all examples of a test.
modest = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["\ud800", "0001-01-01T00:00:00+23:59", "9" * 5000, KEY])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
header_texts = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
headers = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "text/html", "text/markdown", ";;"])
        | header_texts,
        "date": st.sampled_from(
            ["Tue, 14 Nov 2023 22:13:20 GMT", "Mon, 01 Jan 0001 00:00:00 +2300"]
        )
        | header_texts,
        "retry-after": st.sampled_from(["1", "59", "-1", "1e9", "9" * 400]) | header_texts,
        "location": st.sampled_from(["/api/v1/me", "https://[", "//", "?", "https://a b/"])
        | header_texts,
        "set-cookie": header_texts,
        "content-encoding": st.sampled_from(["gzip", "deflate", "br", "zstd", "none, gzip"]),
    },
)
statuses = st.sampled_from([200, 200, 200, 201, 204]) | st.integers(200, 599)
examples = st.sampled_from(EXAMPLES)


@functools.cache
def recorded() -> Mapping[str, Json]:
    """A JSON answer of the sandbox to each operation that has one."""
    return {
        exchange.operation: json.loads(exchange.body)
        for exchange in asyncio.run(exchanges())
        if exchange.kind == "application/json"
    }


@st.composite
def nearly_right(draw: st.DrawFn) -> tuple[Example, Json]:
    """A call, and a proper answer of which one piece was replaced by something else."""
    example = draw(st.sampled_from([each for each in EXAMPLES if each.operation in recorded()]))
    answer: Any = json.loads(json.dumps(recorded()[example.operation]))
    _spoil(draw, answer)
    return example, answer


def _spoil(draw: st.DrawFn, here: Any) -> None:
    """Replace one piece of a JSON value, at any depth."""
    places: list[Any] = [*here] if isinstance(here, dict) else [*range(len(here))]
    place = draw(st.sampled_from(places))
    inner = cast("object", here[place])
    if inner and isinstance(inner, dict | list) and draw(st.booleans()):
        _spoil(draw, here[place])
    else:
        here[place] = draw(values)


async def outcome(example: Example, *replies: Reply) -> object:
    """What a call comes to, typed in any case."""
    client = HarmonicaClient(KEY, pool=Pool(URL, max_seconds=3, app=ScriptedApi(*replies)))
    try:
        return await example.call(client, Ids())
    except errors.HarmonicaError as caught:
        error = caught
    assert KEY not in f"{error} {error!r} {vars(error)}"
    assert f"{error}".encode()
    return error


@modest
@given(examples, statuses, values, headers)
async def test_any_json_is_a_typed_answer(
    example: Example, status: int, value: object, named: dict[str, str]
) -> None:
    """No JSON, whatever its status and headers, ends a call in anything but the error tree."""
    named.pop("content-encoding", None)
    await outcome(example, Reply(status, json.dumps(value), named))


@modest
@given(examples, statuses, st.binary(max_size=60), headers)
async def test_any_bytes_are_a_typed_answer(
    example: Example, status: int, body: bytes, named: dict[str, str]
) -> None:
    """No bytes end a call in anything but the error tree."""
    await outcome(example, Reply(status, body, named))


@settings(modest, max_examples=200)
@given(nearly_right())
async def test_a_nearly_right_answer_is_typed(case: tuple[Example, Json]) -> None:
    """A proper answer with one odd piece in it is understood, or an `UnexpectedAnswer`."""
    example, answer = case
    error = await outcome(example, Reply(200, answer))
    if isinstance(error, errors.ApiError):
        assert type(error) is errors.UnexpectedAnswer


@settings(modest, max_examples=100)
@given(nearly_right(), st.sampled_from([Reply(502), Reply(error=ConnectionResetError())]))
async def test_looking_survives_odd_answers(case: tuple[Example, Json], lost: Reply) -> None:
    """Looking after a lost answer meets odd answers, too, and never ends in a crash."""
    example, _ = case
    listed = dict(page(), sources=[], history=[], effective_scopes=[], summary=None)
    odd = {**listed, **case[1]}
    await outcome(example, lost, Reply(200, odd, {"date": "Tue, 14 Nov 2023 22:13:20 GMT"}))


def _fields(value: object) -> Iterator[tuple[Json, str]]:
    """All fields of a JSON value, at any depth, each with the object it stands in."""
    if isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _fields(inner)
    elif isinstance(value, dict):
        around = cast("Json", value)
        for name, inner in [*around.items()]:
            yield around, name
            # What stands in these are no fields: their names are data as well.
            if name not in {"counts", "completion_criteria"}:
                yield from _fields(inner)


@pytest.mark.parametrize(
    "example",
    [each for each in EXAMPLES if each.operation in recorded()],
    ids=lambda each: each.operation,
)
async def test_a_null_is_as_good_as_no_field(example: Example) -> None:
    """Wherever the API sends null instead of leaving a field out, the answer is read alike."""
    answer = json.loads(json.dumps(recorded()[example.operation]))
    for around, name in [*_fields(answer)]:
        said = around[name]
        around[name] = None
        nulled = await outcome(example, Reply(200, answer))
        del around[name]
        absent = await outcome(example, Reply(200, answer))
        around[name] = said
        assert type(nulled) is type(absent), name
        if not isinstance(nulled, errors.HarmonicaError):
            assert nulled == absent, name
