"""Whether a word that is a name as well speaks to, or of, a person where it stands."""

import re

_BEFORE = 40
_GREETINGS = (
    "hi|hello|hey|dear|thanks|thank you|thx|welcome|goodbye|bye|sorry|mr|mrs|ms|dr|sincerely"
    "|hallo|hej|liebe|lieber|guten tag|guten morgen|moin|servus|danke|danke dir|willkommen|tschüss"
    "|bonjour|salut|merci|cher|chère|hola|gracias|querida|querido|ciao|grazie|cara|caro|olá|oi"
    "|obrigado|obrigada|hoi|bedankt|beste|cześć|dzięki|привет|спасибо|дорогой|дорогая|merhaba"
    "|teşekkürler|ahoj|tack|tak|takk|kiitos"
)
_REPORTS = (
    "said|says|asked|asks|told|tells|wrote|writes|wants|wanted|thinks|thought|suggested|suggests"
    "|proposed|proposes|agreed|agrees|disagreed|disagrees|mentioned|mentions|noted|notes|feels|felt"
    "|believes|prefers|argued|argues|added|adds|replied|answered|explained|stressed|emphasi[sz]ed"
    "|shared|raised|objected|meint|meinte|sagt|sagte|schlägt|schlug|fragt|fragte|findet|fand|schrieb"
    "|möchte|wünscht|dit|pense|propose|demande|dice|piensa|propone|pide"
)
_GREETED = re.compile(rf"(?i:(?<![^\W_])(?:{_GREETINGS})(?:[,.]?\s+|\s*[*_]+))$")
_QUOTED = re.compile(rf"(?i:(?<![^\W_])(?:according to|{_REPORTS})\s+[*_]*)$")
# The beginning of a text, sentence, line or list entry, or what sets a word apart within one.
_SET_APART = re.compile(r"(?:^|[\n.!?…:;,(\[\"“„«—\u2013-])[\s*_>#-]*$")
_ENDS = re.compile(r"[*_]*(?:[,!?:)\]\"”“»]|\s[—\u2013-]\s|\.?\s*$|\.\s)")
_POSSESSES = re.compile(r"['\u2019]s(?![^\W_])")
_ACTS = re.compile(rf"[*_]*\s+(?:{_REPORTS})(?![^\W_])")


def addresses(text: str, start: int, end: int) -> bool:
    """Whether the word there greets, calls, quotes or labels somebody.

    A guess that rather takes a word for a name than a name for a word: `Mark, what do you say?`,
    `Thanks Mark`, `Mark: yes`, `Mark said`, `Mark's`; not `Mark the date`.
    """
    before = text[max(0, start - _BEFORE) : start]
    if before.endswith("@") or _GREETED.search(before) or _QUOTED.search(before):
        return True
    if _POSSESSES.match(text, end) or _ACTS.match(text, end):
        return True
    return bool(_SET_APART.search(before) and _ENDS.match(text, end))
