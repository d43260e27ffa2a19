"""`harmonica-mcp install` and `uninstall`: this server in the configuration of an MCP host."""
