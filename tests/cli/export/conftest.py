"""The command on a sandbox."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harmonica_mcp.cli import main
from harmonica_mcp.cli.export import command
from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox, Session, Tenant

KEY = "hm_live_" + "0" * 32
DONE = "spring repair day"
_PLENTY = 100_000


@dataclass
class Harmonica:
    """A sandbox, and a folder that its sessions are exported to."""

    folder: Path
    sandbox: Sandbox = field(default_factory=lambda: Sandbox(requests_per_minute=_PLENTY))

    def pool(self, *_: object, **__: object) -> Pool:
        """Connect to the sandbox."""
        return Pool("http://127.0.0.1", requests_per_minute=_PLENTY, app=self.sandbox.app)

    def export(self, *arguments: str, **settings: str) -> Result:
        """Run the command into the folder."""
        env = {"HARMONICA_API_KEY": KEY} | settings
        return CliRunner().invoke(main, ["export", "--dir", str(self.folder), *arguments], env=env)

    def good(self, *arguments: str, **settings: str) -> Result:
        """Run what goes well."""
        result = self.export(*arguments, **settings)
        assert result.exit_code == 0, result.output
        return result

    @property
    def tenant(self) -> Tenant:
        """What the sandbox keeps for the key."""
        return self.sandbox.tenant(KEY)

    @property
    def done(self) -> Session:
        """The session that has a summary and a brief."""
        return self.session(DONE)

    def session(self, topic: str) -> Session:
        """A session by a piece of its topic."""
        return next(each for each in self.tenant.sessions.values() if topic in each.topic)

    @property
    def sent(self) -> list[str]:
        """The operations that arrived."""
        return [request.operation for request in self.sandbox.requests]

    def file(self, name: str, session: Session | None = None) -> Path:
        """A file of a session, of the one with a summary where none is named."""
        known = self.manifest["sessions"][(session or self.done).id]
        return self.folder / known["folder"] / name

    @property
    def manifest(self) -> dict[str, Any]:
        """What is known of the folder."""
        return json.loads((self.folder / "manifest.json").read_text())


@pytest.fixture
def harmonica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Harmonica:
    """A fresh sandbox and an empty folder."""
    made = Harmonica(tmp_path / "exported")
    monkeypatch.setattr(command, "pool_for", made.pool)
    return made
