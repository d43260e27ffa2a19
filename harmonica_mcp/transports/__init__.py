"""The ways in which a host reaches the server: stdio, Streamable HTTP, HTTP+SSE."""
