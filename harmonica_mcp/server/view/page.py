"""The page itself, offered to hosts that show MCP Apps."""

from collections.abc import Iterable
from pathlib import Path

from mcp.server.apps import Apps, ResourceCsp

from harmonica_mcp.server.view import RESULTS

HTML = Path(__file__).with_name("results.html")


def results_view(served: Iterable[str]) -> Apps:
    """The extension with the page, which may reach nothing beyond its host.

    Args:
        served: the names of the tools that the page may call.
    """
    apps = Apps()
    page = HTML.read_text(encoding="utf-8")
    apps.add_html_resource(
        RESULTS,
        page.replace('data-tools=""', f'data-tools="{" ".join(served)}"', 1),
        name="results",
        title="Session results",
        description="Who took part, themes and decisions, with what people said",
        csp=ResourceCsp(
            connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]
        ),
        prefers_border=True,
    )
    return apps
