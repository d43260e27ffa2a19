"""What privacy finds in texts, and what it leaves alone."""

import sys
from collections.abc import Callable

import pytest

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.guard.privacy.contacts import contacts_in
from harmonica_mcp.server.guard.privacy.group import Group
from harmonica_mcp.server.guard.privacy.pseudonyms import keys_for
from harmonica_mcp.server.guard.privacy.tokens import Tokens
from harmonica_mcp.server.guard.privacy.veil import Veil
from tests.server.wire import KEY

KEYS = keys_for([b"k" * 32], None)


def group_of(*names: str) -> Group:
    """A group of these people."""
    return Group(KEYS, "hst_1", names)


def veiled(text: str, *names: str, links: bool = True) -> str:
    """A text as it leaves, each person's code replaced by their place in the group."""
    group = group_of(*names)
    shown = Veil(Tokens(), "api.example", group).text(text, links=links)
    for number, name in enumerate(names, 1):
        shown = shown.replace(group.pseudonyms.of(name), f"<{number}>")
    return shown


@pytest.mark.parametrize(
    ("names", "text", "shown"),
    [
        (["Alice"], "Alice, alice and ALICE", "<1>, alice and ALICE"),
        (["Ann"], "Ann's Annex, Joann, _Ann_ (Ann)", "<1>'s Annex, Joann, _<1>_ (<1>)"),
        (["Ann", "Ann Lee"], "Ann Lee met Ann; Lee left", "<2> met <1>; <2> left"),
        (["Ann Lee", "Bo Lee"], "Ann and Bo: no Lee", "<1> and <2>: no [name]"),
        (["Ann Lee"], "Ann\n  Lee, Ann-Lee", "<1>, <1>-<1>"),
        (["Al\u200bice"], "Ali\u200bce and Alice", "<1> and <1>"),
        (["O'Neil"], "O\u2019Neil and O'Neil", "<1> and <1>"),
        (["a+b(c"], "a+b(c or a+b", "<1> or a+b"),
        (["Zoë"], "Zoe\u0308, Zoë", "<1>, <1>"),
        (["Jose"], "Jose and Jose\u0301", "<1> and José"),
        (["bob marsh-hill"], "Bob Marsh-Hill, Bob", "<1>, <1>"),
        (["MARA"], "Mara and MARA", "<1> and <1>"),
        (["דנה"], "שלום דנה!", "שלום <1>!"),
        (["田中 太郎"], "田中さんと太郎さん", "<1>さんと<1>さん"),
        (["지수"], "지수가", "<1>가"),
        (["明"], "明, 明日", "<1>, 明日"),
        (["Kim민"], "Kim민은", "<1>은"),
        (["🦊"], "Hi 🦊! A 🦊 ran.", "Hi <1>! A 🦊 ran."),
        (["?", "..", "7"], "7 of 7? .. No.", "7 of 7? .. No."),
        (["Bea (she/her), the baker"], "Bea asked her: the she", "<1> asked her: the she"),
        (["Bea from Fennmill"], "Fennmill's Bea", "Fennmill's <1>"),
        (["The Whole Repair Crew"], "Whole Repair", "Whole Repair"),
        (["Ludwig van Beek"], "Beek van Ludwig", "<1> van <1>"),
        (["J. Sel"], "Sel and J.", "<1> and J."),
        (["Sel 9"], "Sel 90, Sel 9, Sel", "<1> 90, <1>, <1>"),
        ([], "Ada", "Ada"),
        (["A B"], "A, A B", "A, <1>"),
        (["Bea Xi"], "Bea", "<1>"),
    ],
)
def test_names(names: list[str], text: str, shown: str) -> None:
    """Names go as whole words, the longest first, in any script, with signs, and by their parts."""
    assert veiled(text, *names) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Will you mark the day in May? We will.",
        "In May, Mark the date on paper.",
        "Hope is not a plan. May I? It may.",
        "They will. Will it last?",
        "the Mark on the wall",
    ],
)
def test_common_words(text: str) -> None:
    """A word that is a name as well stays where nobody is meant."""
    assert veiled(text, "Will", "Mark", "May", "Hope") == text


@pytest.mark.parametrize(
    "text",
    [
        "{}, what do you think?",
        "Thank you {}!",
        "Hi {} and all",
        "So what, {}?",
        "That helps, {}.",
        "**{}**: more light",
        "- {}: more light",
        "\u201cMore light\u201d \u2014 {}",
        "{}'s idea",
        "@{} look",
        "Then {} said no",
        "as asked {} again",
        "Liebe {}, danke",
        "{}",
    ],
)
def test_common_words_that_address(text: str) -> None:
    """The same word goes where somebody is greeted, called, quoted or named as who speaks."""
    assert veiled(text.format("Will"), "Will") == text.format("<1>")


def test_simulated_people() -> None:
    """The prefix of simulated people stays to be seen, and their names go with it or without."""
    assert veiled("[AI] Mara and Mara", "[AI] Mara").count("Participant ") == 1
    assert veiled("[AI] Mara", "[AI] Mara") == "<1>"
    assert group_of("[AI] Mara").pseudonyms.of("[AI] Mara").startswith("[AI] Participant ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann@x.org, Ann@X.ORG, b.c+d@mail.x.co.uk.", "[email 1], [email 1], [email 2]."),
        ("ann [at] x [dot] org; bo(at)x.org", "[email 1]; [email 2]"),
        ("'ann@x.org', 50%bo@x.org, '%'cy@x.org", "[email 1]', [email 2], [email 3]"),
        ("+49 176 1234567'ann@x.org", "[phone 1]'[email 1]"),
        ("mailto:root@localhost a@b", "mailto:[email 1] a@b"),
        ("+49 176 1234567 and 0049-176-1234567", "[phone 1] and [phone 2]"),
        ("0176/1234567, (030) 123456, 01.23.45.67.89", "[phone 1], [phone 2], [phone 3]"),
        ("(555) 123-4567 or 555-123-4567", "[phone 1] or [phone 2]"),
        ("Tel. 5550142, call me at 555 0142", "Tel. [phone 1], call me at [phone 2]"),
        ("https://x.org/a_(b)?c=1). See www.x.org.", "[link 1]). See [link 2]."),
        ("[a](https://x.org/a) t.me/ada, x.org", "[a]([link 1]) [link 2], [link 3]"),
        ("https://x.org/Ada ada@x.org Ada", "[link 1] [email 1] <1>"),
    ],
)
def test_contacts(text: str, shown: str) -> None:
    """Addresses, numbers and links become tokens, the same for the same value."""
    assert veiled(text, "Ada") == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04T10:00:00Z, 2026-05-04, 04.05.2026. 4/5/2026, 04.05.-06.05.2026",
        "09:30-10:30, 08.30-09.30, call 2026-05-04",
        "1 000 000 €, +10.000.000 EUR, 5,000, 99.95, 0.1234567, 12345678",
        "hst_0123456789, msg_00010002, 00000001-0000-4000-8000-000000000000",
        "notes.md and SESSION.md, e.g. this.Then that; and/or",
        "https://app.harmonica.chat/chat?s=hst_1, harmonica.chat/sessions/x",
        "http://api.example:3000/sessions/aHN0, harmonica://sessions/hst_1/brief",
    ],
)
def test_no_contacts(text: str) -> None:
    """Dates, times, sums, ids, files and Harmonica's own links stay as they are."""
    assert veiled(text) == text


def test_a_sum_has_an_end() -> None:
    """Where groups of digits go on and on, a sum is looked for within a few of them at a time."""
    found = [find[0] for find in contacts_in("123 " * 40 + "€, ann@x.org")]
    assert found == ["123 " * 7 + "€", "ann@x.org"]


@pytest.mark.parametrize(
    "link",
    [
        "https://app.harmonica.chat.evil.example/x",
        "https://app.harmonica.chat@evil.example/x",
        "https://notharmonica.chat/x",
        "https://evil\u2100.example/a",
    ],
)
def test_links_that_only_look_like_harmonicas(link: str) -> None:
    """What merely holds Harmonica's name is masked like any other link."""
    assert "[link 1]" in veiled(link)
    assert "evil" not in veiled(link)


def test_links_of_a_host() -> None:
    """In a host's own texts links stay, names in them too; addresses and numbers do not."""
    text = "Ada: https://x.org/Ada, a@x.org"
    assert veiled(text, "Ada", links=False) == "<1>: https://x.org/Ada, [email 1]"


def test_tokens_go_back() -> None:
    """Within a call a token means its value again; any other is refused, as it would be stored."""
    tokens = Tokens()
    token = tokens.of("email", "ann@x.org")
    assert tokens.restored(f"To {token}") == "To ann@x.org"
    with pytest.raises(InvalidInput, match=r"Nothing was sent\."):
        tokens.restored("[phone 1]")


def steps_of(do: Callable[[], object]) -> int:
    """How many functions are called."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(step)
    do()
    sys.setprofile(None)
    return steps


def test_many_addresses() -> None:
    """The last of many links takes as many steps as the second: nobody's list holds others up."""
    tokens = Tokens()
    steps = [steps_of(lambda n=n: tokens.of("link", f"https://a.example/{n}")) for n in range(300)]
    assert steps[-1] == steps[1]


def test_many_pseudonyms_in_a_text() -> None:
    """After the first of them none takes longer because many people take part."""
    steps: list[int] = []
    for size in (2, 300):
        group = group_of(*map(str, range(size)))
        text = group.pseudonyms.of("1")
        assert group.named(text) == "1"
        steps.append(steps_of(lambda group=group, text=text: group.named(text)))
    assert steps[0] == steps[1]


def test_same_for_all_with_the_secret() -> None:
    """With a secret all callers see the same pseudonyms; without one each key has its own."""
    one, other = ApiKey(KEY), ApiKey(KEY[:-1] + "1")

    def code(secrets: list[bytes], key: ApiKey | None) -> str:
        return Group(keys_for(secrets, key), "hst_1", ["Ada"]).pseudonyms.of("Ada")

    shared = [b"s" * 32]
    assert code(shared, one) == code(shared, other) == code(shared, None)
    assert len({code([], one), code([], other), code(shared, one), code([], None)}) == 4
    assert code([], one) == code([], one)


def test_pseudonyms_of_sessions_differ() -> None:
    """Who takes part in two sessions cannot be recognised; spaces around a name do not count."""
    codes = {Group(KEYS, room, ["Ada"]).pseudonyms.of(" Ada ") for room in ("hst_1", "hst_2")}
    assert len(codes) == 2
    assert group_of("", " ").pseudonyms.names == {}
    assert group_of("Ada").pseudonyms.of("") == ""


def test_many_people() -> None:
    """However many take part, no two names share a pseudonym, and each leads back to its name."""
    names = [f"Person {number}" for number in range(2_500)]
    pseudonyms = group_of(*names).pseudonyms
    shown = [pseudonyms.of(name) for name in names]
    assert len(set(shown)) == len(names)
    assert {len(code) for code in shown} == {len("Participant ABCD"), len("Participant ABCDE")}
    longer = next(number for number, code in enumerate(shown) if len(code) > len(shown[0]))
    assert pseudonyms.meant(shown[longer]) == names[longer]
    # Who joined first keeps the short one when the other comes.
    assert group_of(*names[:longer]).pseudonyms.of(names[0]) == shown[0]


def test_older_secrets() -> None:
    """A pseudonym that was made with a secret before the present one is still understood."""
    old, new = b"o" * 32, b"n" * 32
    before = Group(keys_for([old], None), "hst_1", ["Ada", "[AI] Bo"]).pseudonyms
    now = Group(keys_for([new, old], None), "hst_1", ["Ada", "[AI] Bo"]).pseudonyms
    for name in ("Ada", "[AI] Bo"):
        assert before.of(name) != now.of(name)
        assert now.meant(before.of(name)) == now.meant(now.of(name)) == name
        assert now.meant(now.of(name).removeprefix("[AI] ")) == name
    assert now.meant("Participant 2222") is None
    assert now.meant("Ada") is None
