"""How long a run takes is estimated from the sizes of its inputs and what is done of them."""

from pathlib import Path

import pytest

from stance.cli.common import Messages
from stance.datamodels import Comment, Document, Via
from stance.log import Pace, listening
from stance.options.models import ModelOptions
from stance.pseudonyms import keep_name
from stance.scoring.targets.target_set import load_targets
from stance.workers.page_worker import ScoringJob
from stance.workers.processes import Process
from tests.support.report_samples import score

TEXTS = ("Russia is wrong.", "Nice weather.")


def document(source: Path, texts: tuple[str, ...] = TEXTS) -> Document:
    comments = tuple(Comment(f"c{number}", text) for number, text in enumerate(texts))
    vias = (Via.TEXT if "Russia" in text else None for text in texts)
    scores = tuple(
        score("d", each.comment_id, "russia", None, via=via) for each, via in zip(comments, vias, strict=True)
    )
    return Document("d", f"{source}#1", comments=comments, scores=scores)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("stance.log.monotonic", lambda: now[0])
    return now


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.txt", "b.txt", "c.txt")]
    for path in paths:
        path.write_text("x" * 1_000)
    return paths


def test_the_time_left_follows_from_the_bytes_that_are_done(clock: list[float], files: list[Path]) -> None:
    pace = Pace([files[0].parent])
    assert pace.seconds_left() is None
    clock[0] += 60  # loading a model is no part of the pace
    pace.add(document(files[0], ("Russia is wrong. " * 100,)))  # no more of a file is done than it has
    assert pace.seconds_left() is None
    clock[0] += 10
    pace.add(document(files[1], ("x" * 1_000,)))
    assert pace.seconds_left() == pytest.approx(10)
    pace.add(document(files[2], ("x" * 500,)))
    assert pace.seconds_left() == pytest.approx(10 / 3)
    assert pace.shown() == "3 comments, 1 name a target; about 3 s left"


def test_a_long_run_is_announced_once(
    clock: list[float], files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def documents() -> list[Document]:
        for path in files:
            clock[0] += 40
            yield document(path, ("Russia is wrong. " * 100,))

    assert len([*Messages().watch(documents(), "Documents:", files)]) == 3
    said = capsys.readouterr().err.splitlines()
    line = "2 comments, 2 name a target; about 40 s left (Ctrl-C stops; a store keeps what is done)"
    assert said == [f"stance: {line}"]
    assert len([*Messages(quiet=True).watch(documents(), "Documents:", files)]) == 3
    assert not capsys.readouterr().err


@pytest.mark.parametrize("is_worker", [False, True])
def test_comments_are_counted_while_their_document_is_scored(*, is_worker: bool) -> None:
    job, told = ScoringJob(load_targets(), ModelOptions("vader"), keep_name), list[int]()
    long = Document("d", "page.html", comments=tuple(Comment(f"c{n}", "Russia is wrong.") for n in range(1_100)))
    with listening(lambda scored, _: told.append(scored)):
        if is_worker:
            process = Process()
            process.ask(job.open, 60)
            (scored,) = process.ask([long], 60)
            process.end()
        else:
            (scored,) = job.open().work([long])
    assert len(scored.comments) == 1_100
    assert len(told) > 8
    pace = Pace(["page.html"])
    pace.scored = sum(told)
    assert pace.shown() == "1,100 comments"
    pace.add(scored)
    assert pace.shown().startswith("1,100 comments")
