"""TOML that changes in place."""

import tomllib

import pytest

from harmonica_mcp.cli.install.refused import Refused
from harmonica_mcp.cli.install.toml import TomlText

OURS = ("mcp_servers", "harmonica")
ENTRY: dict[str, object] = {"command": "/x", "args": ["serve"], "env": {"KEY": "k"}}
TABLE = '[mcp_servers.harmonica]\ncommand = "/x"\nargs = ["serve"]\nenv = {KEY = "k"}\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", TABLE),
        ('model = "x" # mine\n', 'model = "x" # mine\n\n' + TABLE),
        (
            '[mcp_servers.a]\ncommand = "a"\n\n[tui]\nx=1\n',
            f'[mcp_servers.a]\ncommand = "a"\n\n{TABLE}\n[tui]\nx=1\n',
        ),
        (
            '[mcp_servers.a]\r\ncommand = "a"\r\n',
            ('[mcp_servers.a]\ncommand = "a"\n\n' + TABLE).replace("\n", "\r\n"),
        ),
        (
            'mcp_servers = { a = {url="u"} }\n',
            (
                'mcp_servers = { a = {url="u"}, harmonica = {command = "/x",args = ["serve"],'
                'env = {KEY = "k"}}}\n'
            ),
        ),
        (
            "[mcp_servers.a]\nx=1\n[tui]\ny=2\n[mcp_servers.b]\nz=3\n",
            f"[mcp_servers.a]\nx=1\n\n{TABLE}\n[tui]\ny=2\n[mcp_servers.b]\nz=3\n",
        ),
    ],
)
def test_a_new_table_comes_and_goes(before: str, after: str) -> None:
    """All else stays as it was written, and taking the table out gives the file from before."""
    document = TomlText(before)
    document.put(OURS, ENTRY)
    assert document.text == after
    assert tomllib.loads(after)["mcp_servers"]["harmonica"] == ENTRY
    document.drop(OURS)
    if document.get(OURS[:1]) == {}:
        document.drop(OURS[:1])
    assert document.text == before


def test_a_value_is_replaced_where_it_stands() -> None:
    """Comments in our own table stay, and a value that is right already is not touched."""
    document = TomlText('[mcp_servers.harmonica]\ncommand = "old" # mine\nargs = [ "serve", ]\n')
    document.put((*OURS, "command"), "/x")
    document.put((*OURS, "args"), ["serve"])
    document.put((*OURS, "env", "KEY"), "k")
    assert document.text == (
        '[mcp_servers.harmonica]\ncommand = "/x" # mine\nargs = [ "serve", ]\n\n'
        '[mcp_servers.harmonica.env]\nKEY = "k"\n'
    )


def test_what_is_broken_is_refused() -> None:
    """A file that its host cannot read is left alone, and so is what is no table."""
    with pytest.raises(Refused, match="no valid TOML"):
        TomlText("model = \n")
    with pytest.raises(Refused, match="`mcp_servers` in it is no table"):
        TomlText("mcp_servers = 3\n").put(OURS, ENTRY)
    assert TomlText("mcp_servers = 3\n").get(OURS) is None


@pytest.mark.parametrize(
    "dotted",
    [
        'mcp_servers.a.command = "x"\nmodel = "y"\n',
        'mcp_servers.harmonica.command = "old"\nmcp_servers.harmonica.args = ["x"]\n',
    ],
)
def test_what_cannot_be_changed_in_place_is_refused(dotted: str) -> None:
    """Where the change would move other settings into another table, nothing is written."""
    document = TomlText(dotted)
    with pytest.raises(Refused, match="dotted keys"):
        document.put((*OURS, "env"), {"KEY": "k"})
