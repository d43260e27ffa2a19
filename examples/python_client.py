"""Open a session, take part in it and read its brief, with the Python client alone.

    python examples/python_client.py

The Harmonica it speaks to is the embedded sandbox, so it needs neither key nor network.
"""

import asyncio

from harmonica_mcp.client import HarmonicaClient, HarmonicaError, Pool
from harmonica_mcp.sandbox import Sandbox

KEY = "hm_live_" + "0" * 32


async def main() -> None:
    """Walk through a small session."""
    async with Pool("https://sandbox.example.org", app=Sandbox().app) as pool:
        # Yours is HarmonicaClient("hm_live_…"), which needs no pool of its own.
        harmonica = HarmonicaClient(KEY, pool=pool)

        session = await harmonica.sessions.create("A shared garden", "Agree what to plant first.")
        print(f"Invite people with {session.join_url}")

        await harmonica.chat.join(session.id, participant_name="[AI] Ada")
        for words in ("Herbs near the door.", "Water in August.", "That is all from me."):
            reply = await harmonica.chat.send(session.id, words, participant_name="[AI] Ada")
            print(f"Ada: {words}\nFacilitator: {reply.message.content}")

        for person in await harmonica.responses.list(session.id):
            own = [said.content for said in person.messages if said.own_words]
            print(f"{person.participant_name} said {len(own)} things.")

        try:
            await harmonica.results.brief(session.id)
        except HarmonicaError as error:
            print(f"Not yet: {error}")
        await harmonica.results.generate_summary(session.id)
        print(await harmonica.results.brief(session.id))


if __name__ == "__main__":
    asyncio.run(main())
