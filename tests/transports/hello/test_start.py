"""A start of the whole program, with an empty cache folder and with what the first one left."""

import json
import signal
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harmonica_mcp.transports.hello import snapshot
from tests.transports.programs import one_tool, opened
from tests.transports.wire import (
    ERAS,
    LEGACY,
    PATIENCE,
    Json,
    Server,
    Stdio,
    hello,
    key,
    message,
    started,
)

_SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox")
_LISTS = ("tools/list", "prompts/list", "resources/templates/list")
# Whoever imports these two waits, as if it took forever; the program is otherwise the same.
_NEVER_LOADED = """
import sys, threading

class Waits:
    def find_spec(self, name, path=None, target=None):
        if name in {"mcp", "mcp_types", "pydantic", "httpx2", "click"}:
            threading.Event().wait()

sys.meta_path.insert(0, Waits())
from harmonica_mcp.cli.start import start
start()
"""
_CLOSED = """
import os, sys
os.close(int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
_FAILS = """
import sys
sys.modules["mcp"] = None
from harmonica_mcp.cli.start import start
start()
"""


class Cache:
    """A cache folder and the program that uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "harmonica-mcp"
        self._settings = {"XDG_CACHE_HOME": str(folder)}

    @contextmanager
    def served(self, *arguments: str, **settings: str) -> Generator[Server]:
        """Run the program."""
        with started(*(arguments or _SERVE), **self._settings, **settings) as server:
            yield server

    def fill(self, **settings: str) -> Path:
        """Let a first start leave its snapshot."""
        with self.served(**settings) as server:
            Stdio(server, LEGACY).open()
            leave(server)
            assert server.err.rest() == ""
        [path] = self.folder.iterdir()
        return path


def leave(server: Server) -> None:
    """Close the program's input, and see it end."""
    server.stdin.close()
    assert server.ends_within(PATIENCE) == 0


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache folder."""
    return Cache(tmp_path)


@pytest.mark.parametrize("era", ERAS)
def test_the_second_start_says_the_same(cache: Cache, era: str) -> None:
    """A host hears the same from the first start and the second, and can go on from there."""
    heard: list[list[Json]] = []
    for _ in range(2):
        with cache.served() as server:
            host = Stdio(server, era)
            told = [host.open(), *(host.ask(each) for each in _LISTS)]
            assert host.call("get_current_user")["structuredContent"]["plan"] == "PRO"
            leave(server)
            assert server.err.rest() == ""
            heard.append(told)
    assert heard[0] == heard[1]


def test_hello_is_said_before_anything_is_loaded(cache: Cache) -> None:
    """It takes neither the SDK nor pydantic; meanwhile a signal ends the program at once."""
    cache.fill()
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with cache.served("-c", _NEVER_LOADED, *_SERVE[2:]) as server:
            host = Stdio(server, LEGACY)
            assert host.open()["serverInfo"]["name"] == "harmonica-mcp"
            assert all("result" in host.ask(each) for each in ("ping", *_LISTS))
            server.process.send_signal(number)
            assert server.ends_within(2) == code
            assert server.err.rest() == ""


def test_what_cannot_be_answered_waits_for_the_sdk(cache: Cache) -> None:
    """Everything said at once is answered, whoever answers it."""
    cache.fill()
    with cache.served() as server:
        asked: list[tuple[str, Json]] = [
            hello(LEGACY),
            ("tools/call", {"name": "get_current_user", "arguments": {}}),
            ("tools/list", {}),
            ("resources/list", {}),
        ]
        lines = [json.dumps(message(LEGACY, n, *each)) for n, each in enumerate(asked)]
        server.write("\n".join(lines).encode())
        server.stdin.close()
        told = [json.loads(line) for line in server.out.rest().splitlines()]
        assert sorted(each["id"] for each in told) == [0, 1, 2, 3]
        assert all("result" in each for each in told)
        assert server.ends_within(PATIENCE) == 0


def test_a_snapshot_holds_no_secret(cache: Cache) -> None:
    """Readable by its owner alone, and without the key or anything that Harmonica said."""
    path = cache.fill(HARMONICA_API_KEY=key("7"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text()
    assert "hm_live_" + "7" * 8 not in kept
    assert "7" * 32 not in kept
    assert key("8")[8:] not in path.name


def test_a_snapshot_that_is_wrong_is_replaced(cache: Cache) -> None:
    """When the SDK has something else to say, a line tells it, and the next start is right."""
    path = cache.fill()
    right = path.read_bytes()
    told = json.loads(right.partition(b"\n")[2])
    told["answers"][LEGACY]["tools/list"] = '{"tools":[]}'
    path.write_bytes(snapshot._written(told["identity"], told["answers"]))  # pyright: ignore[reportPrivateUsage]
    with cache.served() as server:
        host = opened(server, LEGACY)
        assert host.ask("tools/list")["result"]["tools"] == []
        leave(server)
        [line] = server.err.rest().splitlines()
        assert "out of date" in line
    assert path.read_bytes() == right


def test_it_can_be_switched_off(cache: Cache) -> None:
    """With the setting nothing is kept."""
    with cache.served(HARMONICA_SNAPSHOT="off") as server:
        opened(server)
        leave(server)
    assert not cache.folder.exists()


def test_a_start_that_fails_says_why(cache: Cache) -> None:
    """What goes wrong while loading is told as without a snapshot, although hello was said."""
    cache.fill()
    with cache.served("-c", _FAILS, *_SERVE[2:]) as server:
        assert server.ends_within(PATIENCE) == 1
        assert "ModuleNotFoundError" in server.err.rest()


def test_settings_are_refused_although_others_are_known(cache: Cache) -> None:
    """A setting that cannot be used is told as ever."""
    cache.fill()
    with cache.served(HARMONICA_SNAPSHOT="perhaps") as server:
        assert server.ends_within(PATIENCE) == 2
        assert "HARMONICA_SNAPSHOT" in server.err.rest()
        assert server.out.rest() == ""


def test_memory_is_collected_while_it_serves() -> None:
    """Python's collector rests while all is loaded, and works again when calls come."""
    program = one_tool("    import gc\n    return str(gc.isenabled())", "gc.disable()\nrun()")
    with started(program[0], "import gc\n" + program[1]) as server:
        assert opened(server).call("act")["content"][0]["text"] == "True"


@pytest.mark.parametrize("closed", ["0", "1"], ids=["stdin", "stdout"])
def test_who_gives_no_way_to_speak_is_told(cache: Cache, closed: str) -> None:
    """With stdin or stdout closed one sentence says so, at the first start and at a later one."""
    for _ in range(2):
        with cache.served("-c", _CLOSED, closed, *_SERVE) as server:
            assert server.ends_within(PATIENCE) == 2
            assert server.err.rest().splitlines() == [
                "harmonica-mcp: stdin or stdout is closed: MCP hosts speak to this program there."
            ]
        cache.fill()
