"""The Harmonica REST API in Python, useful without MCP.

>>> async with HarmonicaClient(key) as harmonica:
...     page = await harmonica.sessions.list(query="budget")
"""

from harmonica_mcp.client._client import HarmonicaClient
from harmonica_mcp.client._pool import Pool
from harmonica_mcp.client.errors import HarmonicaError
from harmonica_mcp.client.key import ApiKey

__all__ = ["ApiKey", "HarmonicaClient", "HarmonicaError", "Pool"]
