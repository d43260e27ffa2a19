"""Matching a host's requests to known answers."""

import json
from typing import TypeGuard

from harmonica_mcp.transports.hello.shapes import (
    META,
    Json,
    are_capabilities,
    is_client,
    is_object,
    plain,
)
from harmonica_mcp.transports.hello.snapshot import Answers

Id = int | str
Answer = tuple[Id, bytes]
"""The id of a request, and the line that answers it."""

_VERSION, _INFO, _CAN = (
    META + name for name in ("protocolVersion", "clientInfo", "clientCapabilities")
)
_LARGEST_ID = 2**53


class Asking:
    """What one host has asked so far, as far as it decides what an answer would be.

    After anything of which it is not sure what the SDK would make of it, it knows no more answers.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._version: str | None = None
        """What was agreed on in the handshake, or the first message's in the modern era."""
        self._sure = True

    def answer(self, line: bytes) -> Answer | None:
        """The answer to the request that a line is, if it is one and its answer is known."""
        if not self._sure:
            return None
        message = plain(line)
        if message is None or type(message.get("method")) is not str:
            self.stop()
            return None
        if message.keys() <= {"jsonrpc", "method", "params"}:
            # Notifications have no answers and change none.
            return None
        number = message.get("id")
        if _is_id(number) and message.keys() <= {"jsonrpc", "id", "method", "params"}:
            result = self._result(message["method"], message.get("params", {}))
            if result is not None:
                return number, _line(number, result)
        # The first request decides the era, and any `initialize` the version.
        self._sure = self._version is not None and message["method"] != "initialize"
        return None

    def stop(self) -> None:
        """Know no more answers."""
        self._sure = False

    def _result(self, method: str, params: object) -> str | None:
        if not is_object(params):
            return None
        version = self._version_of(method, params)
        result = self._answers.get(version or "", {}).get(method)
        if result is not None:
            self._version = self._version or version
        return result

    def _version_of(self, method: str, params: Json) -> str | None:
        """The protocol version of a request, where nothing else in it could change its answer."""
        if method == "initialize":
            return _initialized(params) if self._version is None else None
        if self._version is None or not self._shakes_hands(self._version):
            version = _enveloped(params)
            return version if version and not self._shakes_hands(version) else None
        return self._version if params in ({}, {"_meta": {}}) else None

    def _shakes_hands(self, version: str) -> bool:
        return "initialize" in self._answers.get(version, ())


def _initialized(params: Json) -> str | None:
    if params.keys() != {"protocolVersion", "capabilities", "clientInfo"}:
        return None
    if not are_capabilities(params["capabilities"]) or not is_client(params["clientInfo"]):
        return None
    version = params["protocolVersion"]
    return version if type(version) is str else None


def _enveloped(params: Json) -> str | None:
    meta = params.get("_meta")
    if params.keys() != {"_meta"} or not is_object(meta):
        return None
    if not {_VERSION, _CAN} <= meta.keys() <= {_VERSION, _CAN, _INFO}:
        return None
    if not are_capabilities(meta[_CAN]) or (_INFO in meta and not is_client(meta[_INFO])):
        return None
    return meta[_VERSION] if type(meta[_VERSION]) is str else None


def _line(number: Id, result: str) -> bytes:
    written = json.dumps(number, ensure_ascii=False)
    return f'{{"jsonrpc":"2.0","id":{written},"result":{result}}}\n'.encode()


def _is_id(number: object) -> TypeGuard[Id]:
    return type(number) is str or (type(number) is int and abs(number) < _LARGEST_ID)
