"""Files as context sources."""

from collections.abc import Callable

import httpx2
import pytest

from harmonica_mcp.sandbox import Session
from tests.sandbox.uploading import upload


@pytest.fixture
def url(seeded: Callable[[str], Session]) -> str:
    """The sources of the session about the tool library: none yet."""
    return f"/sessions/{seeded('tool library').id}/context-sources"


async def test_a_file_is_kept_verbatim_or_in_chunks(api: httpx2.AsyncClient, url: str) -> None:
    """Fifty kilobytes are the border; the title is the file's name unless given."""
    small = await upload(api, url, "notes.md", b"# Notes")
    assert small.status_code == 201
    assert set(small.json()) == {
        *("id", "session_id", "source_type", "title", "content_mode", "created_at")
    }
    assert (small.json()["title"], small.json()["content_mode"]) == ("notes.md", "verbatim")
    large = await upload(api, url, "long.TXT", b"x" * 51_201, title="Long")
    assert (large.json()["title"], large.json()["content_mode"]) == ("Long", "chunked")
    rows = (await api.get(url)).json()["sources"]
    assert [each["position"] for each in rows] == [0, 1]
    assert [each["token_estimate"] for each in rows] == [1, None]


async def test_a_type_can_stand_for_an_extension(api: httpx2.AsyncClient, url: str) -> None:
    """A file without extension passes if its type is plain text."""
    files = {"file": ("notes", b"Hello", "text/plain")}
    assert (await api.post(f"{url}/file", files=files)).status_code == 201


async def test_pdfs_need_text(api: httpx2.AsyncClient, url: str) -> None:
    """The text of a PDF is taken out; one without text is refused."""
    good = await upload(api, url, "a.pdf", b"%PDF-1.4 BT (Opening hours) Tj ET")
    assert good.status_code == 201
    bad = await upload(api, url, "a.pdf", b"%PDF-1.4 image")
    assert bad.status_code == 400
    assert bad.json()["error"]["message"] == "PDF has no extractable text"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("chart.png", b"x", "Unsupported file type: application/octet-stream (filename: chart.png"),
        ("big.txt", b"x" * (4 * 1024 * 1024 + 1), "File too large"),
        ("empty.txt", b" \n", "File is empty"),
    ],
)
async def test_files_are_checked(
    api: httpx2.AsyncClient, url: str, name: str, data: bytes, message: str
) -> None:
    """Type, size and emptiness are a 400."""
    answer = await upload(api, url, name, data)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)


async def test_an_upload_needs_a_file(api: httpx2.AsyncClient, url: str) -> None:
    """JSON, a form without file, a file as text, and a broken form are all without a file."""
    broken = {"content-type": "multipart/form-data"}
    for answer in (
        await api.post(f"{url}/file", json={"file": "x"}),
        await api.post(f"{url}/file", files={"other": ("a.txt", b"x")}),
        await api.post(f"{url}/file", content=b"x", headers=broken),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "file is required"
