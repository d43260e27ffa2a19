"""Method specs: a `method.md` of the Open Facilitation Library, made into a template.

Its front matter (YAML) says which stages there are and how they run, its body (Markdown) holds a
section `## Stage: <id>` for each. An error names the line, never what stands there.
"""

from harmonica_mcp.server.method_spec.front import SpecError
from harmonica_mcp.server.method_spec.template import MethodSpec, SpecStep, SpecTemplate, parse

__all__ = ["MethodSpec", "SpecError", "SpecStep", "SpecTemplate", "parse"]
