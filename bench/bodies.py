"""Bodies of large sessions, the same ones every time."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

SMALL, LARGE = "hst_small", "hst_large"
OWN_CHARACTERS = 32_653

_WORDS = [
    *("we", "could", "meet", "in", "the", "café", "on", "Tuesday", "and", "share", "our", "tools"),
    *("because", "nobody", "has", "room", "for", "a", "ladder", "—", "not", "alone", "I", "would"),
]
_BEGUN = datetime(2026, 5, 4, 9, tzinfo=UTC)


def _text(chance: random.Random, length: int) -> str:
    words = ""
    while len(words) < length:
        words += chance.choice(_WORDS) + " "
    return words[: length - 1] + "."


def _session(people: int, messages: int, own: list[int]) -> bytes:
    """The body of a session in which everybody's messages alternate with the facilitator's."""
    chance = random.Random(people)  # noqa: S311 - the same session every time
    lengths = iter(own)
    data: list[dict[str, object]] = []
    for person in range(people):
        share = messages // people + (person < messages % people)
        said = [
            {
                "id": f"msg_{chance.getrandbits(48):012x}",
                "role": "user" if number % 2 else "assistant",
                "content": _text(chance, next(lengths) if number % 2 else 500),
                "created_at": (
                    _BEGUN + timedelta(minutes=2 * number, seconds=person / 50)
                ).isoformat(timespec="milliseconds"),
            }
            for number in range(share)
        ]
        data.append(
            {
                "participant_id": f"{person:08x}-0000-4000-8000-000000000000",
                "participant_name": f"Person {person}",
                "active": bool(person % 3),
                "messages": said,
            }
        )
    body = {"data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def small() -> bytes:
    """17 participants, 472 messages, own words of 32,653 characters, ids of 16."""
    shares = [472 // 17 + (person < 472 % 17) for person in range(17)]
    count = sum(share // 2 for share in shares)
    own = [OWN_CHARACTERS // count + (n < OWN_CHARACTERS % count) for n in range(count)]
    return _session(17, 472, own)


def large() -> bytes:
    """1,000 participants, 40,000 messages."""
    return _session(1_000, 40_000, [140] * 20_000)


def outline(body: bytes) -> bytes:
    """What the list of a session's people says: numbers instead of their words."""
    people: list[dict[str, Any]] = json.loads(body)["data"]
    rows = [
        {name: value for name, value in person.items() if name != "messages"}
        | {
            "message_count": len(person["messages"]),
            "last_message_at": person["messages"][-1]["created_at"],
        }
        for person in people
    ]
    return json.dumps({"data": rows}).encode()
