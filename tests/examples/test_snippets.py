"""What the documents show of Python stands in an example that runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = ("python", "frameworks", "sandbox")
EXAMPLES = {path.name: path.read_text() for path in sorted((ROOT / "examples").glob("*.py"))}
SNIPPETS = [
    snippet
    for name in DOCUMENTS
    for snippet in re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / f"{name}.md").read_text(), re.DOTALL
    )
]


def lines(text: str) -> str:
    """The lines of a text, however deep they stand."""
    return "\n" + "\n".join(line.strip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_are_from_the_examples(snippet: str) -> None:
    """A snippet in these documents is a part of an example, line by line."""
    assert any(lines(snippet) in lines(example) for example in EXAMPLES.values())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_show_examples(document: str) -> None:
    """Each of these documents shows code, and links to the programs that it is from."""
    text = (ROOT / "docs" / f"{document}.md").read_text()
    assert "```python\n" in text
    assert re.search(r"\]\(\.\./examples/\w+\.py\)", text)
