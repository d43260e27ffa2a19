"""What a dry run shows: a request as it would be sent, without its secrets."""

import json
from dataclasses import dataclass
from typing import cast

from harmonica_mcp.client._operation import Upload
from harmonica_mcp.client.key import ApiKey

MASKED = "(masked)"


@dataclass(frozen=True, slots=True)
class Planned:
    """A request that a dry run keeps from leaving."""

    method: str
    path: str
    """As sent, with its query."""
    body: str | None
    """JSON text, or the text fields of a form with a file; without keys and tokens."""
    file_name: str | None = None
    file_bytes: int | None = None

    @classmethod
    def of(
        cls, method: str, path: str, body: object, upload: Upload | None, key: ApiKey | None
    ) -> "Planned":
        """Show a request: a file by name and size, tokens and the caller's key not at all."""
        text = None if body is None else json.dumps(_masked(body), ensure_ascii=False)
        if text and key:
            text = text.replace(key.get_secret_value(), MASKED)
        if upload is None:
            return cls(method, path, text)
        return cls(method, path, text, upload.name, len(upload.content))


def _masked(body: object) -> object:
    if isinstance(body, list):
        return [_masked(item) for item in cast("list[object]", body)]
    if not isinstance(body, dict):
        return body
    fields = cast("dict[str, object]", body)
    return {n: MASKED if n == "bearer" and v else _masked(v) for n, v in fields.items()}
