"""What the list of tools costs a host: its tokens, by the rule of four bytes each."""

import json

from bench.figures import Figure
from bench.run import Run

GROUP = "`tools/list`"


def measure(run: Run) -> None:
    """List the tools of each side."""
    for side in run.sides:
        for toolset in run.size.toolsets:
            with run.hosted(side, HARMONICA_TOOLSETS=toolset) as host:
                host.open()
                tools = host.ask("tools/list")["tools"]
            sent = json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode()
            run.figures.put(Figure(GROUP, f"tools, toolset {toolset}"), side.name, len(tools))
            figure = Figure(GROUP, f"tokens, toolset {toolset}")
            run.figures.put(figure, side.name, len(sent) / 4)
