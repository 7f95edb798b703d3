"""What a page of a report says."""

import re
from pathlib import Path
from typing import Any

from lxml import html


def read_page(path: Path) -> Any:
    return html.fromstring(path.read_text(encoding="utf-8"))


def plain(sentence: str) -> str:
    """Leave out marks that keep names apart from the words around them, and make spaces breakable."""
    return re.sub("[\u2068\u2069]", "", sentence).replace("\u00a0", " ")


def text(node: Any) -> str:
    """What a person reads there, with single spaces."""
    return " ".join(node.text_content().split())
