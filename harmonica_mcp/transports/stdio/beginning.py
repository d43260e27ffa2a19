"""How far a conversation has come when it is taken over."""

from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.stdio.intake import Intake


class Beginning:
    """What was read and written so far.

    Args:
        intake: lines that were read and are still to be served, and where more come from.
        outgoing: the descriptor on which the host listens.
        unwritten: what it should have been told already.
        given: answers that it has.
    """

    def __init__(
        self, intake: Intake, outgoing: int, unwritten: bytes = b"", given: Given | None = None
    ) -> None:
        self.intake = intake
        self.outgoing = outgoing
        self.unwritten = unwritten
        self.given = Given() if given is None else given
