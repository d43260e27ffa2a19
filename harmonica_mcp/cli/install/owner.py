"""Whose key it is, asked of Harmonica."""

import anyio

from harmonica_mcp.cli.install.refused import Refused
from harmonica_mcp.client import ApiKey, HarmonicaClient, HarmonicaError


def owner_of(key: ApiKey, url: str) -> str:
    """The name or address of the person whose key it is.

    Raises:
        Refused: Harmonica does not take the key, or does not answer.
    """
    told = anyio.run(_ask, key, url)
    # A name could hold what commands a terminal, or turns the reading direction.
    return "".join(character for character in told if character.isprintable())


async def _ask(key: ApiKey, url: str) -> str:
    async with HarmonicaClient(key, url) as harmonica:
        try:
            user = await harmonica.account.me()
        except HarmonicaError as error:
            raise Refused(f"{error} Nothing was written.") from None
    return " ".join(filter(None, [user.name, user.email])) or user.id
