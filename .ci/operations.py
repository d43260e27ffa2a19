"""Which tool and which method of the client send each REST operation, read off the code."""

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client._operation import Operation
from harmonica_mcp.server.catalog import catalog


def operations() -> str:
    """Make the table."""
    tools: dict[str, list[str]] = {}
    for entry in catalog():
        for operation in entry.operations:
            tools.setdefault(operation, []).append(f"`{entry.name}`")
    methods = senders()
    rows = [
        f"| `{operation}` | {', '.join(names)} | {methods[operation]} |"
        for operation, names in tools.items()
    ]
    head = ["| Operation | Tools | Python |", "|---|---|---|"]
    without = sorted(methods.keys() - tools.keys())
    tail = f"{len(rows)} operations. Without a tool: {', '.join(without) or 'none'}."
    return "\n".join([*head, *rows, "", tail])


def senders() -> dict[str, str]:
    """The client's methods that are made for each operation, as `client.sessions.create`."""
    found: dict[str, list[tuple[int, str]]] = {}
    for area, instance in vars(HarmonicaClient()).items():
        kind = type(instance)
        if area.startswith("_") or not kind.__module__.startswith("harmonica_mcp.client."):
            continue
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                sent = set(_sent(method, kind, set()))
                for operation in sent:
                    found.setdefault(operation, []).append((len(sent), f"{area}.{name}"))
    return {operation: _made_for_it(methods) for operation, methods in found.items()}


def _made_for_it(methods: list[tuple[int, str]]) -> str:
    # A method that sends more operations than another only looks something up with this one.
    fewest = min(methods)[0]
    return ", ".join(f"`client.{name}`" for count, name in sorted(methods) if count == fewest)


def _sent(function: FunctionType, kind: type, seen: set[object]) -> Iterator[str]:
    """The operations that a function names, helpers of its module and class included."""
    if function in seen:
        return
    seen.add(function)
    for name in _names(function.__code__):
        helper = getattr(kind, name, None) if name.startswith("_") else None
        value = function.__globals__.get(name, helper)
        if isinstance(value, Operation):
            yield str(value)
        elif isinstance(value, dict):
            yield from (str(each) for each in value.values() if isinstance(each, Operation))
        elif inspect.isfunction(value) and value.__module__ == function.__module__:
            yield from _sent(value, kind, seen)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
