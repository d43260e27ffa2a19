"""The server's instructions: what an agent should know before its first call."""

import re
from collections.abc import Sequence

from harmonica_mcp.server.dry_run import RULE as DRY
from harmonica_mcp.server.guard import STANDING_RULE
from harmonica_mcp.server.guard.lockdown import RULE as LOCKED
from harmonica_mcp.server.guard.privacy import rules
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import ToolSpec

_ABOUT = (
    "Harmonica runs group deliberations: a host opens a session with a topic and a goal, each "
    "participant talks privately with an AI facilitator, and the answers become a summary and a "
    "brief."
)
_NAMED = re.compile(r"`(\w+)`")


def instructions(specs: Sequence[ToolSpec], options: Options) -> str:
    """Compose them for these tools: a sentence stands only where every tool that it names is."""
    served = {spec.name for spec in specs}
    guidance = dict.fromkeys(
        sentence
        for spec in specs
        for sentence in spec.guidance
        if served.issuperset(_NAMED.findall(sentence))
    )
    chosen = [rule for rule, on in ((LOCKED, options.lockdown), (DRY, options.dry_run)) if on]
    return " ".join([_ABOUT, *guidance, *chosen, *rules(options.privacy), STANDING_RULE])
