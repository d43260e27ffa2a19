"""A Pydantic AI agent with Harmonica's tools, over HTTP.

    pip install -r examples/requirements/pydantic_ai_agent.txt
    python examples/pydantic_ai_agent.py

The model is a script, the Harmonica the embedded sandbox: no key, no account, no network. The
command `harmonica-mcp` must be on the PATH.
"""

import asyncio

from pydantic_ai import (
    Agent,
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.function import AgentInfo, FunctionModel
from sandbox_server import sandbox_server

QUESTION = "Who has finished talking about the tool library?"
KEY = "hm_live_" + "0" * 32


def script(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Ask how the session stands, then count who has finished."""
    for part in messages[-1].parts:
        if isinstance(part, ToolReturnPart):
            people = part.content["people"]
            names = [each["name"] for each in people if each["state"] == "finished"]
            return ModelResponse([TextPart(f"{len(names)} people: {', '.join(names)}.")])
    return ModelResponse([ToolCallPart("get_session_status", {"session_id": "tool library"})])


async def main() -> None:
    """Let the agent answer the question."""
    with sandbox_server() as url:
        harmonica = MCPToolset(url, headers={"Authorization": f"Bearer {KEY}"}, read_timeout=60)
        # With a model of your own: Agent("…", toolsets=[harmonica])
        agent = Agent(FunctionModel(script), toolsets=[harmonica])
        done = await agent.run(QUESTION)
    for message in done.all_messages():
        for part in message.parts:
            print(part)
    print(done.output)


if __name__ == "__main__":
    asyncio.run(main())
