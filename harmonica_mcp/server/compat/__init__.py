"""The official servers' tools by their own names, for prompts and skills that know them."""
