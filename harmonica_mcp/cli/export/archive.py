"""The exported folder: files that are written only when they change, and what is known of them."""

import hashlib
import os
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from harmonica_mcp._version import __version__
from harmonica_mcp.cli.export.naming import folder_name

MANIFEST = "manifest.json"
BESIDE = ".new"
# A manifest can come from elsewhere, such as a pull request: it names no place outside.
_Name = Annotated[str, StringConstraints(pattern=r"^[^./\\:\x00][^/\\:\x00]*$", max_length=255)]


class ManifestBroken(Exception):
    """What is known of the folder cannot be read, so nothing in it is touched."""


class Outcome(Enum):
    """What became of a file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    YOURS = "kept as you changed it"
    BESIDE = f"kept as you changed it, the new text is in the file ending in {BESIDE}"


class KnownFile(BaseModel):
    """A file as Harmonica's text was last told of."""

    sha256: str
    written_at: str


class KnownSession(BaseModel):
    """A session's folder and files; `knowledge_of` is the summary that was last paid for."""

    folder: _Name
    topic: str
    files: dict[_Name, KnownFile] = Field(default_factory=dict[str, KnownFile])
    knowledge_of: str | None = None


class Manifest(BaseModel):
    """What was exported."""

    format: Literal[1] = 1
    tool: str = ""
    sessions: dict[str, KnownSession] = Field(default_factory=dict[str, KnownSession])


class Archive:
    """A folder of sessions, each in a folder of its own."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest

    @classmethod
    def open(cls, root: Path) -> Self:
        """The folder, made where there is none.

        Raises:
            ManifestBroken: Its manifest is none.
            OSError: It cannot be made or read.
        """
        root.mkdir(parents=True, exist_ok=True)
        path = root / MANIFEST
        try:
            manifest = Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            manifest = Manifest()
        except ValidationError:
            raise ManifestBroken(
                f"{path} cannot be read: put back an older one, or remove it, and files that "
                "differ from Harmonica's are kept."
            ) from None
        return cls(root, manifest)

    def session(self, session_id: str, topic: str) -> KnownSession:
        """What is known of a session; its folder keeps its name when the topic changes."""
        known = self.manifest.sessions.setdefault(
            session_id, KnownSession(folder=folder_name(topic, session_id), topic=topic)
        )
        known.topic = topic
        return known

    def keep(self, known: KnownSession, name: str, text: str) -> Outcome:
        """Bring a file up to date, unless somebody changed it.

        Raises:
            OSError: It cannot be written.
        """
        path, new = self.root / known.folder / name, digest(text.encode())
        told = known.files.get(name)
        here = _digest_of(path)
        outcome = Outcome.UNCHANGED
        if here is None or (told and here == told.sha256 != new):
            _write(path, text)
            outcome = Outcome.WRITTEN
        elif here != new:
            if told and told.sha256 == new:
                return Outcome.YOURS
            _write(path.with_name(name + BESIDE), text)
            outcome = Outcome.BESIDE
        if told is None or told.sha256 != new:
            known.files[name] = KnownFile(sha256=new, written_at=_now())
        return outcome

    def save(self) -> None:
        """Write down what is known, when that is news.

        Raises:
            OSError: It cannot be written.
        """
        self.manifest.tool = f"harmonica-mcp {__version__}"
        path = self.root / MANIFEST
        text = self.manifest.model_dump_json(indent=2, exclude_none=True) + "\n"
        if _digest_of(path) != digest(text.encode()):
            _write(path, text)


def digest(content: bytes) -> str:
    """SHA-256 of a text, whose line ends may have been changed on the way through git."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _digest_of(path: Path) -> str | None:
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    """Replace a file at once, so that nobody ever finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".harmonica-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        # A draft is its owner's alone; the file is for whom the folder is.
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(path)
    except OSError:
        with suppress(OSError):
            Path(draft).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
