"""Reading what was said, page by page within a token budget."""

import bisect

import anyio

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.server.reading.choosing import UNKNOWN, Filters
from harmonica_mcp.server.reading.kept import Heard, hear, kept_by
from harmonica_mcp.server.reading.order import Order, Place, Turn
from harmonica_mcp.server.reading.page import Conversations, Piece, length, show, voices
from harmonica_mcp.server.result import iso
from harmonica_mcp.server.sealing import Seal

BYTES_PER_TOKEN = 4
# What stands around the messages of a page, besides the session: head, fence, cursor, notice.
_FRAME = 760


async def read(
    api: HarmonicaClient, seal: Seal, filters: Filters, max_tokens: int, cursor: str | None
) -> Conversations:
    """One page of a session's conversations.

    The first page asks Harmonica; those that follow within a minute do not, until the last, which
    asks once more for what was said in between.

    Args:
        api: as whom.
        seal: of the session, for this tool and caller.
        filters: what is wanted.
        max_tokens: the page's budget; text and structured content each stay within it.
        cursor: where the page before ended.
    """
    start = None if cursor is None else Place.opened(cursor, seal, filters)
    caller, session = api.key.digest if api.key else "", seal.subject
    kept = kept_by(api)
    if start and (heard := kept.get(caller, session)) and start.window.until <= heard.settled:
        page = page_of(heard, seal, filters, max_tokens, start)
        if page.next_cursor:
            return page
        # Two copies at once would be one too many for a large session.
        del heard
    kept.drop(caller, session)
    heard = await hear(api, session)
    order = _order(heard, filters)
    # A page must not end amid what may still be added to.
    if (seconds := order.unsettled(_fill(order, filters, start, _budget(seal, max_tokens))[1])) > 0:
        await anyio.sleep(seconds)
        heard = await hear(api, session)
    page = page_of(heard, seal, filters, max_tokens, start)
    if page.next_cursor:
        kept.put(caller, session, heard)
    return page


def page_of(
    heard: Heard, seal: Seal, filters: Filters, max_tokens: int, start: Place | None
) -> Conversations:
    """The page that begins at a place; the first one where there is none."""
    order = _order(heard, filters)
    pieces, following = _fill(order, filters, start, _budget(seal, max_tokens))
    return Conversations(
        session_id=seal.subject,
        participants=voices(pieces),
        shown=len(pieces),
        left=order.left(following) if following else 0,
        as_of=None if following or heard.settled == UNKNOWN else iso(heard.settled),
        next_cursor=following.sealed(seal, filters) if following else None,
    )


def _order(heard: Heard, filters: Filters) -> Order:
    return Order(heard.threads(filters), heard.settled, filters.min_messages)


def _budget(seal: Seal, max_tokens: int) -> int:
    return max_tokens * BYTES_PER_TOKEN - _FRAME - len(seal.subject.encode())


def _fill(
    order: Order, filters: Filters, start: Place | None, budget: int
) -> tuple[list[Piece], Place | None]:
    """What fits, and where the next page begins."""
    start = start or order.beginning
    pieces: list[Piece] = []
    seen = set[object]()
    for turn in order.turns(start):
        begin = start.offset if turn.place == start._replace(offset=0) else 0
        piece = show(turn, filters.view, begin)
        cost = piece.cost(new=turn.thread.key not in seen)
        if cost > budget and pieces:
            return _before(order, pieces, turn)
        if cost > budget:
            piece, end = _part(turn, filters, begin, budget)
            if filters.view != "outline" and end < length(turn, filters.view):
                return [piece], turn.place._replace(offset=end)
        budget -= cost
        pieces.append(piece)
        seen.add(turn.thread.key)
    return pieces, None


def _before(order: Order, pieces: list[Piece], turn: Turn) -> tuple[list[Piece], Place]:
    window = turn.place.window
    if order.is_open(window) and pieces[0].turn.place.window != window:
        # To what is shown in part nothing may be added: all of it waits for the next page.
        return [piece for piece in pieces if piece.turn.place.window != window], Place(window)
    return pieces, turn.place


def _part(turn: Turn, filters: Filters, begin: int, budget: int) -> tuple[Piece, int]:
    """As much of a turn as fits on a page of its own, and where it stops."""

    def cost(end: int) -> int:
        return show(turn, filters.view, begin, end).cost(new=True)

    ends = range(begin + 1, length(turn, filters.view))
    # At least something, so that reading comes to an end whatever a name or an id costs.
    end = begin + max(bisect.bisect_right(ends, budget, key=cost), 1)
    return show(turn, filters.view, begin, end), end
