"""Phrases that are meant for an agent rather than for people, in a dozen languages."""

import unicodedata

from harmonica_mcp.server.guard.phrase import Phrase

# Orders to drop what was said before: a verb, at most a few words, and what is to be dropped.
_OVERRIDES = (
    (
        "ignore|disregard|forget|override|bypass",
        (
            r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:previous"
            r"|prior|above|earlier|preceding|system|your|all|any|these|those|everything)\b[^.!?\n]{0"
            r",30}\b(?:instructions?|prompts?|directives?)\b"
        ),
    ),
    (
        "ignore|disregard|forget|override|bypass",
        (
            r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,20}\b(?:your"
            r"|system|safety|all (?:previous|prior))\b[^.!?\n]{0,20}\b(?:rules|guidelines"
            r"|restrictions|safeguards|polic\w+)\b"
        ),
    ),
    (
        "ignorier|vergiss|missachte",
        (
            r"\b(?:ignoriere?|vergiss|missachte)\b[^.!?\n]{0,40}\b(?:anweisung\w*"
            r"|anleitung\w*|regeln|vorgaben|instruktion\w*|systemprompt)\b"
        ),
    ),
    (
        "ignore|oublie|n'obeis",
        (
            r"\b(?:ignore[zr]?|oublie[zr]?|n'obeis)\b[^.!?\n]{0,40}\b(?:instructions"
            r"|consignes|regles)\b"
        ),
    ),
    (
        "ignor|olvid|desobedece|esqueca|desconsidere",
        (
            r"\b(?:ignora|ignore|olvida|olvide|desobedece|esqueca|desconsidere)\b[^.!?\n]{0,40}\b(?:"
            r"instrucciones|instrucoes|reglas|regras|indicaciones|ordenes)\b"
        ),
    ),
    (
        "ignora|dimentica",
        r"\b(?:ignora|dimentica)\b[^.!?\n]{0,40}\b(?:istruzioni|regole)\b",
    ),
    (
        "negeer|vergeet",
        r"\b(?:negeer|vergeet)\b[^.!?\n]{0,40}\b(?:instructies|regels)\b",
    ),
    (
        "ignoruj|zapomnij",
        (
            r"\b(?:zignoruj|ignoruj|zapomnij)\b[^.!?\n]{0,40}\b(?:instrukcj\w+|polecen\w+"
            r"|zasad\w*)\b"
        ),
    ),
    (
        "игнорируи|забудь|ігноруи",
        (
            r"\b(?:игнорируи\w*|проигнорируи\w*|забудь\w*|ігноруи\w*)\b[^.!?\n]{0,40}\b(?:инструкци\w"
            r"+|указани\w+|правила|інструкці\w+|вказівк\w+)\b"
        ),
    ),
    (
        "talimat|kural",
        (
            r"\b(?:onceki|yukaridaki|tum)\b[^.!?\n]{0,30}\b(?:talimat\w*|kural\w*)\b[^.!?\n]{0,20}\b"
            r"(?:yok say|unut|gormezden gel)\w*"
        ),
    ),
    (
        "تجاهل|انس",
        r"(?:تجاهل|انس)[^.!؟\n]{0,40}(?:التعليمات|الأوامر|القواعد|تعليمات)",
    ),
    (
        "התעלם|התעלמו|שכח",
        r"(?:התעלם|התעלמו|שכח)[^.!?\n]{0,40}(?:ההוראות|הוראות|הכללים)",
    ),
    (
        "निर्देश|अनुदेश",
        r"(?:निर्देश|अनुदेश)\S*[^।!?\n]{0,30}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल)",
    ),
    (
        "忽略|无视|無視|忘记|忘記|忽視",
        r"(?:忽略|无视|無視|忘记|忘記|忽視)[^。!?\n]{0,20}(?:指令|指示|提示|规则|規則|说明|說明)",
    ),
    (
        "無視|忘れ",
        r"(?:指示|命令|ルール|プロンプト)[^。!?\n]{0,10}(?:無視|忘れ)",
    ),
    (
        "지시|명령|규칙|지침",
        r"(?:지시|명령|규칙|지침)\S*[^.!?\n]{0,10}(?:무시|잊)",
    ),
)
# Roles, and the marks of chat formats.
_ROLES = (
    (
        "<",
        (
            r"</?(?:system|assistant|tool|function|instructions?|tool_?(?:call|result"
            r"|response)s?|function_?(?:call|result)s?)\b[^>\n]{0,80}>"
        ),
    ),
    (
        "<|[",
        (r"<\|?(?:im_start|im_end|endoftext|start_header_id|system)\|?>|\[/?inst\]" r"|<</?sys>>"),
    ),
    (
        "system|admin|developer|operator|[assistant]",
        (
            r"(?:^|\n)\W{0,8}(?:system|admin|developer|operator) (?:message|prompt"
            r"|note|notice|override|instructions?)\W{0,4}:|(?:^|\n)[ \t]*(?:#+ ?system\b"
            r"|\[(?:system|admin|assistant)\])"
        ),
    ),
    (
        "system|new instruction|tool result|assistant",
        (
            r"(?:^|\n)\W{0,4}(?:system|new instructions?|tool result|assistant)\W{0,4}:\W*(?:you "
            r"(?:are|must|will|should|may)|ignore|override|from now on|call|publish"
            r"|the user|i (?:have|will)|approved)\b"
        ),
    ),
    (
        "assistant:|human:|user:|ai:",
        (
            r"(?:^|\n)[ \t]*(?:assistant|human|user|ai):[^\n]{0,500}\n[ \t\n]{0,4}(?:assistant"
            r"|human|user|ai):"
        ),
    ),
    (
        '"role"|"tool_call|"structuredcontent|"iserror',
        (
            r'"role"\s*:\s*"(?:system|assistant|tool|developer)"|"(?:tool_calls?'
            r'|structuredcontent|iserror)"\s*:'
        ),
    ),
    (
        "<<<words|>>>words",
        r"<<<words|>>>words",
    ),
    (
        "you are now",
        (
            r"\byou are now\b[^.!?\n]{0,60}\b(?:ai|assistant|mode|unrestricted|agent"
            r"|dan|admin\w*|bot)\b"
        ),
    ),
    (
        " mode|do anything now",
        r"\b(?:developer|god|dan|jailbreak|unrestricted) mode\b|\bdo anything now\b",
    ),
    (
        "unrestricted|the system|the developer|admin|root|no rules|no restrictions",
        (
            r"\b(?:act|behave|pretend|respond)\b[^.!?\n]{0,20}\b(?:as|to be)\b[^.!?\n]{0,30}\b(?:"
            r"unrestricted|the system|the developer|an? admin\w*|root|no (?:rules|restrictions))\b"
        ),
    ),
    (
        "du bist ",
        (
            r"\bdu bist (?:jetzt|nun|ab sofort)\b[^.!?\n]{0,60}\b(?:ki|assistent"
            r"|agent|modus|admin\w*)\b"
        ),
    ),
    (
        "eres ahora|ahora eres|tu es maintenant|vous etes maintenant",
        (
            r"\b(?:eres ahora|ahora eres|tu es maintenant|vous etes maintenant)\b[^.!?\n]{0,60}\b"
            r"(?:ia|asistente|assistant|agente?|administrat\w+|administrador)\b"
        ),
    ),
)
# Words to an agent.
_ADDRESSES = (
    (
        "note|message|instruction|reminder|attention|notice|order",
        (
            r"\b(?:note|message|instructions?|reminder|attention|notice|order)\b[ ,]*(?:to"
            r"|for) (?:the |any |all |every )?(?:ai|a\.i\.|llm|language model|assistant"
            r"|agent|chatbot|claude|chatgpt|gpt(?:-?\d\w*)?|gemini|copilot)s?\b[^.!?\n]{0,40}(?:[:,]"
            r"|\b(?:reading|processing|summari[sz]ing)\b)"
        ),
    ),
    (
        "dear |hey |hello |attention ",
        (
            r"\b(?:dear|hey|hello|attention) (?:the |ai )?(?:ai|a\.i\.|llm|language model"
            r"|assistant|agent|chatbot|claude|chatgpt|gpt(?:-?\d\w*)?|gemini|copilot)s?\b[^.!?\n]{0,"
            r"10}[,:!]"
        ),
    ),
    (
        "you are a|you're a",
        (
            r"\b(?:if|when|since|as) (?:you are|you're) an? (?:ai |automated )?(?:ai"
            r"|a\.i\.|llm|language model|assistant|agent|chatbot|claude|chatgpt|gpt(?:-?\d\w*)?"
            r"|gemini|copilot)\b"
        ),
    ),
    (
        "do not |don't |never ",
        (
            r"\b(?:do not|don't|never) (?:tell|inform|alert|notify|show|mention (?:this"
            r"|it) to) (?:this to )?(?:the |your )(?:user|host|human|owner|operator)\b"
        ),
    ),
    (
        "without asking|without telling|without informing|without confirm",
        (
            r"\bwithout (?:asking|telling|informing|confirm\w*(?: with)?) (?:the "
            r"|your )?(?:user|host|human)\b"
        ),
    ),
    (
        "hinweis ",
        (
            r"\bhinweis (?:an|fur) (?:die |den |das )?(?:ki|assistent\w*|agent\w*"
            r"|sprachmodell)\b"
        ),
    ),
)
# People do not write in snake case: who does means a tool.
_ORDERS = (
    (
        "_",
        (
            r"\b(?:call|invoke|run|execute|use|trigger|rufe?|nutze|appelle[zr]?|llama"
            r"|usa|вызови)\b[^.!?\n]{0,40}\b[a-z]+(?:_[a-z]+)+\b"
        ),
    ),
    (
        " tool| function",
        (
            r"\b(?:call|use|run|invoke|execute)\b (?:the|your|its) [`'\"]?(?:publish"
            r"|delete|update|create|send|generate|get|list|remove|export)\w*[`'\"]? (?:tool"
            r"|function)\b"
        ),
    ),
    (
        "system prompt|api|access token|credential|password|secret key|environment variable",
        (
            r"\b(?:reveal|print|show|repeat|output|send|give|post|leak|tell)\b[^.!?\n]{0,40}\b(?:sys"
            r"tem prompt|api[ _-]?keys?|access tokens?|credentials|passwords?|secret keys?"
            r"|environment variables|harmonica_api_key)\b"
        ),
    ),
    (
        "http|@",
        (
            r"\b(?:send|post|forward|upload|e-?mail|exfiltrate)\b[^.!?\n]{0,60}\b(?:summary"
            r"|transcripts?|conversations?|responses|messages|results?|everything"
            r"|data)\b[^!?\n]{0,30}(?:https?://|\S@\S)"
        ),
    ),
)
# An image is fetched without a click, so what its address says is told.
_LEAKS = (
    ("![", r"!\[[^\]\n]*\]\(\s*<?[a-z][a-z0-9+.-]*:[^)\n]*[?&#=%{]"),
    ("![|<img", r"!\[[^\]\n]*\]\[|<img\b[^>\n]*\bsrc\s*="),
    ("](", r"\]\(\s*<?(?:javascript|data|vbscript|file):"),
    (
        "http",
        (
            r"https?://\S*(?:\{|%7b|\[)[^}\]]{0,40}(?:summary|data|key|token|transcript|secret"
            r"|answer)"
        ),
    ),
)
PHRASES = tuple(
    Phrase(
        tuple(unicodedata.normalize("NFC", piece) for piece in pieces.split("|")),
        unicodedata.normalize("NFC", pattern),
    )
    for pieces, pattern in (*_OVERRIDES, *_ROLES, *_ADDRESSES, *_ORDERS, *_LEAKS)
)
"""All of them; to be looked for in lower case, without accents, in single spaces."""
