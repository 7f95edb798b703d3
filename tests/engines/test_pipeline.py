import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Via
from stance.log import Log
from stance.options.definition import build
from stance.options.run import Run
from stance.parsing.language import with_languages
from stance.reading.own_records import ScoreRow, scored_document
from stance.runs.documents import read_documents
from stance.runs.models import open_scorer
from stance.runs.scores import score_inputs
from stance.scoring.documents import BATCH, DocumentScorer
from stance.scoring.instances import Instance, Judgement
from tests.support.commands import run
from tests.support.tables import write_rows

AGAINST_RUSSIA = "Russia is the aggressor in this war, and Putin is a war criminal who must be stopped."


@pytest.fixture(scope="session")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> DocumentScorer:
    return open_scorer(build(Run, {"key_file": tmp_path_factory.mktemp("key") / "key"}))


def document(*comments: Comment, title: str | None = None) -> Document:
    return Document("0" * 16, "page.txt", title=title, language="en", comments=comments)


def comment(number: int, text: str, **rest: object) -> Comment:
    return Comment(comment_id=f"c{number}", text=text, language="en", **rest)  # type: ignore[arg-type]


def scored_rows(folder: Path, *rows: dict[str, str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows of scores that the command prints for a table."""
    table = write_rows(folder / "comments.jsonl", rows)
    scores = map(json.loads, run("score", table, "--quiet").stdout.splitlines())
    return {(score["comment"], score["target"]): score for score in scores}


def test_a_text_is_read_by_its_own_words_and_may_refer_to_what_its_parent_or_article_names(tmp_path: Path) -> None:
    texts = (AGAINST_RUSSIA, "I could not agree more with you.", "What a strange thing to write.")
    rows = [{"id": f"c{at}", "text": text, "title": "NATO meets in Vilnius"} for at, text in enumerate(texts, 1)]
    rows[1]["parent"] = "c1"
    scores = scored_rows(tmp_path, *rows)
    found = [scores[each] for each in (("c1", "russia"), ("c2", "russia"), ("c3", "nato"), ("c3", "us"))]
    ways = [("text", None), (None, "parent"), (None, "article"), (None, None)]
    assert [(each["via"], each["possible"]) for each in found] == ways
    assert [each["stance"] for each in found[1:]] == ["not_addressed"] * 3


def test_of_two_comments_with_one_id_each_is_scored_by_its_own_words(scorer: DocumentScorer) -> None:
    """Tables number such ids as they are read; documents of somebody else may hold them."""
    answer = comment(2, "I could not agree more with you.", reply_to="c1")
    twice = document(comment(1, AGAINST_RUSSIA), comment(1, "What a strange thing to write."), answer)
    [scored] = scorer.score([twice])
    found = [(each.via, each.possible) for each in scored.scores if each.target == "russia"]
    assert found == [(Via.TEXT, None), (None, None), (None, Via.PARENT)]


def test_quoted_words_are_not_the_writers_own(tmp_path: Path) -> None:
    text = f"{AGAINST_RUSSIA}\nWho writes such things?"
    scores = scored_rows(tmp_path, {"id": "c1", "text": text, "quoted": AGAINST_RUSSIA})
    score = scores["c1", "russia"]
    assert (score["via"], score["evidence"], score["sentiment"]) == (None, [], 0)


def test_evidence_points_into_the_text_as_shown(tmp_path: Path) -> None:
    text = f"> They say so.\n{AGAINST_RUSSIA}"
    score = scored_rows(tmp_path, {"id": "c1", "text": text, "quoted": "> They say so."})["c1", "russia"]
    assert score["stance"] == "against"
    assert score["evidence"]
    assert all("They say" not in text[start:end] and 0 <= start < end <= len(text) for start, end in score["evidence"])


@pytest.mark.parametrize("sizes", [(2 * BATCH + 1,), (BATCH - 1, BATCH, 1), (1, BATCH, 0, 0, 2), (0,) * (BATCH + 1)])
def test_a_long_page_is_judged_in_parts_and_comes_out_whole(scorer: DocumentScorer, sizes: tuple[int, ...]) -> None:
    asked: list[int] = []

    def judge(instances: Sequence[Instance]) -> Judgement:
        asked.append(len(instances))
        texts = [[float(instance.text.split()[-1]), 0.0, 0.0, 0.0] for instance in instances]
        return Judgement(np.array(texts).reshape(-1, 4), [()] * len(texts))

    model: Any = SimpleNamespace(name="counting", languages=("en",), card={}, judge=judge)
    pages = [
        replace(document(*(comment(n, f"NATO {n}") for n in range(size))), document_id=f"{page:016x}")
        for page, size in enumerate(sizes)
    ]
    scored = list(replace(scorer, model=model).score(pages))
    assert max(asked, default=0) <= BATCH * len(scorer.targets.ids)
    assert [replace(each, scores=()) for each in scored] == pages
    for each, size in zip(scored, sizes, strict=True):
        said = [(s.comment, s.target, s.probabilities and s.probabilities[0]) for s in each.scores]
        assert said == [(f"c{n}", target, n) for n in range(size) for target in scorer.targets.ids]
        assert {s.document for s in each.scores} <= {each.document_id}


def test_rows_that_say_the_same_are_comments_each(tmp_path: Path) -> None:
    """Short comments come again under other articles, and in a table that is sorted by time."""
    table, log = tmp_path / "comments.csv", Log()
    rows = ["1,floods,Agreed.", "2,harvest,Agreed.", "3,floods,Agreed.", "4,harvest,What a year."]
    table.write_text("\n".join(["id,document,text", *rows]), encoding="utf-8")
    (tmp_path / "copy.csv").write_bytes(table.read_bytes())

    documents = list(read_documents([tmp_path], log=log))

    assert [c.comment_id for each in documents if isinstance(each, Document) for c in each.comments] == list("1324")
    assert [Path(entry.source).name for entry in log.warnings] == ["copy.csv"]


def test_the_same_page_twice_is_one_document_and_a_warning(seeds: Path, tmp_path: Path) -> None:
    page = next(seeds.glob("002_*"))
    (tmp_path / "copy.txt").write_bytes(page.read_bytes())
    parsed = run("parse", page, tmp_path / "copy.txt", page)
    assert len(parsed.stdout.splitlines()) == 1
    assert parsed.stderr.count("the same document as") == 2


def test_a_short_comment_in_other_letters_is_not_scored_as_what_its_document_is_in(scorer: DocumentScorer) -> None:
    said = ("Спасибо НАТО за поддержку", "NATO, da!")
    comments = (replace(comment(n, text), language=UNKNOWN_LANGUAGE) for n, text in enumerate(said, 1))
    told = with_languages(document(*comments), fallback=None)
    (scored,) = scorer.score([told])
    assert [each.language for each in told.comments] == ["und", "unknown"]
    assert {s.comment for s in scored.scores if s.sentiment is not None} == {told.comments[1].comment_id}
    assert {s.comment for s in scored.scores if s.stance} == {told.comments[1].comment_id}


def test_scores_of_an_earlier_run_go_on_under_their_documents(scorer: DocumentScorer) -> None:
    log = Log()
    scores = [s for one in scorer.score([document(comment(1, AGAINST_RUSSIA))]) for s in one.scores]
    foreign = replace(scores[0], target="mars")
    rows = [ScoreRow(each, defaultdict(str)) for each in (*scores, foreign)]
    (again,) = score_inputs([scored_document(rows, "scores.csv")], scorer, log=log)
    assert again.document_id == "0" * 16
    assert again.scores == tuple(scores)  # what is said to be left out is
    assert [c.text for c in again.comments] == [""]
    assert "mars" in log.warnings[0].reason


def test_pages_and_their_scores_count_once(seeds: Path, scorer: DocumentScorer) -> None:
    log = Log()
    documents = list(read_documents(sorted(seeds.glob("000_*")), log=log))
    scores = [score for each in score_inputs(documents, scorer, log=log) for score in each.scores]
    assert scores

    rows = groupby((ScoreRow(each, defaultdict(str)) for each in scores), key=lambda row: row.score.document)
    scored = [scored_document([*group], "scores.csv") for _, group in rows]
    for items, words in (([*documents, *scored], f"{len(scores):,} left out"), ([*scored, *documents], "1 left out")):
        again = score_inputs(items, scorer, log=log)
        assert [score.comment for each in again for score in each.scores] == [score.comment for score in scores]
        assert words in log.warnings[-1].reason
