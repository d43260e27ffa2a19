"""The server over stdin and stdout, as a host starts it."""

import pytest

from tests.transports.programs import SANDBOX, one_tool, opened
from tests.transports.wire import ERAS, Stdio, key, started

PRINTS = """
    print("stray")
    os.write(1, b"stray\\n")
    os.system("echo stray")
    return "done"
"""


@pytest.mark.parametrize("era", ERAS)
def test_serves_both_eras(era: str) -> None:
    """A client of either era begins, lists tools, calls one, and ends the server by leaving."""
    with started(*SANDBOX) as server:
        host = Stdio(server, era)
        assert host.open()["capabilities"]["tools"] == {"listChanged": False}
        assert len(host.ask("tools/list")["result"]["tools"]) > 10
        assert host.call("get_current_user")["structuredContent"]["plan"] == "PRO"
        server.stdin.close()
        assert server.ends_within(2) == 0
        assert server.err.rest() == ""


def test_without_a_key_it_lists_its_tools_and_says_how_to_get_one() -> None:
    """Without a key the tools are listed, and a call answers where keys come from."""
    with started("-m", "harmonica_mcp") as server:
        host = opened(server)
        assert host.ask("tools/list")["result"]["tools"]
        answer = host.call("get_current_user")
        assert answer["isError"]
        assert "HARMONICA_API_KEY" in answer["content"][0]["text"]


@pytest.mark.parametrize("era", ERAS)
def test_a_dry_run_changes_nothing(era: str) -> None:
    """Started with the flag, a tool with an effect shows its request, and the host knows it."""
    with started(*SANDBOX, "--dry-run") as server:
        host = Stdio(server, era)
        told = host.open()
        shown = host.call("create_session", topic="Lamps", goal="Light")["structuredContent"]
        assert shown["state"] == "dry_run"
        assert shown["request"]["path"] == "/api/v1/sessions"
        found = host.call("list_sessions", query="Lamps")["structuredContent"]
        assert found["sessions"] == []
    assert "Dry run is on" in told["instructions"]


def test_garbage_on_stdin_is_passed_over() -> None:
    """A line that is no message, and bytes that are no text, do not end the conversation."""
    with started(*SANDBOX) as server:
        host = opened(server)
        server.write(b"{nonsense\n\xff\xfe\n\n")
        assert host.ask("tools/list")["result"]["tools"]


def test_stray_output_does_not_reach_the_protocol() -> None:
    """What a tool, a library or a child process prints goes to stderr, not between messages."""
    with started(*one_tool(PRINTS)) as server:
        assert opened(server).call("act")["content"][0]["text"] == "done"
        server.stdin.close()
        assert server.ends_within(2) == 0
        assert "stray" not in server.out.rest()
        assert "stray" in server.err.rest()


def test_it_serves_outside_the_main_thread() -> None:
    """In a thread, where signals cannot be handled, it serves and ends with its input."""
    in_thread = "thread = threading.Thread(target=run)\nthread.start()\nthread.join()"
    with started(*one_tool('    return "done"', in_thread)) as server:
        assert opened(server).call("act")["content"][0]["text"] == "done"
        server.stdin.close()
        assert server.ends_within(2) == 0


def test_keys_come_from_the_environment() -> None:
    """The key of the environment is the caller's, and each has its own sandbox account."""
    found: list[str] = []
    for digit in "12":
        with started(*SANDBOX, HARMONICA_API_KEY=key(digit)) as server:
            found.append(opened(server).call("get_current_user")["structuredContent"]["email"])
    assert found[0] != found[1]
