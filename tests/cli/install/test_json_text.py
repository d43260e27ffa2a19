"""JSON and JSON with comments that change in place."""

import json
import random
import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.cli.install.jsonc import JsonText
from harmonica_mcp.cli.install.refused import Refused

OURS = ("mcpServers", "harmonica")
ENTRY = {"command": "/x", "args": ["serve"]}


def put(text: str, value: object = ENTRY, path: tuple[str, ...] = OURS) -> str:
    """The text with a value put into it."""
    document = JsonText(text, comments=True)
    document.put(path, value)
    return document.text


def drop(text: str, path: tuple[str, ...] = OURS) -> str:
    """The text with a value taken out."""
    document = JsonText(text, comments=True)
    document.drop(path)
    return document.text


WHOLE = """{
  "mcpServers": {
    "harmonica": {
      "command": "/x",
      "args": [
        "serve"
      ]
    }
  }
}"""


@pytest.mark.parametrize("empty", ["", " \n\t", "{}\n", "{\n}\n", "{ }\n"])
def test_an_empty_file_becomes_a_whole_one(empty: str) -> None:
    """Where there was nothing, the file is as one would write it by hand."""
    assert put(empty) == WHOLE + "\n"


def test_a_file_of_comments_alone_keeps_them() -> None:
    """What somebody commented out stays there."""
    assert put("// not yet\n") == "// not yet\n" + WHOLE + "\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1}', '{"a": 1, "b": {"c": [2]}}'),
        ('{"a": 1,}', '{"a": 1, "b": {"c": [2]},}'),
        ('{\n\t"a": 1\n}', '{\n\t"a": 1,\n\t"b": {\n\t\t"c": [\n\t\t\t2\n\t\t]\n\t}\n}'),
        (
            '{\r\n    "a": 1, // last\r\n}\r\n',
            (
                '{\r\n    "a": 1, // last\r\n    "b": {\r\n        "c": [\r\n            2\r\n'
                "        ]\r\n    },\r\n}\r\n"
            ),
        ),
        (
            '{\n  "a": 1 // last\n  /* really */\n}',
            '{\n  "a": 1, // last\n  /* really */\n  "b": {\n    "c": [\n      2\n    ]\n  }\n}',
        ),
        ('{\n "a": 1}', '{\n "a": 1,\n "b": {\n  "c": [\n   2\n  ]\n }\n}'),
        (
            '{ "a": 1,\n  "z": 2 }',
            '{ "a": 1,\n  "z": 2,\n  "b": {\n    "c": [\n      2\n    ]\n  }\n}',
        ),
        ("{ // why\n}", '{ // why\n  "b": {\n    "c": [\n      2\n    ]\n  }\n}'),
    ],
)
def test_a_new_member_takes_the_style_of_the_others(before: str, after: str) -> None:
    """Indentation, line ends and trailing commas are those that the file has."""
    assert put(before, [2], ("b", "c")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 3}'),
        ('{"a": /* one */ 1} // end', '{"a": /* one */ 3} // end'),
        (
            '{"url": "http://x // y", "a": "\\"", "b": 1}',
            '{"url": "http://x // y", "a": 3, "b": 1}',
        ),
        ('{"a": 3 /* same */}', '{"a": 3 /* same */}'),
    ],
)
def test_a_value_is_replaced_where_it_stands(before: str, after: str) -> None:
    """Only the value changes; of two with one name the one that readers take."""
    assert put(before, 3, ("a",)) == after


def test_a_value_on_several_lines_stays_on_several() -> None:
    """A list over several lines is written over several lines again."""
    assert put('{\n  "a": [\n    1\n  ]\n}', [2, 3], ("a",)) == (
        '{\n  "a": [\n    2,\n    3\n  ]\n}'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1, "b": 2, "c": 3}', '{"a": 1, "c": 3}'),
        ('{"b": 2, // two\n "c": 3}', '{// two\n "c": 3}'),
        ('{\n  "a": 1, // one\n  // two\n  "b": 2\n}', '{\n  "a": 1 // one\n  // two\n}'),
        ('{\n  "a": 1,\n  "b": 2, // two\n}', '{\n  "a": 1, // two\n}'),
        ('{\n  "b": 2\n}', "{}"),
        ('{\n  // why\n  "b": 2\n}', "{\n  // why\n}"),
        ('{\n  // why\n  "b": 2}', "{\n  // why\n}"),
        ('{\n  // why\n  "b": 2, /* two */ }', "{\n  // why\n /* two */ }"),
        ('{"a": 1, // one\n"b": 2}', '{"a": 1 // one\n}'),
        ('{ /* why */ "b": 2}', "{ /* why */}"),
    ],
)
def test_a_member_goes_with_its_comma_alone(before: str, after: str) -> None:
    """What stood around it, comments included, stays."""
    assert drop(before, ("b",)) == after


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        '{"a": 1 "b": 2}',
        '{"a": 1,,}',
        "{,}",
        '{"a": NaN}',
        '{"a": "b // c\n}',
        "[" * 9999,
        "{} {}",
    ],
)
def test_what_is_broken_is_refused(broken: str) -> None:
    """Nothing is guessed about a file that its host cannot read."""
    with pytest.raises(Refused, match="no valid JSON"):
        JsonText(broken, comments=True)


@pytest.mark.parametrize("text", ['{"a": 1} // no', '{"a": 1,}'])
def test_comments_are_refused_where_the_host_does(text: str) -> None:
    """Hosts that read plain JSON would not start with such a file."""
    with pytest.raises(Refused, match="no valid JSON"):
        JsonText(text, comments=False)


def test_what_is_no_object_is_not_overwritten() -> None:
    """Where a table of servers should be, something else is left alone."""
    with pytest.raises(Refused, match="`mcpServers` in it is no object"):
        put('{"mcpServers": []}')
    with pytest.raises(Refused, match=r"^it is no object"):
        put("[]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text(max_size=4), JSON, max_size=4),
    st.dictionaries(st.text(max_size=4), JSON, max_size=3),
    st.sampled_from([None, 1, 2, 4, "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_document_gets_the_member_and_loses_it_again(
    others: Mapping[str, object], servers: Mapping[str, object], indent: str | int | None, end: str
) -> None:
    """Whatever else is in a file: the entry comes, everything else stays, and it goes again."""
    first = {name: value for name, value in servers.items() if name != "harmonica"} | {"a": 1}
    text = json.dumps({**others, "mcpServers": first}, indent=indent, ensure_ascii=False)
    before = text.replace("\n", end)
    after = put(before)
    assert json.loads(after) == {**others, "mcpServers": {**first, "harmonica": ENTRY}}
    assert drop(after) == before


SPACES = ("", " ", "\n", "\t", "// one\n", "/* two */", '/* "{[,: */', "\r\n  ")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\]:,]|[^\s"{}\[\]:,]+')


def written_by_hand(value: object, chance: random.Random) -> str:
    """The value in JSON with comments, white space and trailing commas anywhere."""
    text, last = chance.choice(SPACES), ""
    for token in _TOKEN.findall(json.dumps(value)):
        if token in "}]" and last not in "{[" and chance.random() < 0.3:
            text += "," + chance.choice(SPACES)
        text += token + chance.choice(SPACES)
        last = token
    return text


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(max_size=4), JSON, max_size=4),
    st.dictionaries(st.text(max_size=4), JSON, max_size=3),
    st.randoms(use_true_random=False),
)
def test_any_document_written_by_hand_keeps_all_else(
    others: Mapping[str, object], servers: Mapping[str, object], chance: random.Random
) -> None:
    """Wherever comments and commas stand, what a host reads is right, and no comment is lost."""
    rest = {name: value for name, value in servers.items() if name != "harmonica"}
    value = {**others, "mcpServers": rest}
    before = written_by_hand(value, chance)
    after = JsonText(put(before), comments=True)
    assert after.get(()) == {**value, "mcpServers": {**rest, "harmonica": ENTRY}}
    after.drop(OURS)
    assert JsonText(after.text, comments=True).get(()) == value
    assert after.text.count("// one") == before.count("// one")
    assert after.text.count("/* two */") == before.count("/* two */")
