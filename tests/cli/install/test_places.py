"""Where each host's file is."""

from pathlib import Path

import pytest

from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.places import Machine, place
from harmonica_mcp.cli.install.refused import Refused

HOME = Path("/home/ada")
LINUX = {
    "claude-desktop": ".config/Claude/claude_desktop_config.json",
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".config/Code/User/mcp.json",
    "windsurf": ".codeium/windsurf/mcp_config.json",
    "codex": ".codex/config.toml",
    "zed": ".config/zed/settings.json",
}
MACOS = LINUX | {
    "claude-desktop": "Library/Application Support/Claude/claude_desktop_config.json",
    "vscode": "Library/Application Support/Code/User/mcp.json",
}
WINDOWS = LINUX | {
    "claude-desktop": "AppData/Roaming/Claude/claude_desktop_config.json",
    "vscode": "AppData/Roaming/Code/User/mcp.json",
    "zed": "AppData/Roaming/Zed/settings.json",
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    ("platform", "places"), [("linux", LINUX), ("darwin", MACOS), ("win32", WINDOWS)]
)
def test_the_usual_places(host: str, platform: str, places: dict[str, str]) -> None:
    """Every host's file is found on every system."""
    assert place(host, Machine(platform, HOME, {})) == HOME / places[host]


@pytest.mark.parametrize(
    ("host", "platform", "variable", "path"),
    [
        ("claude-desktop", "linux", "XDG_CONFIG_HOME", "Claude/claude_desktop_config.json"),
        ("zed", "linux", "XDG_CONFIG_HOME", "zed/settings.json"),
        ("vscode", "win32", "APPDATA", "Code/User/mcp.json"),
        ("claude-code", "darwin", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("codex", "linux", "CODEX_HOME", "config.toml"),
    ],
)
def test_variables_move_them(host: str, platform: str, variable: str, path: str) -> None:
    """Where a host follows a variable, so does its file; an empty one counts as not set."""
    assert place(host, Machine(platform, HOME, {variable: "/moved"})) == Path("/moved") / path
    unmoved = place(host, Machine(platform, HOME, {}))
    assert place(host, Machine(platform, HOME, {variable: ""})) == unmoved


def test_a_packaged_claude_desktop_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """On Windows the packaged program reads another file than the documents say."""
    machine = Machine("win32", tmp_path, {})
    packages = tmp_path / "AppData" / "Local" / "Packages"
    one = packages / "Claude_1a2b" / "LocalCache" / "Roaming" / "Claude"
    one.mkdir(parents=True)
    assert place("claude-desktop", machine) == one / "claude_desktop_config.json"
    (packages / "Claude_3c4d" / "LocalCache" / "Roaming" / "Claude").mkdir(parents=True)
    with pytest.raises(Refused, match="--file"):
        place("claude-desktop", machine)


def test_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The person's own home counts."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place("cursor", Machine.this()) == tmp_path / ".cursor" / "mcp.json"
