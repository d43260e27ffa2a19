"""Messages as lines."""

import json
import re

from mcp_types import (
    INVALID_REQUEST,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    RequestId,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from harmonica_mcp.transports.stdio.lines import LIMIT, TooLong

_NUMBER = rb'"id"\s*:\s*(?:(?P<number>\d{1,15})|"(?P<name>[\w.:-]{1,64})")'
# Clients write it at one of the two ends; in the middle it could belong to something else.
_FIRST = re.compile(rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?' + _NUMBER + rb"\s*,")
_LAST = re.compile(rb",\s*" + _NUMBER + rb"\s*\}\s*\Z")

# Half of a pair, as programs write it that cut a text within an emoji.
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile(r"[\ud800-\udfff]")


def message_of(line: bytes) -> JSONRPCMessage | None:
    """The message that a line is; none where it is none."""
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        text = _marked(line)
    if text is None:
        return None
    try:
        return jsonrpc_message_adapter.validate_json(text, by_name=False)
    except ValidationError:
        return None


def _marked(line: bytes) -> str | None:
    """A line with marks for what in it is no text, and must not cost the rest; none without any."""
    text = line.decode(errors="replace")
    if not _HALF_ESCAPED.search(text):
        return text if "\ufffd" in text else None
    try:
        return _HALF.sub("\ufffd", json.dumps(json.loads(text), ensure_ascii=False))
    except (ValueError, RecursionError):
        return None


def line_of(message: JSONRPCMessage) -> bytes:
    """The line that a message is."""
    return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"


def refusal(line: TooLong) -> JSONRPCError:
    """What to say to a line that was too long, to the request that it was where that is known."""
    return JSONRPCError(
        jsonrpc="2.0",
        id=_id(line),
        error=ErrorData(
            code=INVALID_REQUEST,
            message=f"The message is longer than {LIMIT // 1024**2} MiB and was not read: "
            "send less at a time.",
        ),
    )


def _id(line: TooLong) -> RequestId | None:
    found = _FIRST.match(line.head) or _LAST.search(line.tail)
    if found is None:
        return None
    return int(found["number"]) if found["number"] else found["name"].decode()
