"""The results view: a page for people (an MCP App), beside what tools tell a model."""

RESULTS = "ui://harmonica/results"
"""The address under which hosts read the page."""
