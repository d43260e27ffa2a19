"""Call tools, read a resource and fetch a prompt with the MCP SDK's own client, over stdio.

    python examples/mcp_client.py

The server works on its embedded sandbox, so it needs neither key nor network.
"""

import asyncio
import sys
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import TextContent, TextResourceContents

# With your own Harmonica: leave out --sandbox and add env={"HARMONICA_API_KEY": "hm_live_…"}.
SERVER = StdioServerParameters(
    command=sys.executable, args=["-m", "harmonica_mcp", "serve", "--sandbox"]
)


async def main() -> None:
    """Find a session, ask how it stands, and read its brief."""
    async with Client(SERVER) as client:
        listed = await client.list_tools()
        print("Tools:", ", ".join(tool.name for tool in listed.tools))

        found = await client.call_tool("list_sessions", {"query": "repair day"})
        answer: Any = found.structured_content
        [session] = answer["sessions"]
        print(f"Found “{session['topic']}” ({session['id']})")

        status = await client.call_tool("get_session_status", {"session_id": session["id"]})
        print(*(block.text for block in status.content if isinstance(block, TextContent)))

        brief = await client.read_resource(f"harmonica://sessions/{session['id']}/brief")
        print(*(part.text for part in brief.contents if isinstance(part, TextResourceContents)))

        prompt = await client.get_prompt("session_summary", {"session_id": session["id"]})
        print(*(said.content.text for said in prompt.messages if said.content.type == "text"))


if __name__ == "__main__":
    asyncio.run(main())
