"""A host that leaves in the middle of a call."""

import http.client
import json
from urllib.parse import urlsplit

from tests.transports.wire import MODERN, Http, Json, message


class OverHttp(Http):
    """At `/mcp`, with hanging up or, in a session, cancelling."""

    cancels = False

    def begin(self, tool: str, arguments: Json) -> None:
        """Call a tool and do not wait."""
        call: Json = {"name": tool, "arguments": arguments}
        headers = self.headers | {"MCP-Protocol-Version": self.era}
        if self.era == MODERN:
            headers |= {"Mcp-Method": "tools/call", "Mcp-Name": tool}
        self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        body = json.dumps(message(self.era, 1_000, "tools/call", call))
        self.connection.request("POST", "/mcp", body, headers)

    def leave(self) -> None:
        """Cancel the call, or hang up."""
        if self.cancels:
            self.post("notifications/cancelled", {"requestId": 1_000}, notify=True)
        self.connection.close()
