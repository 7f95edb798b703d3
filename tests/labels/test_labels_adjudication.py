"""One label for each pair: who decides, what is left out, what stays an audit row."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.labels.adjudication import adjudicate, comment_key, pair_key, with_ids
from tests.support.tables import cases

ROW = LabelledComment("Russia is right", "russia", Stance.FAVOR, comment_id="c1", document="d", annotator="ann")


def row(**changes: object) -> LabelledComment:
    return replace(ROW, **changes)  # type: ignore[arg-type]


def test_one_annotator_who_says_two_things_has_said_nothing() -> None:
    settled = adjudicate(
        [row(), row(label=Stance.NEUTRAL), row(text="No", annotator="bob"), row(text="No", label=Stance.AGAINST)]
    )
    assert settled.comments == ()
    (left,) = settled.left_out
    assert left.reason == (
        "gave different labels to 2 pairs that nobody adjudicated; left out: see stance labels check"
    )


def test_the_adjudicated_row_decides_wherever_it_stands() -> None:
    rows = [row(annotator="adjudicated", label=Stance.NEUTRAL), row(), row(annotator="bob", label=Stance.AGAINST)]
    for order in (rows, rows[::-1]):
        assert [c.label for c in adjudicate(order).comments] == [Stance.NEUTRAL]
    assert adjudicate([row(), rows[0]]).comments[0].label is Stance.NEUTRAL  # also against one annotator alone
    again = row(annotator="adjudicated", label=Stance.AGAINST)
    assert adjudicate([*rows, again]).comments[0].label is Stance.AGAINST


def test_an_audit_pair_stays_one_with_its_probability() -> None:
    drawn = row(role="audit", probability=0.25)
    for rows in ([drawn, row(annotator="adjudicated")], [row(annotator="bob"), drawn], [drawn]):
        (settled,) = adjudicate(rows).comments
        assert (settled.role, settled.probability) == ("audit", 0.25)


@cases("one", "other", "is_same")
def test_which_rows_are_of_one_comment(one: dict[str, str], other: dict[str, str], *, is_same: bool) -> None:
    assert (comment_key(row(**one)) == comment_key(row(**other))) is is_same


@cases("others", "changes", "document")
def test_a_row_of_a_text_alone_is_of_the_only_comment_with_this_text(
    others: list[dict[str, str]], changes: dict[str, str], document: str | None
) -> None:
    alone = row(comment_id=None, document=None, annotator="bob", **changes)
    found = with_ids([*(row(**other) for other in others), alone])[-1]
    assert (found.document, found.comment_id) == (document, document and "c1")


rows = st.builds(
    LabelledComment,
    text=st.sampled_from(["a", "b", "c"]),
    target=st.sampled_from(["russia", "us"]),
    label=st.sampled_from(STANCES),
    annotator=st.sampled_from(["ann", "bob", "adjudicated"]),
    role=st.sampled_from(["train", "audit"]),
)


@given(st.lists(rows, max_size=25))
def test_every_pair_is_settled_once_or_left_out(labelled: list[LabelledComment]) -> None:
    settled = adjudicate(labelled)
    kept, left = [pair_key(c) for c in settled.comments], {pair_key(c) for c in settled.undecided}
    assert len(kept) == len(set(kept))
    assert set(kept).isdisjoint(left)
    assert {*kept, *left} == {pair_key(c) for c in labelled}
    audits = {pair_key(c) for c in labelled if c.role == "audit"}
    assert all((c.role == "audit") == (pair_key(c) in audits) for c in settled.comments)
    assert adjudicate(settled.comments) == adjudicate(settled.comments).__class__(settled.comments, ())
