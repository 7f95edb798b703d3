"""Frames: what goes in comes back, types do not depend on the rows, and a bad row is named."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance import InputWarning
from stance.datamodels import Comment, Document, LabelledComment, Score, Stance, Unit, Via
from stance.exceptions import LabelError
from stance.pandas_api import COMMENT_COLUMNS, documents_to_frame, frame_to_labels, labels_to_frame, scores_to_frame
from stance.training.estimators import pair_examples

FIRST = LabelledComment(
    "Go Russia,\ngo",
    "russia",
    Stance.FAVOR,
    comment_id="007",
    document="NA",
    author="reader-1",
    parent="Who wins?",
    annotator="ann",
    role="audit",
    probability=0.25,
    language="en",
    note="nan",
)
SECOND = LabelledComment("No NATO", "nato", Stance.AGAINST, annotator="ben")

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
COMMENTS = st.builds(
    LabelledComment,
    text=WORDS,
    target=st.sampled_from(["russia", "us", "my-own"]),
    label=st.sampled_from(Stance),
    comment_id=st.none() | WORDS,
    document=st.none() | WORDS,
    parent=st.none() | WORDS,
    annotator=st.none() | WORDS,
    role=st.sampled_from(["train", "audit"]),
    probability=st.none() | st.floats(0.001, 1),
    language=st.none() | st.sampled_from(["en", "de"]),
)


@given(st.lists(COMMENTS))
def test_labels_come_back_as_they_were(comments: list[LabelledComment]) -> None:
    assert frame_to_labels(labels_to_frame(comments)) == comments


def test_what_looks_like_a_number_or_like_nothing_stays_text() -> None:
    frame = labels_to_frame([FIRST, SECOND])
    assert frame.loc[0, ["id", "document", "note"]].tolist() == ["007", "NA", "nan"]
    assert frame["story"].tolist()[0] == "NA"
    assert frame["story"].tolist()[1].startswith("text ")
    assert frame["id"].tolist()[1] is None


@pytest.mark.parametrize("comments", [[], [FIRST], [SECOND], [FIRST, SECOND]])
def test_types_do_not_depend_on_the_rows(comments: list[LabelledComment]) -> None:
    types = labels_to_frame(comments).dtypes
    assert types.pop("probability") == np.float64
    assert set(types) == {np.dtype(object)}


def test_tables_are_read_and_their_bad_rows_are_told(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("id,text,target,label\n007,Go Russia,russia,PRO\n2,No NATO,nato,perhaps\n")
    with pytest.warns(InputWarning, match=r"labels\.csv:3: skipped: .*'perhaps'"):
        frame = labels_to_frame(table)
    assert frame[["id", "label"]].values.tolist() == [["007", "favor"]]
    with pytest.warns(InputWarning, match="skipped"):
        assert len(labels_to_frame([str(table), SECOND])) == 2


def test_frames_of_others_are_read() -> None:
    frame = pd.DataFrame(
        {"text": ["Go", "No", "Hm"], "target": "US", "label": ["pro", "CON", None], "document": [1, 2, 3]}
    )
    found = [(each.target, each.label, each.document) for each in frame_to_labels(frame)]
    assert found == [("us", Stance.FAVOR, "1"), ("us", Stance.AGAINST, "2")]


def test_a_bad_row_is_named() -> None:
    frame = labels_to_frame([FIRST, SECOND])
    with pytest.raises(LabelError, match="row 1: label 'maybe'; expected one of"):
        frame_to_labels(frame.assign(label=["favor", "maybe"]))
    with pytest.raises(LabelError, match="row 0: no text"):
        frame_to_labels(frame.assign(text=[float("nan"), "x"]))
    with pytest.raises(LabelError, match="no column 'label' among text, target"):
        frame_to_labels(frame[["text", "target"]])


def score(**more: object) -> Score:
    given = {"document": "d", "outlet": None, "unit": Unit.COMMENT, "comment": "1", "author": None, "target": "us"}
    given |= {"probabilities": (0.7, 0.1, 0.1, 0.1), "sentiment": 0.5, "target_sentiment": None, "via": Via.TEXT}
    given |= {"evidence": ((0, 2),), "language": "en", "model": "m@1"}
    return Score(**(given | more))  # type: ignore[arg-type]


def test_a_frame_is_no_table() -> None:
    """Its columns were taken for names of files."""
    with pytest.raises(TypeError, match=r"DataFrame given; expected .*: frame_to_labels reads it"):
        labels_to_frame(labels_to_frame([FIRST]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "documents",
    [
        [np.int64(1), np.int64(1), None],
        [Path("a.html"), Path("a.html"), float("nan")],
        [pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-01"), pd.NaT],
        [date(2024, 5, 1), date(2024, 5, 1), pd.NA],
    ],
    ids=["numbers", "paths", "times", "dates"],
)
def test_documents_may_be_named_by_anything(documents: list[object]) -> None:
    """They were dropped, each text was a story of its own, and folds cut through documents."""
    frame = pd.DataFrame({"text": ["NATO!", "NATO?", "NATO."], "target": "nato", "label": "favor"})
    frame["document"] = pd.Series(documents, dtype=object)
    found = [each.story for each in pair_examples(frame)]
    for stories in (found, labels_to_frame(frame_to_labels(frame))["story"].tolist()):
        assert stories[0] == stories[1]
        assert stories[2].startswith("text ")


def test_scores() -> None:
    document = Document("d", "page.txt")
    frame = scores_to_frame([score(), replace(document, scores=(score(probabilities=None, via=None),))])
    assert frame["stance"].tolist() == ["favor", None]
    assert frame["favor"].tolist()[0] == 0.7
    assert frame["favor"].isna().tolist() == [False, True]
    assert frame["evidence"].tolist()[0] == [[0, 2]]
    empty = scores_to_frame([])
    assert (empty.dtypes == frame.dtypes).all()
    assert frame["target_sentiment"].dtype == np.float64


def test_a_frame_of_scores_is_that_of_the_api(seeds: Path) -> None:
    page = sorted(seeds.glob("*.txt"))[0]
    scored = stance.score(page, model="light", names=True)
    assert list(scores_to_frame([]).columns) == list(scored.columns)
    assert scored.columns[-6:].tolist() == ["title", "url", "published", "reply_to", "votes", "text"]
    said = {comment.comment_id: comment.text for document in stance.parse(page) for comment in document.comments}
    assert scored["text"].tolist() == [said[comment] for comment in scored["comment"]]


@pytest.mark.parametrize("index", [True, False])
def test_scores_that_pandas_wrote_are_read(tmp_path: Path, index: bool) -> None:
    """``evidence`` is a list in a frame, and each row of such a table was left out."""
    scores = [score(), score(probabilities=None, via=None, evidence=()), score(evidence=((0, 2), (5, 9)))]
    written = scores_to_frame([replace(each, comment=f"c{n}") for n, each in enumerate(scores)])
    written.to_csv(tmp_path / "scores.csv", index=index)
    written.to_parquet(tmp_path / "scores.parquet", index=index)
    again = pd.read_parquet(tmp_path / "scores.parquet")  # lists come back as arrays
    again.to_csv(tmp_path / "again.csv", index=index)
    for name in ("scores.csv", "scores.parquet", "again.csv"):
        read = stance.score(tmp_path / name, model="light", names=True)
        assert read["evidence"].tolist() == written["evidence"].tolist(), name
        assert read["favor"].isna().tolist() == [False, True, False]


def test_a_frame_of_comments_that_was_written_is_scored_as_its_pages(tmp_path: Path, seeds: Path) -> None:
    """Its authors are pseudonyms; they were given others, and frames of the two did not join."""
    page = sorted(seeds.glob("*.txt"))[0]
    key = tmp_path / "key"
    documents_to_frame(stance.parse(page), key_file=key).to_csv(tmp_path / "comments.csv")
    joined = ["document", "outlet", "comment", "author", "target", "stance"]
    of_page, of_frame = (stance.score(each, model="light", key_file=key) for each in (page, tmp_path / "comments.csv"))
    assert of_frame[joined].equals(of_page[joined])


def test_comments_of_documents(tmp_path: Path) -> None:
    comments = (
        Comment("c1", "Go!", author="Ann", votes=3, language="en"),
        Comment("c2", "> Go!\nNo.", author="Ben", reply_to="c1", quoted="> Go!"),
        Comment("c3", "Ja", author=None, parent_text="Na?", language="de"),
    )
    document = Document("d", "page.txt", outlet="O", title="T", language="en", comments=comments)
    frame = documents_to_frame([document], names=True)
    assert list(frame.columns) == list(COMMENT_COLUMNS)
    assert frame["parent"].tolist() == [None, "Go!", "Na?"]
    assert frame["lang"].tolist() == ["en", "en", "de"]
    assert frame["author"].tolist() == ["Ann", "Ben", None]
    assert frame["votes"].dtype == "Int64"
    assert frame["votes"].isna().tolist() == [False, True, True]
    hidden = documents_to_frame([document], key_file=tmp_path / "key")["author"].tolist()
    assert hidden[0].startswith("reader-")
    assert hidden[0] != hidden[1]
    assert hidden[2] is None
    assert documents_to_frame([], names=True).dtypes.equals(frame.dtypes)
