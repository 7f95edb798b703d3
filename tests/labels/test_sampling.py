from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.datamodels import Comment, Document, Score, Skip, Unit
from stance.exceptions import InputError, LabelError
from stance.labels.frame import LEARNED, REPEATS
from stance.labels.sampling import Sample, draw_sample, read_taken
from stance.options.labelling import SampleOptions
from stance.pseudonyms import Pseudonyms, keep_name
from stance.records.digests import pair_digest
from stance.scoring.targets.target_set import TargetSet, load_targets
from tests.support.tables import table

CASES = table("sampling", "cases")
TEXTS = tuple(CASES["TEXTS"])


@pytest.fixture(scope="module")
def targets() -> TargetSet:
    return load_targets()


def documents(texts: Sequence[str] = TEXTS, size: int = 4) -> list[Document]:
    parts = [texts[at : at + size] for at in range(0, len(texts), size)]
    comments = (tuple(Comment(f"c{i}", text, f"Ann {i}", language="en") for i, text in enumerate(p)) for p in parts)
    return [
        Document(f"d{n}", f"d{n}.txt", "AB"[n % 3 // 2], title=f"Title {n}", language="en", comments=part)
        for n, part in enumerate(comments)
    ]


def scores(pages: Sequence[Document], target: str = "russia") -> list[Score]:
    """Scores of all kinds of certainty, and none for some comments."""
    found = []
    for number, (page, comment) in enumerate((each, comment) for each in pages for comment in each.comments):
        favor = (number * 7 % 11) / 10
        rest = (1 - favor) / 3
        found.append(
            Score(page.document_id, page.outlet, Unit.COMMENT, comment.comment_id, None, target,
                  (favor, rest, rest, rest) if number % 4 else None, 0.0, 1 - 2 * favor, None, (), "en", "m@1")
        )  # fmt: skip
    return found


def draw(items: Sequence[Document | Score], targets: TargetSet, **design: object) -> Sample:
    return draw_sample(items, SampleOptions(**design), targets=targets, naming=keep_name)  # type: ignore[arg-type]


def names_of(sample: Sample) -> list[str]:
    return [comment.identifier for comment in sample.comments]


@settings(max_examples=20)
@given(order=st.permutations(range(4)), seed=st.integers(0, 10))
def test_the_order_of_inputs_changes_nothing(order: list[int], seed: int) -> None:
    targets, pages = load_targets(), documents()
    first = draw(pages, targets, n=6, seed=seed, stratify=("outlet",))
    second = draw([pages[i] for i in order], targets, n=6, seed=seed, stratify=("outlet",))
    assert list(first.rows()) == list(second.rows())
    assert first.record == second.record


def test_a_row_holds_what_an_annotator_needs(targets: TargetSet) -> None:
    page = Document(
        "3f9c", "p.txt", outlet="Echo", language="en", title="Talks", lead="They meet.", body=("Long.",),
        comments=(
            Comment("c1", "NATO must go.", "Ann", language="en"),
            Comment("c2", "No, it must not.", "Bob", reply_to="c1", language="en"),
        ),
    )  # fmt: skip
    sample = draw_sample([page], SampleOptions(2), targets=targets, naming=Pseudonyms(b"k" * 16))
    (row,) = (row for row in sample.rows() if row["id"] == "3f9c/c2" and row["target"] == "nato")
    assert row["author"].startswith("reader-")
    assert row == CASES["A_ROW"] | {"author": row["author"]}
    assert [row["target"] for row in sample.rows()] == [*targets.ids] * 2


def test_a_table_asks_for_its_own_targets_and_the_user_for_fewer(targets: TargetSet) -> None:
    """It may call them by label too."""
    asked = ("NATO", "United States", "US", "my-own")
    page = Document("t", "t", language="en", comments=(Comment("1", "A row.", targets=asked),))
    assert [row["target"] for row in draw([page], targets, n=1).rows()] == ["nato", "us", "my-own"]
    chosen = draw_sample([page], SampleOptions(1), targets=targets.select(["nato"]), target=["nato"], naming=keep_name)
    assert [row["target"] for row in chosen.rows()] == ["nato"]
    with pytest.raises(InputError, match="the table names other targets"):
        draw_sample([page], SampleOptions(1), targets=targets.select(["russia"]), target=["russia"], naming=keep_name)


def test_the_same_text_is_drawn_once(targets: TargetSet) -> None:
    sample = draw([*documents(["Lol.", "lol."]), *documents(["LOL.  ", "More."], 1)], targets, n=2)
    drawn = [comment.text.strip().lower() for comment in sample.comments]
    assert dict(zip(drawn, sample.copies, strict=True)) == {"lol.": 3, "more.": 1}
    assert sample.record["frame"] == {"comments": 2, "with_repeats": 4, "documents": 2}
    assert sample.record["left_out"] == [{"reason": REPEATS, "comments": 2}]


def test_texts_that_occur_often_are_drawn_for_certain_and_those_that_the_model_learned_from_never(
    targets: TargetSet,
) -> None:
    texts = [f"Comment number {i}." for i in range(40)]
    pages = documents([*texts, *["Slogan."] * 30, *["Twice."] * 2, *["Again."] * 2])
    for by, items in (("random", pages), ("named", [*pages, *scores(pages)])):
        rows = draw(items, targets, n=4, by=by).rows()
        chances = {row["text"]: (row["probability"], row["copies"]) for row in rows}
        assert chances.pop("Slogan.") == (1.0, 30)
        assert len(chances) == 3
        assert all(chance < 1 if by == "named" else chance == 3 / 42 for chance, _ in chances.values())
    known = {pair_digest(text, "nato") for text in texts[:15]}
    sample = draw_sample(pages, SampleOptions(100), targets=targets, naming=keep_name, learned=known)
    assert not {item.text for item in sample.comments} & {*texts[:15]}
    assert {"reason": LEARNED, "comments": 15} in sample.record["left_out"]


def test_ids_that_name_two_texts_are_told_apart(targets: TargetSet) -> None:
    page = documents(["One.", "Two."])[0]
    sample = draw([page, replace(page, comments=(Comment("c0", "Other.", language="en"),))], targets, n=3)
    assert len(set(names_of(sample))) == 3
    assert sum("~" in name for name in names_of(sample)) == 2


def test_an_audit_says_where_it_is_too_small(targets: TargetSet) -> None:
    pages = documents([f"Comment number {i}." for i in range(400)])
    (warning,) = draw(pages, targets, n=30).record["warnings"]
    assert "fewer than 20 comments drawn" in warning
    assert "--stratify outlet" in warning
    assert draw(pages, targets, n=100, stratify=("outlet",)).record["warnings"] == []
    (warning,) = draw(pages, targets, n=60, role="train").record["warnings"]
    assert warning.startswith("0 pairs of a drawn comment and a target that it names; training needs 50")
    assert draw(documents([f"NATO {i}." for i in range(99)]), targets, n=60, role="train").record["warnings"] == []


def test_nothing_to_draw_from_says_why(targets: TargetSet) -> None:
    swedish = Document("d", "d", language="sv", comments=(Comment("c1", "Nej.", language="sv"),))
    with pytest.raises(InputError, match=r"^1 left out: language sv; the label guide covers en"):
        draw([swedish], targets)
    with pytest.raises(InputError, match="scores holds no texts"):
        draw(scores(documents()), targets)


def test_scores_beside_pages_serve_in_any_order_and_a_model_where_there_are_none(targets: TargetSet) -> None:
    pages = documents()
    given_scores = scores(pages)
    asked: list[str] = []

    def score(read: Iterator[Document]) -> Iterator[Document]:
        for page in read:
            asked.append(page.document_id)
            yield replace(page, scores=tuple(each for each in given_scores if each.document == page.document_id))

    def rows(items: Sequence[Document | Score]) -> list[dict[str, object]]:
        design = SampleOptions(5, by="named")
        return list(draw_sample(items, design, targets=targets, naming=keep_name, score=score).rows())

    first = rows([*pages, *given_scores])
    assert rows([*given_scores, *pages]) == first
    assert asked == []
    assert rows(pages) == first
    assert asked == [page.document_id for page in pages]
    warning, *_ = draw([*pages, *given_scores[:10]], targets, n=2).record["warnings"]
    assert "4 of 14 comments have no score" in warning


def test_texts_of_tables_are_read_labelled_or_not(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text('text,target,label\n"\'-- Not again.",us,\nYes.,us,favor\n,us,favor\n')
    skipped: list[Skip] = []
    assert [row["text"] for row in read_taken([table], None, "audit", skipped.append)] == ["-- Not again.", "Yes."]
    assert [skip.source for skip in skipped] == [f"{table}:4"]
    tasks = tmp_path / "doccano.jsonl"
    tasks.write_text('{"text": "From elsewhere.", "label": ["us:favor"]}\n')
    assert [row["text"] for row in read_taken([tasks], None, "audit", skipped.append)] == ["From elsewhere."]
    with pytest.raises(LabelError, match=r"nowhere\.csv: No such file"):
        read_taken([tmp_path / "nowhere.csv"], None, "audit", skipped.append)
