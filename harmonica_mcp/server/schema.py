"""Lean JSON schemas: one dialect that every host takes, without noise."""

from typing import Any, cast

# All but titles, which only repeat names, make some host refuse the whole list of tools. What they
# say is checked here all the same.
_NOISE = frozenset(
    {
        *("title", "format", "additionalProperties", "$defs"),
        *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems"),
    }
)


def lean(schema: dict[str, Any]) -> dict[str, Any]:
    """Inline references, fold `null` away, drop what hosts stumble over or nobody reads.

    An optional field is one that is absent from `required`; the server still takes a null for it.
    """
    return cast("dict[str, Any]", _lean(_nameless(schema), schema.get("$defs", {})))


def _nameless(model: dict[str, Any]) -> dict[str, Any]:
    # A model's docstring is for its readers in code; its fields speak for themselves.
    return {name: value for name, value in model.items() if name != "description"}


def _lean(node: object, definitions: dict[str, Any]) -> object:
    if isinstance(node, list):
        return [_lean(item, definitions) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    node = _folded(cast("dict[str, Any]", node), definitions)
    shape: dict[str, Any] = {}
    for name, value in node.items():
        if name == "properties":
            shape[name] = {field: _lean(item, definitions) for field, item in value.items()}
        elif name not in _NOISE and not (name == "default" and value is None):
            shape[name] = _lean(value, definitions)
    if shape.get("type") == "object":
        shape.setdefault("properties", {})
    return shape


def _folded(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if reference := node.get("$ref"):
        target = _nameless(definitions[reference.rpartition("/")[2]])
        node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
    if "const" in node:
        node = {**{k: v for k, v in node.items() if k != "const"}, "enum": [node["const"]]}
    kinds = [kind for kind in node.get("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) == 1:
        rest = {k: v for k, v in node.items() if k != "anyOf"}
        return _folded({**kinds[0], **rest}, definitions)
    return node


def without_required(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop every `required` from a lean schema."""
    kept = {name: value for name, value in schema.items() if name != "required"}
    if "items" in kept:
        kept["items"] = without_required(kept["items"])
    if "properties" in kept:
        fields: dict[str, dict[str, Any]] = kept["properties"]
        kept["properties"] = {name: without_required(field) for name, field in fields.items()}
    return kept
