"""Looking at what people said: sentences, topics they share, and how they put them."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .state import Session, Thread

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
    about above actually after again against also always among another anything around away
    because been before being below best better between both came cannot come could days does doing
    done down during each easy either else enough even every everyone everything feel find first
    from gets getting give given goes going good great hard have having here into itself just keep
    kind know last least less like little long look made make makes many maybe mean mine more most
    much must myself need needs never next nobody nothing often once only other others ourselves
    over people perhaps person place please problem quite rather real really right same seem seems
    should shouldn show since some somebody someone something sometimes soon still such sure take
    than that their them then there these they thing things think this those though three through
    time today together told took under until used very want wants week well went were what
    when where whether which while will wish with without work works worth would year years your
    yourself
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_DIFFERS = re.compile(
    r"\b(but|however|although|instead|rather|worr\w+|afraid|disagree|who pays)\b", re.IGNORECASE
)
_PROPOSES = re.compile(
    r"\b(let's|let us|we (could|can|should)|I (could|can|will)|I'll|I'd start|next step|try)\b",
    re.IGNORECASE,
)
_DECIDES = re.compile(r"\b(agreed?|decided?|settled|we will|we'll)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Saying:
    """One sentence, who said it, and in which message."""

    name: str
    text: str
    message_id: str

    @property
    def differs(self) -> bool:
        """Whether it objects, doubts or weighs one thing against another."""
        return _DIFFERS.search(self.text) is not None

    @property
    def proposes(self) -> bool:
        """Whether it names something that could be done."""
        return _PROPOSES.search(self.text) is not None

    @property
    def decides(self) -> bool:
        """Whether it reports something as settled."""
        return _DECIDES.search(self.text) is not None

    def topics(self) -> set[str]:
        """Give its telling words in lower case."""
        return {word for word in map(str.lower, _WORD.findall(self.text)) if word not in _COMMON}

    def quoted(self) -> str:
        """Put it as a quotation with its speaker."""
        return f"{self.name}: “{self.text}”"


@dataclass(frozen=True)
class Theme:
    """A word that people came back to, and where they used it."""

    word: str
    sayings: tuple[Saying, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The people behind it, in the order they spoke."""
        return tuple(dict.fromkeys(saying.name for saying in self.sayings))


def sentences(text: str) -> list[str]:
    """Cut a text into sentences."""
    return [part.strip() for part in _SENTENCE.findall(text) if part.strip()]


def sayings(threads: Iterable[Thread]) -> list[Saying]:
    """Give every sentence that participants said themselves."""
    return [
        Saying(thread.name or "Anonymous", sentence, message.id)
        for thread in threads
        for message in thread.spoken()
        for sentence in sentences(message.content)
    ]


def said_in(session: Session) -> list[Saying]:
    """Give every sentence that a session's participants said themselves."""
    return sayings(session.threads)


def themes(said: Iterable[Saying], limit: int = 5) -> list[Theme]:
    """Find the words shared by most people, then used most often; a single use is no theme."""
    uses: defaultdict[str, list[Saying]] = defaultdict(list)
    for saying in said:
        for word in saying.topics():
            uses[word].append(saying)
    found = [Theme(word, tuple(where)) for word, where in uses.items() if len(where) > 1]
    found.sort(key=lambda theme: (-len(theme.names), -len(theme.sayings), theme.word))
    return found[:limit]


def snippet(text: str, words: int = 14) -> str:
    """Give the first sentence, cut to a quotable length."""
    parts = next(iter(sentences(text)), text).replace("\0", "").rstrip(".!").split()
    return " ".join(parts[:words]) + ("…" if len(parts) > words else "")
