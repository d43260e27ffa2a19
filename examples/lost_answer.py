"""What the client makes of an answer that gets lost, with a fault of the sandbox.

python examples/lost_answer.py
"""

import asyncio

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.sandbox import Sandbox

KEY = "hm_live_" + "0" * 32


async def main() -> None:
    """Create a session whose answer never arrives."""
    sandbox = Sandbox()
    pool = Pool("https://sandbox.example.org", app=sandbox.app)
    sandbox.faults.add("POST /sessions", drop="after")
    async with pool:
        harmonica = HarmonicaClient(KEY, pool=pool)
        session = await harmonica.sessions.create("Our next year", "Three priorities with owners")
    print(f"Found again: {session.recovered}")
    print(f"Sessions created: {sandbox.effects['session created']}")
    for request in sandbox.requests:
        print(request.operation, request.status or "answer lost")


if __name__ == "__main__":
    asyncio.run(main())
