"""What a page of a report says."""

from pathlib import Path
from typing import Any

from lxml import html


def read_page(path: Path) -> Any:
    return html.fromstring(path.read_text(encoding="utf-8"))


def text(node: Any) -> str:
    """What a person reads there, with single spaces."""
    return " ".join(node.text_content().split())
