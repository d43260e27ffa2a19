"""The page itself, offered to hosts that show MCP Apps."""

from pathlib import Path

from mcp.server.apps import Apps, ResourceCsp

from harmonica_mcp.server.view import RESULTS

HTML = Path(__file__).with_name("results.html")


def results_view() -> Apps:
    """The extension with the page, which may reach nothing beyond its host."""
    apps = Apps()
    apps.add_html_resource(
        RESULTS,
        HTML.read_text(encoding="utf-8"),
        name="results",
        title="Session results",
        description="Who took part, themes and decisions, with what people said",
        csp=ResourceCsp(
            connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]
        ),
        prefers_border=True,
    )
    return apps
