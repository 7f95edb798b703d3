from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document
from stance.labels.frame import (
    GUIDE_LANGUAGES,
    DocumentFile,
    FrameBuilder,
    SamplingFrame,
    normalised,
    row_digest,
    row_id,
    text_digest,
)

COVERED = ", ".join(GUIDE_LANGUAGES)


def page(name: str, *texts: str, outlet: str | None = "A", language: str = "en", **rest: object) -> Document:
    comments = tuple(Comment(f"c{i}", text, language=language) for i, text in enumerate(texts, 1))
    return Document(name, name, outlet=outlet, language=language, comments=comments, **rest)  # type: ignore[arg-type]


def frame_of(file: DocumentFile, *documents: Document, **rest: object) -> SamplingFrame:
    builder = FrameBuilder(file, **rest)  # type: ignore[arg-type]
    for document in documents:
        builder.add(document)
    return builder.build()


@given(st.text())
def test_folding_a_text_again_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    "written", ["NATO must go!", " nato  must\n go!", "NATO must\u200b go!", "ＮＡＴＯ must go!", "'NATO must go!"]
)
def test_the_same_text_is_known_again(written: str) -> None:
    assert text_digest(written) == text_digest("NATO must go!")


def test_other_texts_are_others() -> None:
    assert len({text_digest(text) for text in ("NATO must go!", "NATO must go", "NATO must not go!", "")}) == 4


def test_a_text_counts_once_and_its_places_are_counted() -> None:
    with closing(DocumentFile()) as file:
        frame = frame_of(file, page("d1", "First!", "Other."), page("d2", "first! ", "FIRST!"), page("d3", "Third."))
        assert len(frame) == 3
        assert sorted(frame.copies.tolist()) == [1, 1, 3]
        assert frame.documents_read == 3


def test_a_document_whose_rows_stand_apart_is_one() -> None:
    with closing(DocumentFile()) as file:
        pages = page("d1", "First."), page("d2", "Second."), page("d1", "Third."), page("d1", "Fourth.", outlet="B")
        assert frame_of(file, *pages).documents_read == 3  # of another outlet it is another


@given(st.permutations(range(6)))
def test_the_order_of_documents_changes_nothing(order: list[int]) -> None:
    documents = [page(f"d{i}", f"Text {i}", f"Text {i % 3}", "Same", outlet=f"O{i % 2}") for i in range(6)]
    with closing(DocumentFile()) as one, closing(DocumentFile()) as other:
        first, second = frame_of(one, *documents), frame_of(other, *(documents[i] for i in order))
        assert first.units["text"].tolist() == second.units["text"].tolist()
        assert first.units["id"].tolist() == second.units["id"].tolist()
        assert first.copies.tolist() == second.copies.tolist()


def test_what_cannot_be_labelled_is_left_out_and_counted() -> None:
    quoted = Document(
        "q", "q", language="en", comments=(Comment("c1", "As you said", language="en", quoted="As you said"),)
    )
    asked = Document("t", "t", language="en", comments=(Comment("c1", "A row.", language="en", targets=("un",)),))
    with closing(DocumentFile()) as file:
        frame = frame_of(
            file,
            page("d1", "Kept."),
            page("d2", "Zdanie.", language="pl"),
            page("d3", "Was?", language=UNKNOWN_LANGUAGE),
            page("d4", "Trained on.", " \u200b "),
            quoted,
            asked,
            excluded=frozenset([text_digest("trained  ON.")]),
            targets=("nato",),
        )
        assert len(frame) == 1
        assert frame.left_out == {
            f"language pl; the label guide covers {COVERED}": 1,
            f"no language that can be told; the label guide covers {COVERED}": 1,
            "no words of their own": 2,
            "in a table of --exclude, or sampled for the other role": 1,
            "the table asks for other targets": 1,
        }


def test_a_short_comment_is_read_as_its_document() -> None:
    short = Document("d", "d", language="en", comments=(Comment("c1", "Nyet!", language=UNKNOWN_LANGUAGE),))
    with closing(DocumentFile()) as file:
        assert len(frame_of(file, short)) == 1


def test_an_id_of_two_texts_is_marked() -> None:
    with closing(DocumentFile()) as file:
        frame = frame_of(file, page("d1", "One.", "Two."), page("d1", "Another one.", "Two."))
        shared = {int(text) for text, is_shared in zip(frame.units["text"], frame.is_shared, strict=True) if is_shared}
        assert shared == {text_digest("One."), text_digest("Another one.")}


def test_names_of_comments_say_document_and_comment() -> None:
    assert row_id("3f9c", "c1") == "3f9c/c1"
    assert row_digest("a", "b/c") == row_digest("a/b", "c")  # one name, whatever its parts
    assert row_digest("a", "b") != row_digest("a", "c")


def test_a_comment_is_in_the_stratum_of_the_target_that_fewest_name() -> None:
    def names(_document: Document, comment: Comment) -> list[str]:
        return [word for word in ("us", "nato") if word in comment.text]

    with closing(DocumentFile()) as file:
        frame = frame_of(file, page("d", "us a", "us b", "us c", "us nato", "nato d", "none"), names=names)
        of_cells = frame.stratum_names(("outlet", "target"))
        counts = dict(
            zip(*np.unique([of_cells[cell] for cell in frame.units["cell"]], return_counts=True), strict=True)
        )
    assert counts == {"outlet=A; target=(none)": 1, "outlet=A; target=us": 3, "outlet=A; target=nato": 2}


def test_units_come_back_with_their_documents() -> None:
    with closing(DocumentFile()) as file:
        frame = frame_of(file, page("d1", "One.", "Two.", body=("Left behind.",)), page("d2", "Three."))
        found = {
            document.comments[frame.units["position"][unit]].text: document.document_id
            for units, document in frame.by_document()
            for unit in units
        }
        assert found == {"One.": "d1", "Two.": "d1", "Three.": "d2"}
        assert [document.body for _, document in frame.by_document()] == [(), ()]


def test_documents_come_back_as_they_were() -> None:
    comments = (
        Comment("c1", "One\ntwo \udc80.", "Ann", "c0", "2024-01-02T03:04:05", -3, "en", "two", "What?", ("us", "nato")),
        Comment("c2", ""),
    )
    whole = Document("d", "", "Echo", "http://x", "T", "Bob", "2024-01-01", "en", "Lead", comments=comments)
    with closing(DocumentFile()) as file:
        file.add(page("d1", "One."))
        assert file.get(file.add(whole)) == whole
        assert [document.document_id for document in file] == ["d1", "d"]
