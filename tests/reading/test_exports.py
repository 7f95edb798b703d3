"""Exports: threads with their times and parents, nothing that readers never saw, and no trust in XML."""

import io

import pytest

from stance.exceptions import InputError
from stance.limits import FIXED, FixedLimits, Limits
from stance.reading.xml_elements import elements
from tests.support.parsed import most_held
from tests.support.tables import cases


def found(document: bytes) -> list[str | None]:
    """Give the texts of the elements ``b`` under ``a``."""
    reader = io.BufferedReader(io.BytesIO(document))
    return [element.text for _, element in elements(reader, {("a", "b")}, Limits())]


@cases("declared", "seen", more=[(f'<!ATTLIST b x CDATA "{"x" * 9_000}">', "declares attributes")])
def test_what_a_document_type_adds_is_refused_by_the_parser_itself(declared: str, seen: str) -> None:
    with pytest.raises(InputError, match=seen):
        found(f"<!DOCTYPE a [{declared}]><a><b>&x;</b></a>".encode())


@pytest.mark.parametrize("start", ["<!--", "<?c ", "<c d='", "<c "])
@pytest.mark.parametrize(("size", "fits"), [(FIXED.markup_bytes * 9 // 10, True), (FIXED.markup_bytes * 3, False)])
def test_a_tag_or_a_comment_is_not_held_beyond_a_limit(start: str, size: int, fits: bool) -> None:
    ends = {"<!--": "-->", "<?c ": "?>", "<c d='": "'/>", "<c ": "=''/>"}
    document = f"<a><b>x</b>{start}{'y' * size}{ends[start]}<b>z</b></a>".encode()
    if fits:
        assert found(document) == ["x", "z"]
    else:
        with pytest.raises(InputError, match="a tag or comments of more than 1 MB"):
            found(document)


@pytest.mark.parametrize(("form", "each"), [("<c/>", 1), ("<c d=''/>", 2)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_small_parts_without_end_are_not_held(
    form: str, each: int, beyond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stance.reading.xml_elements.FIXED", FixedLimits(parts=10_000))
    parts = 9_999 // each + beyond  # the element itself is one
    document = f"<a><b>{form * parts}x</b><b>z</b></a>".encode()
    if beyond:
        with pytest.raises(InputError, match="an element of more than 10,000 parts"):
            found(document)
    else:
        assert found(document) == [None, "z"]


def test_nothing_of_a_document_is_held_once_it_was_handed_over():
    def read_elements(document: bytes) -> None:
        reader = io.BufferedReader(io.BytesIO(document))
        assert sum(1 for _ in elements(reader, {("a", "b")}, Limits())) == document.count(b"<b>")

    short, long = (b"<a>" + b"<b>x</b>\n<c><d/></c>\n" * count + b"</a>" for count in (10_000, 40_000))
    read_elements(short)  # what is made once
    assert most_held(read_elements, long) < 1.2 * most_held(read_elements, short)
