from dataclasses import replace
from pathlib import Path

import pytest

from stance.aggregation.audit_labels import AuditLabels
from stance.datamodels import Comment, Document, LabelledComment, Score, Stance
from stance.exceptions import LabelError
from stance.learn.audits import load_audit
from stance.log import Log
from tests.aggregation.test_aggregation import score
from tests.support.tables import cases


def label(identifier: str | None = "d/c", **rest: object) -> LabelledComment:
    given = {"role": "audit", "probability": 0.5, "comment_id": identifier} | rest
    return LabelledComment("text", "nato", Stance.FAVOR, **given)  # type: ignore[arg-type]


SCORE: Score = score(Stance.AGAINST)


@cases("identifier", "document", "found")
def test_own_ids_stand_within_their_document(identifier: str, document: str | None, found: bool) -> None:
    assert (AuditLabels([label(identifier, document=document)]).find(SCORE) is not None) is found


def test_own_ids_without_a_document_stand_within_their_outlet() -> None:
    labels = AuditLabels([label("c", outlet="A"), label("c", outlet="B")])
    found = [labels.find(replace(SCORE, outlet=outlet, document=outlet)) for outlet in ("B", "C", "A")]
    assert [each and each.outlet for each in found] == ["B", None, "A"]
    assert AuditLabels([label("c", outlet="A")]).find(replace(SCORE, outlet=None)) is not None


def test_a_label_is_used_once() -> None:
    labels = AuditLabels([label()])
    assert labels.find(SCORE) is not None
    with pytest.raises(LabelError, match="id 'd/c' is of several comments whose text is not known"):
        labels.find(SCORE)


def test_what_the_model_does_not_cover_is_counted_and_corrects_nothing() -> None:
    labels = AuditLabels([label()])
    assert labels.find(replace(SCORE, probabilities=None)) is None
    assert labels.not_scored == 1


def test_labels_of_comments_that_a_filter_leaves_out_match() -> None:
    labels = AuditLabels([label("c", document="d"), label("gone", document="d")])
    labels.see(Document("d", "d.html", "A", comments=(Comment("c", "text"),)))
    assert labels.to_record()["unmatched_ids"] == ["gone (nato)"]


def test_a_label_is_of_a_comment_with_its_text_and_of_no_other() -> None:
    labels = AuditLabels([label("c", document="d"), label(None)])
    assert [labels.find(SCORE, text) is None for text in ("another text", "text")] == [True, False]
    labels = AuditLabels([label("c"), replace(label("e"), text="more")])
    assert labels.find(SCORE, "another text") is None
    assert (labels.to_record()["unmatched"], labels.to_record()["apart"]) == (2, 1)
    assert labels.find(replace(SCORE, document="x"), "Text ").text == "text"  # type: ignore[union-attr]
    by_text = AuditLabels([replace(label(None), text="more"), label(None)])
    assert [by_text.find(SCORE, text) for text in ("Text", "other")] == [by_text.comments[1], None]


def test_labels_that_match_nothing_are_named() -> None:
    record = AuditLabels([label(), label("gone/c")]).to_record()
    assert (record["unmatched"], record["unmatched_ids"]) == (2, ["d/c (nato)", "gone/c (nato)"])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "no row with the role audit"),
        ([label(), label("e", probability=None)], "1 of 2 audit labels have no sampling probability"),
    ],
)
def test_labels_that_can_correct_nothing_are_refused(labels: list[LabelledComment], message: str) -> None:
    with pytest.raises(LabelError, match=message):
        AuditLabels(labels)


def test_drawn_rows_that_nobody_labelled_are_counted_and_no_others(tmp_path: Path) -> None:
    """As where annotators have a file each, and what is to be trained on waits too."""
    head, drawn = "id,text,target,label,role,probability\n", ("{},Go {},us,{},audit,0.5\n".format)
    (tmp_path / "ann.csv").write_text(
        head + drawn(1, 1, "pro") + drawn(2, 2, "") + drawn(3, 3, "") + "4,Hm,us,,train,\n"
    )
    (tmp_path / "ben.csv").write_text(head + drawn(1, 1, "") + drawn(2, 2, "con") + drawn(3, 3, ""))
    audit, sentences = load_audit([tmp_path / "ann.csv", tmp_path / "ben.csv"], log=Log(), targets=None)
    assert audit
    assert sentences is None
    assert audit.source["unlabelled"] == 1
