"""`harmonica-mcp export`: sessions as Markdown files, safe to repeat."""
