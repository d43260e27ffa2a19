"""What agents are told of privacy, and what is not taken from them."""

from typing import cast

from harmonica_mcp.server.guard.privacy.tokens import TOKEN, refusal_of

CONFIRM = "confirm"

_NAMES = (
    "Participants stand under pseudonyms such as `Participant K7QD`: use them wherever a "
    "participant is asked for. `[email 1]`, `[phone 1]` and `[link 1]` stand for what is masked: "
    "never send them back."
)
_STRICT = (
    "E-mail addresses, phone numbers, links and names are masked. Nothing is told of single "
    "participants, and no words where fewer than five have spoken."
)


def rules(privacy: str) -> list[str]:
    """The sentences for a setting."""
    return {"names": [_NAMES], "strict": [_STRICT]}.get(privacy, [])


def refusal(privacy: str, arguments: object) -> str | None:
    """Why arguments of a tool that changes something are not taken: a token is in them.

    By then the same token can mean somebody else's address.
    """
    if privacy == "off":
        return None
    match arguments:
        case str():
            token = TOKEN.search(arguments)
            return refusal_of(token[0]) if token else None
        case dict():
            fields = cast("dict[str, object]", arguments)
            # A title that is confirmed as it was shown is only compared.
            values = [value for name, value in fields.items() if name != CONFIRM]
        case list():
            values = cast("list[object]", arguments)
        case _:
            return None
    return next(filter(None, (refusal(privacy, value) for value in values)), None)
