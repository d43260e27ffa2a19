"""What a host may say, in both eras: what can be answered at once, and what cannot."""

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
Said = st.SearchStrategy[Json]

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = "2026-07-28"
LISTS = ("tools/list", "prompts/list", "resources/templates/list")
CLIENT: Json = {"name": "wire", "version": "1"}
_PREFIX = "io.modelcontextprotocol/"

_capability = st.sampled_from(
    ["roots", "sampling", "elicitation", "experimental", "extensions", "tasks", "others"]
)
_field = st.sampled_from(
    ["listChanged", "form", "url", "context", "tools", "list", "cancel", "others"]
)
_leaf: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, "", "é", [], {}, {"a": 1}]
)
_odd_capabilities: Said = st.dictionaries(
    _capability, st.dictionaries(_field, _leaf, max_size=2) | _leaf, min_size=1, max_size=2
)
_usual: Said = st.sampled_from(
    [
        {},
        {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {}},
        {"elicitation": {"form": {}, "url": {}}, "sampling": {"context": {}, "tools": {}}},
        {"extensions": {_PREFIX + "ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}},
        {"tasks": {"list": {}, "cancel": {}}, "experimental": {"a": {"b": [1]}}},
    ]
)
capabilities: st.SearchStrategy[Any] = _usual | _odd_capabilities | _leaf
_good_clients: Said = st.sampled_from(
    [CLIENT, {**CLIENT, "title": "Wiré", "description": "", "websiteUrl": "https://x.example"}]
)
_odd_clients: Said = st.dictionaries(
    st.sampled_from(["name", "version", "title", "icons", "others"]), _leaf, max_size=3
)
clients: Said = _good_clients | _odd_clients.map(lambda odd: CLIENT | odd) | _odd_clients


def meta(can: Any, client: Any = None, version: Any = MODERN) -> Json:
    """The envelope of the modern era."""
    told: Json = {"protocolVersion": version, "clientCapabilities": can}
    told |= {} if client is None else {"clientInfo": client}
    return {"_meta": {_PREFIX + name: value for name, value in told.items()}}


def hello(version: Any, can: Any, client: Any = CLIENT) -> Json:
    """The handshake."""
    params: Json = {"protocolVersion": version, "capabilities": can, "clientInfo": client}
    return {"method": "initialize", "params": params}


def _request(method: str, params: Any) -> Json:
    return {"method": method, "params": params}


_versions: st.SearchStrategy[Any] = st.sampled_from(
    [*LEGACY, *LEGACY, MODERN, "1999-01-01", 7, None]
)
handshakes: Said = st.builds(hello, _versions, capabilities, clients)
envelopes: Said = st.builds(
    _request,
    st.sampled_from(["server/discover", *LISTS, "ping", "initialize"]),
    st.builds(
        meta,
        capabilities,
        st.none() | clients,
        st.sampled_from([MODERN, MODERN, MODERN, LEGACY[3], "1999-01-01", 7]),
    ),
)
_odd_params: st.SearchStrategy[Any] = st.sampled_from(
    [
        {"cursor": "next"},
        {"cursor": None},
        {"unknown": 1},
        {"_meta": {"progressToken": 1}},
        {"_meta": {"other/name": {}}},
        {"_meta": None},
        None,
        [],
    ]
)
_plain: Said = st.sampled_from(
    [
        *({"method": method} for method in ("ping", *LISTS, "server/discover")),
        *({"method": method, "params": {}} for method in ("ping", *LISTS)),
        *({"method": method, "params": {"_meta": {}}} for method in ("ping", *LISTS)),
    ]
)
_ODD: list[Json] = [
    {"method": "tools/call", "params": {"name": "get_current_user", "arguments": {}}},
    {"method": "tools/call", "params": {"name": "nonsense"}},
    {"method": "prompts/get", "params": {"name": "nonsense"}},
    {"method": "tools/list", "surplus": True},
    {"method": 7},
]
_odd = st.builds(_request, st.sampled_from(["ping", *LISTS, "nonsense"]), _odd_params)
_odd |= st.sampled_from(_ODD)
_without_id: Said = st.sampled_from(
    [
        {"method": "notifications/initialized"},
        {"method": "notifications/roots/list_changed"},
        {"method": "nonsense"},
        {"id": 99, "result": {}},
        {"nonsense": True},
    ]
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Json]:
    """What a host says, from hello to goodbye; ids are its own, and of both kinds."""
    opening = draw(st.lists(_without_id, max_size=1))
    first = draw(handshakes | envelopes | _plain)
    modern = "_meta" in (first.get("params") or {})
    usual = envelopes if modern else _plain
    rest = draw(
        st.lists(usual | usual | usual | _odd | _without_id | handshakes | envelopes, max_size=6)
    )
    return [_numbered(number, said) for number, said in enumerate([*opening, first, *rest])]


def _numbered(number: int, said: Json) -> Json:
    asks = "method" in said and not str(said["method"]).startswith("notifications/")
    own: Json = {"id": number if number % 2 else f"é-{number}"} if asks else {}
    return {"jsonrpc": "2.0", **own, **said}
