"""An agent of the OpenAI Agents SDK with Harmonica's tools, over stdio.

    pip install -r examples/requirements/openai_agents.txt
    python examples/openai_agents.py

The model is a script, the Harmonica the embedded sandbox: no key, no account, no network. The
command `harmonica-mcp` must be on the PATH.
"""

import asyncio
from typing import Any

from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage
from agents.mcp import MCPServerStdio
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

TASK = "Open a session about the shared garden behind the library."
SESSION = (
    '{"topic": "A shared garden behind the library", '
    '"goal": "Agree what to plant first, and who looks after it."}'
)


class ScriptedModel(Model):
    """Creates a session, then hands on what the tool said; yours is Agent(model="…")."""

    async def get_response(self, *_: object, **given: Any) -> ModelResponse:
        """The model's turn."""
        last = given["input"][-1]
        if last.get("type") == "function_call_output":
            text = "".join(part["text"] for part in last["output"])
            said = ResponseOutputText(text=text, type="output_text", annotations=[])
            turn = ResponseOutputMessage(
                id="2", content=[said], role="assistant", status="completed", type="message"
            )
        else:
            turn = ResponseFunctionToolCall(
                name="create_session", arguments=SESSION, call_id="1", type="function_call"
            )
        return ModelResponse(output=[turn], usage=Usage(), response_id=None)

    def stream_response(self, *_: object, **__: object) -> Any:
        """Nothing here streams."""
        raise NotImplementedError


async def main() -> None:
    """Let the agent do the task."""
    # With your own Harmonica: without --sandbox, and "env": {"HARMONICA_API_KEY": "hm_live_…"}.
    async with MCPServerStdio(
        {"command": "harmonica-mcp", "args": ["serve", "--sandbox"]},
        cache_tools_list=True,
        # The SDK gives up after 5 seconds otherwise; the server answers within 45.
        client_session_timeout_seconds=60,
    ) as harmonica:
        agent = Agent("Host", mcp_servers=[harmonica], model=ScriptedModel())
        # Traces would go to OpenAI.
        done = await Runner.run(agent, TASK, run_config=RunConfig(tracing_disabled=True))
    for item in done.new_items:
        print(type(item).__name__)
    print(done.final_output)


if __name__ == "__main__":
    asyncio.run(main())
