"""The width of intervals on the labelling page: that of the report, now and after more labels."""

import json
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from labelling_pages import serving
from store_samples import page, update, write
from typer.testing import CliRunner

from stance.aggregation.clusters import AuditLabels
from stance.app import scored_documents
from stance.app.label import Width, Widths, estimate_widths, stored_widths
from stance.cli import app
from stance.datamodels import STANCES, Comment, Document, LabelledComment, Score, Stance, Unit
from stance.labels.queues import open_queues, read_annotators
from stance.store.labels import LabelStore

ARTICLES, SIZE = 40, 20
PROBABILITY = 0.5


@pytest.fixture(scope="module")
def corpus() -> tuple[list[Document], list[LabelledComment]]:
    """Comments of two outlets with a model that is often wrong, and labels of all."""
    rng = np.random.default_rng(5)
    pages, labels = [], []
    for number in range(ARTICLES):
        outlet, scores = ("Hill Post", "River Post")[number % 2], []
        for at in range(SIZE):
            true = Stance(STANCES[rng.choice(len(STANCES), p=[0.25, 0.35, 0.2, 0.2])])
            sure = rng.dirichlet([3.0 if each == true else 1.0 for each in STANCES])
            scores.append(
                Score(f"d{number}", outlet, Unit.COMMENT, f"c{at}", f"reader {number} {at}", "russia",
                      tuple(map(float, sure)), 0.0, None, "text", (), "en", "m@1")
            )  # fmt: skip
            labels.append(
                LabelledComment("words", "russia", true, comment_id=f"d{number}/c{at}", role="audit",
                                document=f"d{number}", outlet=outlet, probability=PROBABILITY)
            )  # fmt: skip
        comments = tuple(Comment(f"c{at}", "words", language="en") for at in range(SIZE))
        pages.append(
            Document(f"d{number}", f"d{number}.html", outlet=outlet, language="en", comments=comments,
                     scores=tuple(scores))
        )  # fmt: skip
    order = np.random.default_rng(1).permutation(len(labels))
    return pages, [labels[at] for at in order]


def widths(
    corpus: tuple[list[Document], list[LabelledComment]], n: int, left: int = 0, wanted: float | None = None,
    *, by_outlet: bool = False,
) -> Width:  # fmt: skip
    pages, labels = corpus
    waiting = {(None, "russia"): left}
    design = {} if by_outlet else {"target_width": wanted or 0.01}  # out of reach: all that wait
    (found,) = estimate_widths(pages, AuditLabels(labels[:n]), waiting, design)
    return found


@pytest.mark.parametrize("more", [40, 160])
def test_what_more_labels_are_expected_to_give_is_what_they_give(
    corpus: tuple[list[Document], list[LabelledComment]], more: int
) -> None:
    promised, kept = widths(corpus, 80, more), widths(corpus, 80 + more)
    assert promised.more == more
    assert 0.95 * kept.now <= promised.after <= 1.25 * kept.now  # careful: it allows for the comments' own variance
    assert promised.after < promised.now


def test_a_width_asked_for_says_how_many_labels_are_missing(
    corpus: tuple[list[Document], list[LabelledComment]],
) -> None:
    now, far = widths(corpus, 80, 300).now, widths(corpus, 80, 300).after
    wanted = (now + far) / 2
    found = widths(corpus, 80, 300, wanted)
    assert 0 < found.more < 300
    assert found.after <= wanted < widths(corpus, 80, found.more - 1).after
    assert widths(corpus, 80, 300, 0.5).more == 300  # out of reach: all that wait
    reached = widths(corpus, 80, 300, now + 1)
    assert reached.more == 0


def test_the_group_with_the_widest_interval_is_shown(corpus: tuple[list[Document], list[LabelledComment]]) -> None:
    found, whole = widths(corpus, 160, by_outlet=True), widths(corpus, 160)
    assert found.group in ("Hill Post", "River Post")
    assert whole.group is None
    assert found.now > whole.now


def project(folder: Path, *options: str) -> Path:
    """A store with scores, and a sample of its comments."""
    pages = [page(f"talks {number}", 14, outlet=("Hill", "River")[number % 2]) for number in range(12)]
    update([write(folder / "pages.jsonl", *pages)], folder / "news.db")
    drawn = CliRunner().invoke(app, ["sample", str(folder / "news.db"), "--n", "120", *options])
    assert drawn.exit_code == 0, drawn.stderr
    with LabelStore.write(folder / "news.db", is_shared=True) as store:
        open_queues(store, (), read_annotators(None, "ann"))
    return folder / "news.db"


def label(path: Path, n: int) -> Sequence[str]:
    """Label comments as a browser does; return the words about the widths of the last pages."""
    shown = []
    with serving(path, scored=partial(scored_documents, path)) as running:
        visitor = running.visitor()
        for _ in range(n):
            body = visitor.ask("GET", "/").text
            names = re.findall(r'(?:action="(/item/\d+)|name="form_token" value="([^"]+)|name="(label-\d+))"', body)
            (action, _, _), (_, token, _) = names[:2]
            fields = {"form_token": token, **{name: "against" for _, _, name in names if name}}
            assert visitor.post(action, fields).status == 303
        for _ in range(100):
            shown = re.findall(
                r"<li><bdi>([^<]+)</bdi>.*?<strong>± ([\d.]+)</strong> now([^<]*)", visitor.ask("GET", "/").text
            )
            if shown:
                break
            time.sleep(0.1)
    return [" ".join(each) for each in shown]


def test_the_page_shows_the_widths_of_the_report(tmp_path: Path) -> None:
    path = project(tmp_path)
    with serving(path, scored=partial(scored_documents, path)) as running:
        assert "± " not in running.visitor().ask("GET", "/").text  # nothing is labelled
    shown = label(path, 40)
    assert any(re.search(r"^NATO [\d.]+ ; |^NATO [\d.]+ , about ± [\d.]+ after \d+ more", each) for each in shown), (
        shown
    )
    result = CliRunner().invoke(app, ["report", str(path), "-o", str(tmp_path / "report")])
    assert result.exit_code == 0, result.stderr
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    ends = [
        each["interval"]
        for group in summary["groups"]
        for each in group["shares"]
        if each["target"] == "nato" and each["population"] == "outlet" and each["stance"] in ("against", "favor")
    ]
    found = {each.target: each for each in stored_widths(path, partial(scored_documents, path))}
    assert found["nato"].now == pytest.approx(max(50 * (high - low) for low, high in ends), abs=0.01)


def test_no_answer_waits_for_an_estimate() -> None:
    begun = []

    def slow() -> list[Document]:
        begun.append(time.monotonic())
        time.sleep(0.5)
        return []

    found = Widths(Path("none.db"), slow)
    found._estimate = slow  # type: ignore[method-assign, assignment]
    start = time.monotonic()
    for labels in range(5):
        found.update(labels)
    assert time.monotonic() - start < 0.4
    assert len(begun) == 1
