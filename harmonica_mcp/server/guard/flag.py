"""A cautious guess whether a text speaks to an agent instead of to people.

It only counts: nothing is removed or hidden for it, since people may well deliberate about AI. It
knows phrases of attacks in a dozen languages, roles and marks of chat formats, orders that name a
tool, and addresses that carry data away. It is no defence: what it does not know it does not flag.
"""

import re
import unicodedata
from collections.abc import Iterable

# Orders to drop what was said before: a verb, at most a few words, and what is to be dropped.
_OVERRIDES = (
    (
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:previous"
        r"|prior|above|earlier"
        r"|preceding|system|your|all|any|these|those|everything)\b[^.!?\n]{0,30}\b(?:instructions?"
        r"|prompts?|directives?)\b"
    ),
    (
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,20}\b(?:your|system|safety|all"
        r" (?:previous|prior))\b[^.!?\n]{0,20}\b(?:rules|guidelines|restrictions"
        r"|safeguards|polic\w+)\b"
    ),
    (
        r"\b(?:ignoriere?|vergiss|missachte)\b[^.!?\n]{0,40}\b(?:anweisung\w*|anleitung\w*|regeln"
        r"|vorgaben|instruktion\w*|systemprompt)\b"
    ),
    r"\b(?:ignore[zr]?|oublie[zr]?|n'obeis)\b[^.!?\n]{0,40}\b(?:instructions|consignes|regles)\b",
    (
        r"\b(?:ignora|ignore|olvida|olvide|desobedece|esqueca|desconsidere)\b[^.!?\n]{0,40}\b(?:"
        r"instrucciones|instrucoes|reglas|regras|indicaciones|ordenes)\b"
    ),
    r"\b(?:ignora|dimentica)\b[^.!?\n]{0,40}\b(?:istruzioni|regole)\b",
    r"\b(?:negeer|vergeet)\b[^.!?\n]{0,40}\b(?:instructies|regels)\b",
    r"\b(?:zignoruj|ignoruj|zapomnij)\b[^.!?\n]{0,40}\b(?:instrukcj\w+|polecen\w+|zasad\w*)\b",
    (
        r"\b(?:игнорируи\w*|проигнорируи\w*|забудь\w*|ігноруи\w*)\b[^.!?\n]{0,40}\b(?:инструкци\w+"
        r"|указани\w+|правила|інструкці\w+|вказівк\w+)\b"
    ),
    (
        r"\b(?:onceki|yukaridaki|tum)\b[^.!?\n]{0,30}\b(?:talimat\w*"
        r"|kural\w*)\b[^.!?\n]{0,20}\b(?:yok say"
        r"|unut|gormezden gel)\w*"
    ),
    r"(?:تجاهل|انس)[^.!؟\n]{0,40}(?:التعليمات|الأوامر|القواعد|تعليمات)",
    r"(?:התעלם|התעלמו|שכח)[^.!?\n]{0,40}(?:ההוראות|הוראות|הכללים)",
    r"(?:निर्देश|अनुदेश)\S*[^।!?\n]{0,30}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल)",
    r"(?:忽略|无视|無視|忘记|忘記|忽視)[^。!?\n]{0,20}(?:指令|指示|提示|规则|規則|说明|說明)",
    r"(?:指示|命令|ルール|プロンプト)[^。!?\n]{0,10}(?:無視|忘れ)",
    r"(?:지시|명령|규칙|지침)\S*[^.!?\n]{0,10}(?:무시|잊)",
)
_ROLES = (
    (
        r"<\/?(?:system|assistant|tool|function|instructions?|tool_?(?:call|result|response)s?"
        r"|function_?(?:call|result)s?)\b[^>\n]{0,80}>"
    ),
    r"<\|?(?:im_start|im_end|endoftext|start_header_id|system)\|?>|\[\/?inst\]|<<\/?sys>>",
    (
        r"(?:^|\n)\W{0,8}(?:system|admin|developer|operator) (?:message|prompt|note|notice|override"
        r"|instructions?)\W{0,4}:|(?:^|\n)[ \t]*(?:#+ ?system\b|\[(?:system|admin|assistant)\])"
    ),
    (
        r"(?:^|\n)\W{0,4}(?:system|new instructions?|tool result"
        r"|assistant)\W{0,4}:\W*(?:you (?:are|must"
        r"|will|should|may)|ignore|override|from now on|call|publish|the user|i (?:have"
        r"|will)|approved)\b"
    ),
    (
        r"(?:^|\n)[ \t]*(?:assistant|human|user|ai):[^\n]{0,500}"
        r"\n[ \t\n]{0,4}(?:assistant|human|user|ai):"
    ),
    (
        r"\"role\"\s*:\s*\"(?:system|assistant|tool|developer)\"|\"(?:tool_calls?|structuredcontent"
        r"|iserror)\"\s*:"
    ),
    r"<<<words|>>>words",
    r"\byou are now\b[^.!?\n]{0,60}\b(?:ai|assistant|mode|unrestricted|agent|dan|admin\w*|bot)\b",
    r"\b(?:developer|god|dan|jailbreak|unrestricted) mode\b|\bdo anything now\b",
    (
        r"\b(?:act|behave|pretend|respond)\b[^.!?\n]{0,20}\b(?:as|to be)\b[^.!?\n]{0,30}\b(?:"
        r"unrestricted|the system|the developer|an? admin\w*|root|no (?:rules|restrictions))\b"
    ),
    r"\bdu bist (?:jetzt|nun|ab sofort)\b[^.!?\n]{0,60}\b(?:ki|assistent|agent|modus|admin\w*)\b",
    (
        r"\b(?:eres ahora|ahora eres|tu es maintenant|vous etes maintenant)\b[^.!?\n]{0,60}\b(?:ia"
        r"|asistente|assistant|agente?|administrat\w+|administrador)\b"
    ),
)
_AGENT = (
    r"(?:ai|a\.i\.|llm|language model|assistant|agent|chatbot|claude|chatgpt|gpt(?:-?\d\w*)?|gemini"
    r"|copilot)"
)
_ADDRESSES = (
    (
        rf"\b(?:note|message|instructions?|reminder|attention|notice|order)\b[ ,]*(?:to"
        rf"|for) (?:the |any "
        rf"|all |every )?{_AGENT}s?\b[^.!?\n]{{0,40}}(?:[:,]|\b(?:reading|processing"
        rf"|summari[sz]ing)\b)"
    ),
    rf"\b(?:dear|hey|hello|attention) (?:the |ai )?{_AGENT}s?\b[^.!?\n]{{0,10}}[,:!]",
    rf"\b(?:if|when|since|as) (?:you are|you're) an? (?:ai |automated )?{_AGENT}\b",
    (
        r"\b(?:do not|don't|never) (?:tell|inform|alert|notify|show|mention (?:this"
        r"|it) to) (?:this to )?"
        r"(?:the |your )(?:user|host|human|owner|operator)\b"
    ),
    (
        r"\bwithout (?:asking|telling|informing|confirm\w*(?: with)?) (?:the |your )?(?:user"
        r"|host|human)\b"
    ),
    r"\bhinweis (?:an|fur) (?:die |den |das )?(?:ki|assistent\w*|agent\w*|sprachmodell)\b",
)
_ORDERS = (
    # People do not write in snake case: who does means a tool.
    (
        r"\b(?:call|invoke|run|execute|use|trigger|rufe?|nutze|appelle[zr]?|llama|usa|вызови)\b"
        r"[^.!?\n]{0,40}\b[a-z]+(?:_[a-z]+)+\b"
    ),
    (
        r"\b(?:call|use|run|invoke|execute)\b (?:the|your|its) [`'\"]?(?:publish|delete"
        r"|update|create"
        r"|send|generate|get|list|remove|export)\w*[`'\"]? (?:tool|function)\b"
    ),
    (
        r"\b(?:reveal|print|show|repeat|output|send|give|post|leak"
        r"|tell)\b[^.!?\n]{0,40}\b(?:system prompt"
        r"|api[ _-]?keys?|access tokens?|credentials|passwords?|secret keys?|environment variables"
        r"|harmonica_api_key)\b"
    ),
    (
        r"\b(?:send|post|forward|upload|e-?mail|exfiltrate)\b[^.!?\n]{0,60}\b(?:summary"
        r"|transcripts?"
        r"|conversations?|responses|messages|results?|everything"
        r"|data)\b[^!?\n]{0,30}(?:https?://|\S@\S)"
    ),
)
_LEAKS = (
    # An image is fetched without a click, so what its address says is told.
    r"!\[[^\]\n]{0,200}\]\(\s{0,9}<?[a-z][a-z0-9+.-]{0,20}:[^)\n]{0,300}[?&#=%{]",
    r"!\[[^\]\n]{0,200}\]\[|<img\b[^>\n]{0,200}\bsrc\s{0,9}=",
    r"\]\(\s{0,9}<?(?:javascript|data|vbscript|file):",
    r"https?://\S{0,300}(?:\{|%7b|\[)(?:\w|\s){0,40}(?:summary|data|key|token|transcript|secret|answer)",
)
_ALL = (*_OVERRIDES, *_ROLES, *_ADDRESSES, *_ORDERS, *_LEAKS)
_PATTERN = re.compile(unicodedata.normalize("NFC", "|".join(f"(?:{each})" for each in _ALL)))
# Letters of other scripts that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁοαιετνκ", "aeopcyxijsdoaietvk")
_HAS_LATIN = re.compile("[a-z]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SPACES = re.compile(r"[^\S\n]+")


def reads_like_instructions(text: str) -> bool:
    """Whether a text holds a phrase that is meant for an agent rather than for people."""
    plain = _plain(text)
    if _PATTERN.search(plain):
        return True
    latin = " ".join(
        word.translate(_LOOKALIKES) if _HAS_LATIN.search(word) else word
        for word in plain.split(" ")
    )
    return latin != plain and bool(_PATTERN.search(latin))


def count_flagged(texts: Iterable[str]) -> int:
    """How many texts do, at least one where they do so only together."""
    known = list(texts)
    alone = sum(map(reads_like_instructions, known))
    return alone or int(len(known) > 1 and reads_like_instructions(" ".join(known)))


def _plain(text: str) -> str:
    """Lower case, without accents, in everyday forms of letters and single spaces."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", decomposed))
    bare = unicodedata.normalize("NFC", bare)
    return _SPACES.sub(" ", bare.replace("\u2019", "'"))
