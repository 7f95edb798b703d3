"""An account of how pages were read: lines for a terminal, or a page with each block in the colour of its role."""

from collections.abc import Iterator, Sequence

from stance.datamodels import Explanation, Role
from stance.reporting.pages import render

LONGEST_LINE = 100
"""Characters of a block that a terminal shows."""


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Lay an explanation out as lines: what is doubtful, then role, comment, rule, the beginning of each text."""
    document = explanation.document
    found = f"{len(document.body)} paragraphs, {len(document.comments)} comments"
    yield f"{_printable(document.source)}: layout {document.layout}, {found}"
    for warning in document.warnings:
        yield f"  warning: {_printable(warning)}"
    for block in explanation.blocks:
        role = f"{block.role} {block.comment}" if block.comment else str(block.role)
        text = block.text if len(block.text) <= LONGEST_LINE else f"{block.text[:LONGEST_LINE]}…"
        yield f"  {role:<14} {_printable(text)}"
        yield f"  {'':<14}   {_printable(block.rule)}"
    yield ""


def explanation_page(explanations: Sequence[Explanation], *, command: str | None = None) -> Iterator[str]:
    """Draw explanations as one HTML page."""
    values = {"explanations": explanations, "roles": [str(role) for role in Role], "command": command}
    return render("explanation.html", values)


def _printable(text: str) -> str:
    """Take out what would move a terminal's cursor or colour its screen."""
    return "".join(char if char.isprintable() else " " for char in text)
