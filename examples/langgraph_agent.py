"""A LangGraph agent with Harmonica's tools, over HTTP.

    pip install -r examples/requirements/langgraph_agent.txt
    python examples/langgraph_agent.py

The model is a script, the Harmonica the embedded sandbox: no key, no account, no network. The
command `harmonica-mcp` must be on the PATH.
"""

import asyncio

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolCall
from langchain_mcp_adapters.client import MultiServerMCPClient
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from sandbox_server import sandbox_server

QUESTION = "What came out of the spring repair day, and who took part?"
KEY = "hm_live_" + "0" * 32
SESSION = {"session_id": "spring repair day"}

# With a model of your own: init_chat_model("…").bind_tools(tools)
model = GenericFakeChatModel(
    messages=iter(
        [
            AIMessage(
                "",
                tool_calls=[
                    ToolCall(name="get_session_status", args=SESSION, id="1"),
                    ToolCall(name="get_summary", args=SESSION, id="2"),
                ],
            ),
            AIMessage("Okan, Priya and Edda took part. Most of all, the queue was too long."),
        ]
    )
)


async def answer(state: MessagesState) -> dict[str, list[AIMessage]]:
    """The model's turn."""
    return {"messages": [await model.ainvoke(state["messages"])]}


async def main() -> None:
    """Let the agent answer the question."""
    with sandbox_server() as url:
        harmonica = MultiServerMCPClient(
            {
                "harmonica": {
                    "transport": "http",
                    "url": url,
                    "headers": {"Authorization": f"Bearer {KEY}"},
                }
            }
        )
        tools = await harmonica.get_tools()
        graph = StateGraph(MessagesState)
        graph.add_node("agent", answer)
        graph.add_node("tools", ToolNode(tools))
        graph.add_edge(START, "agent")
        graph.add_conditional_edges("agent", tools_condition)
        graph.add_edge("tools", "agent")
        done = await graph.compile().ainvoke({"messages": [("user", QUESTION)]})
    print(f"{len(tools)} tools")
    for message in done["messages"]:
        message.pretty_print()


if __name__ == "__main__":
    asyncio.run(main())
