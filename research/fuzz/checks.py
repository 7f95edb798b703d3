"""What must hold of any bytes, one check per kind of input.

A check raises nothing where all is well. Errors of the input itself are no findings: they are what readers are to say.
"""

import io
import json
from collections.abc import Callable

from stance.datamodels import Comment, Document, Page, PageKind, Score, Skip
from stance.exceptions import InputError
from stance.limits import MEGABYTE, Limits, limits_in_force
from stance.parsing import parse_page
from stance.reading import read
from stance.records.document_records import document_from_record, document_to_record
from stance.records.score_records import score_to_record
from stance.scoring.targets.target_set import TargetSet, load_targets

LIMITS = Limits(unpacked_bytes=4 * MEGABYTE, ratio_from_bytes=MEGABYTE)
"""Small ones, so that a bomb ends soon."""

_TARGETS: list[TargetSet] = []


def check_html(data: bytes) -> None:
    """A page is parsed or refused; what comes of it can be written and read again."""
    _check_page(Page("fuzzed.html", PageKind.HTML, data.decode("utf-8", "replace"), "utf-8"))


def check_text(data: bytes) -> None:
    """As a page of HTML; and comments stand in the dump, in order, without overlap."""
    page = Page("fuzzed.txt", PageKind.TEXT, data.decode("utf-8", "replace"), "utf-8")
    end = 0
    for comment in _check_page(page):
        if comment.start is not None and comment.end is not None:
            assert end <= comment.start <= comment.end <= len(page.text), (comment.start, comment.end)
            end = comment.end


def check_archive(data: bytes) -> None:
    """Records are read or named, also behind damaged ones."""
    _check_reading(data if data.startswith(b"WARC/") else b"WARC/1.0\r\n" + data)


def check_export(data: bytes) -> None:
    """Threads of WordPress, Disqus and feeds are read or named."""
    _check_reading(data if data.lstrip().startswith(b"<") else b"<rss><channel>" + data)


def check_table(data: bytes) -> None:
    """Rows are read or named; the first byte is left to say which form they have."""
    form, rest = data[:1], data[1:]
    _check_reading({b"j": b'{"text":', b"d": b'{"id":"a","body":[],"comments":'}.get(form, b"text,id\n") + rest)


def check_any(data: bytes) -> None:
    """Whatever it is, by its content alone."""
    _check_reading(data)


CHECKS: dict[str, Callable[[bytes], None]] = {
    "html": check_html,
    "text": check_text,
    "archive": check_archive,
    "export": check_export,
    "table": check_table,
    "any": check_any,
}


def _check_reading(data: bytes) -> None:
    skips: list[Skip] = []
    with limits_in_force(LIMITS):
        found = list(read(["-"], skip=skips.append, stdin=io.BytesIO(data)))
    assert found or skips or not data.strip(), "neither read nor named"
    for skip in skips:
        assert skip.reason, skip
    for each in found:
        match each:
            case Page():
                _check_page(each)
            case Document():
                _check_document(each)
            case Score():
                json.dumps(score_to_record(each), allow_nan=False)


def _check_page(page: Page) -> tuple[Comment, ...]:
    try:
        document = parse_page(page)
    except InputError:
        return ()
    _check_document(document)
    return document.comments


def _check_document(document: Document) -> None:
    record = document_to_record(document)
    again = document_from_record(json.loads(json.dumps(record, allow_nan=False)))
    assert document_to_record(again) == record, "not read again as it was written"
    if not _TARGETS:
        _TARGETS.append(load_targets())
    names = {comment.comment_id for comment in document.comments}
    for comment in document.comments:
        assert comment.reply_to is None or comment.reply_to in names, comment
        for mention in _TARGETS[0].find(comment.text):
            assert 0 <= mention.start < mention.end <= len(comment.text), mention
