"""The MCP side: Harmonica's operations as tools and resources."""
