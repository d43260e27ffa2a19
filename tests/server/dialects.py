"""The rules by which strict hosts take tools, and ours."""

import re
from collections.abc import Iterator

from tests.server.wire import Json

SERVER = "harmonica"
"""What the README calls the server in hosts' configurations."""
PLAIN = {"string", "integer", "number", "boolean"}
Problems = Iterator[str]


def below(schema: Json) -> Iterator[Json]:
    """A schema and all schemas in it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from below(inner)
    if "items" in schema:
        yield from below(schema["items"])


def gemini(tool: Json) -> Problems:
    """Function declarations of Gemini and Vertex: a small part of OpenAPI, refused as a whole."""
    known = {
        *("type", "description", "enum", "items", "properties", "required", "default"),
        *("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "pattern"),
    }
    for number, node in enumerate(below(tool["inputSchema"])):
        yield from (f"the word {word}" for word in node.keys() - known)
        if str(node.get("type")) not in PLAIN | {"array", "object"}:
            yield f"the type {node.get('type')}"
        if node.get("type") == "object" and number and not node.get("properties"):
            yield "an object without properties"
        if node.get("type") == "array" and "items" not in node:
            yield "an array without items"
        if "enum" in node and (
            node.get("type") != "string" or not all(isinstance(v, str) for v in node["enum"])
        ):
            yield "an enum of other than texts"
        if not set(node.get("required", [])) <= node.get("properties", {}).keys():
            yield "something required that is no property"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", tool["name"]):
        yield "the name"


def openai(tool: Json) -> Problems:
    """Function schemas of OpenAI, non-strict."""
    schema = tool["inputSchema"]
    if schema.get("type") != "object" or "properties" not in schema:
        yield "no properties at the top"
    for node in below(schema):
        if node.get("type") == "array" and "items" not in node:
            yield "an array without items"
        yield from (f"the word {w}" for w in node.keys() & {"oneOf", "allOf", "anyOf", "not"})
        yield from (f"the format {node['format']}" for _ in node.keys() & {"format"})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", f"mcp__{SERVER}__{tool['name']}"):
        yield "the name with the prefix that hosts give it"
    if len(tool["description"]) > 1_024:
        yield "the length of the description"


def cursor(tool: Json) -> Problems:
    """Cursor: short names, and no formats or references in results, which it checks."""
    if len(f"{SERVER}:{tool['name']}") > 60:
        yield "the length of the name"
    for schema in (tool["inputSchema"], tool["outputSchema"]):
        for node in below(schema):
            yield from (f"the word {w}" for w in node.keys() & {"format", "$ref", "$defs"})
            if not isinstance(node.get("type"), str):
                yield "a type that is no single word"


def lean(tool: Json) -> Problems:
    """Our own rules, which leave room for hosts that nobody has tried."""
    if not re.fullmatch("[a-z_]{1,32}", tool["name"]):
        yield "the name"
    for side in ("inputSchema", "outputSchema"):
        nodes = list(below(tool[side]))
        if "properties" not in nodes[0]:
            yield "no properties at the top"
        for node in nodes:
            words = {"format", "$ref", "anyOf", "oneOf", "allOf", "additionalProperties", "title"}
            yield from (f"the word {word} in {side}" for word in node.keys() & words)
            if str(node.get("type")) not in PLAIN | {"array", "object"}:
                yield f"the type {node.get('type')} in {side}"
        for node in nodes if side == "inputSchema" else ():
            fields = node.get("properties", {}).items()
            yield from (f"no description of {n}" for n, f in fields if not f.get("description"))


DIALECTS = (gemini, openai, cursor, lean)
