"""JSON of unknown shapes and the option that reads its names; texts that were read from pictures."""

import json
import re
from pathlib import Path
from typing import Any

from stance.datamodels import Document, Page, PageKind, Skip
from stance.parsing.dump import parse_text
from stance.reading import read
from stance.reading.columns import parse_columns
from tests.support.tables import cases


def read_json(path: Path, columns: str = "") -> tuple[list[Document], list[Skip]]:
    skips: list[Skip] = []
    found = read([path], skip=skips.append, columns=parse_columns(columns) if columns else None)
    return [each for each in found if isinstance(each, Document)], skips


@cases("content")
def test_the_option_that_a_message_proposes_reads_the_file(tmp_path: Path, content: Any) -> None:
    (path := tmp_path / "a.json").write_text(json.dumps(content))
    _, [skip] = read_json(path)
    proposal = re.search(r"--map (\S+)", skip.reason)
    assert proposal
    [document], skips = read_json(path, proposal[1])
    assert skips == []
    assert [(each.text, each.author) for each in document.comments] == [("The ferry is late again.", "Ann")]


@cases("text")
def test_text_that_was_read_from_a_picture_is_doubted(text: str) -> None:
    document = parse_text(Page("t.txt", PageKind.TEXT, f"Ministers meet\n\n{text}\n", "utf-8"))
    assert document.comments or (document.is_doubtful and "text recognition" in document.doubts[0])
