"""Write the tutorial as a notebook: python docs/notebook.py. A test compares the two."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

TUTORIAL = Path(__file__).parent / "tutorial.md"
NOTEBOOK = TUTORIAL.with_suffix(".ipynb")


def cells() -> Iterator[dict[str, object]]:
    """Yield the cells: prose with what is printed, and a cell of code for each block of commands or Python."""
    parts = re.split(r"```(sh|python)\n(.*?)```\n", TUTORIAL.read_text(encoding="utf-8"), flags=re.S)
    for at, (prose, kind, code) in enumerate(zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True)):
        text = prose.strip().splitlines(keepends=True)
        yield {"cell_type": "markdown", "id": f"text-{at}", "metadata": {}, "source": text}
        if kind:
            if kind == "sh":
                code = re.sub(r"(?<!\\\n)^", "!", code, flags=re.M)  # a line behind a backslash continues the one above
            lines = code.rstrip("\n!").splitlines(keepends=True)
            cell = {"cell_type": "code", "id": f"code-{at}", "metadata": {}, "source": lines}
            yield cell | {"execution_count": None, "outputs": []}


def notebook() -> str:
    """Return the notebook as JSON."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    record = {"cells": [*cells()], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook(), encoding="utf-8")
