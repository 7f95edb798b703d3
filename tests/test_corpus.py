"""A corpus is what its inputs give, whatever changed, broke off or ran beside; and it costs nothing to ask again."""

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import corpus_samples
import numpy as np
import pytest
from corpus_samples import (
    named_by_content,
    page,
    page_and_scores,
    run_of,
    scored,
    scorer,
    scores_of,
    settings,
    stored,
    update,
    write,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from stance.cli import app
from stance.corpus import CorpusWriter, locking, open_corpus
from stance.corpus import writer as writing
from stance.corpus.checking import verify
from stance.corpus.scoring import update_corpus
from stance.corpus.updating import CorpusUpdate
from stance.datamodels import Skip
from stance.exceptions import ConfigError, InputError
from stance.log import Log
from stance.outputs import write_scores
from stance.pipeline import compare_inputs, read_documents, score_inputs, write_report
from stance.scoring.instances import Instance, Judgement
from stance.scoring.plugins.vader import VaderScorer


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few comments are a part, and every part is committed."""
    monkeypatch.setattr(writing, "PART_COMMENTS", 4)
    monkeypatch.setattr(writing, "MANIFEST_SHARE", 1e9)


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pages"
    folder.mkdir()
    return [write(folder / f"{name}.jsonl", page(name)) for name in ("north", "south", "east", "west")]


def files(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.suffix in (".parquet", ".json")
    }


def test_what_comes_out_is_what_was_scored(pages: list[Path], tmp_path: Path) -> None:
    done = update(pages, tmp_path / "corpus")
    assert (done.read, done.kept, done.documents, done.comments) == (4, 0, 4, 12)
    assert scores_of(stored(tmp_path / "corpus")) == scores_of(scored(pages, tmp_path))
    before = scored(pages, tmp_path)
    naming = scorer(tmp_path).naming
    for ours, document in zip(stored(tmp_path / "corpus"), before, strict=True):
        assert [c.text for c in ours.comments] == [c.text for c in document.comments]
        assert [c.author for c in ours.comments] == [naming(c.author, document.outlet) for c in document.comments]
        assert (ours.title, ours.body) == (document.title, document.body)
    assert list(verify(tmp_path / "corpus")) == []


def test_no_name_is_in_any_byte(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    parts = [path.read_bytes() for path in (tmp_path / "corpus").rglob("*") if path.is_file()]
    columns = [c.author for document in stored(tmp_path / "corpus") for c in document.comments]
    assert len(parts) == 5
    assert all(author and author.startswith("reader-") for author in columns)
    assert not any(b"Commenter" in part for part in parts)


def test_a_second_run_does_nothing(pages: list[Path], tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    update(pages, corpus)
    before = files(corpus)

    def never() -> Any:
        raise AssertionError("loaded a model though nothing is new")

    done = update_corpus(run_of(pages, tmp_path), corpus, settings=settings(tmp_path), open_scorer=never, log=Log())
    assert (done.read, done.kept, done.documents) == (0, 4, 4)
    assert files(corpus) == before


def test_only_what_changed_is_scored(pages: list[Path], tmp_path: Path) -> None:
    corpus, met = tmp_path / "corpus", []
    update(pages, corpus)
    write(pages[1], page("south", comments=5))
    write(tmp_path / "pages" / "new.jsonl", page("new"))

    def watch(documents: Any) -> Any:
        for each in documents:
            met.append(each.source)
            yield each

    done = update([tmp_path / "pages"], corpus, watch=watch)
    assert sorted(met) == ["new.html", "south.html"]
    assert (done.read, done.kept, done.documents, done.comments) == (2, 3, 5, 17)
    assert sorted(scores_of(stored(corpus)), key=str) == sorted(
        scores_of(scored([tmp_path / "pages"], tmp_path)), key=str
    )
    assert list(verify(corpus)) == []


def test_files_whose_names_differ_in_bytes_that_are_no_text_are_two(pages: list[Path], tmp_path: Path) -> None:
    names = [Path(os.fsdecode(bytes(pages[0].parent / "page") + byte + b".jsonl")) for byte in (b"\xe4", b"\xf6")]
    try:
        for name, given in zip(names, pages, strict=False):
            name.write_bytes(given.read_bytes())
    except OSError:
        pytest.skip("file names are UTF-8 on this file system")
    assert update(names, tmp_path / "corpus").documents == 2
    assert update(names, tmp_path / "corpus").kept == 2


def test_the_date_of_a_file_changes_nothing(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    os.utime(pages[0], (1, 1))
    assert update(pages, tmp_path / "corpus").read == 0


def test_what_is_gone_is_kept_and_named(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    pages[2].unlink()
    log = Log()
    done = update([tmp_path / "pages"], tmp_path / "corpus", log=log)
    assert (done.gone, done.documents) == (1, 4)
    assert [entry.source for entry in log.warnings] == [str(pages[2])]


def test_a_page_under_two_names_is_one_document_until_one_changes(pages: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "pages" / "zz_copy.jsonl"
    copy.write_bytes(pages[0].read_bytes())
    folder, corpus = tmp_path / "pages", tmp_path / "corpus"
    assert update([folder], corpus).documents == 4
    write(pages[0], page("elsewhere"))
    assert update([folder], corpus).documents == 5
    assert sorted(d.source for d in stored(corpus)) == [
        "east.html", "elsewhere.html", "north.html", "south.html", "west.html",
    ]  # fmt: skip


def test_what_was_skipped_is_told_each_time_and_by_whoever_reads(pages: list[Path], tmp_path: Path) -> None:
    corpus, bad = tmp_path / "corpus", tmp_path / "pages" / "bad.html"
    bad.write_bytes(b"%PDF-1.7")
    (tmp_path / "pages" / "odd.doc").write_bytes(b"x")
    told = []
    for _ in range(2):
        log = Log()
        update([tmp_path / "pages"], corpus, log=log)
        told.append(sorted(skip.source for skip in log.skipped))
    reader = Log()
    list(read_documents([corpus], log=reader))
    assert told == [[str(bad), str(tmp_path / "pages" / "odd.doc")]] * 2
    assert sorted(skip.source for skip in reader.skipped) == told[0]
    bad.unlink()
    (tmp_path / "pages" / "odd.doc").unlink()
    log = Log()
    update([tmp_path / "pages"], corpus, log=log)
    assert not log.skipped


def test_other_settings_are_refused_unless_all_is_scored_again(pages: list[Path], tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    update(pages, corpus)
    before = files(corpus)
    with pytest.raises(ConfigError, match=r"other settings \(abstain none, not 0\.7\)"):
        update(pages, corpus, options={"abstain": 0.7})
    with pytest.raises(ConfigError, match=r"would lose what came of .*north"):
        update(pages[1:], corpus, options={"abstain": 0.7}, force=True)
    assert files(corpus) == before
    done = update(pages, corpus, options={"abstain": 0.7}, force=True)
    assert (done.read, done.documents) == (4, 4)
    assert update(pages, corpus, options={"abstain": 0.7}).read == 0


@pytest.mark.parametrize("damage", ["changed", "missing", "folder"])
@pytest.mark.parametrize("table", ["documents", "scores"])
def test_what_is_damaged_is_scored_again_by_force(
    pages: list[Path], tmp_path: Path, small_parts: None, table: str, damage: str
) -> None:
    corpus = tmp_path / "corpus"
    copy = write(tmp_path / "pages" / "copy.jsonl", page("south"))  # says what another one says
    update([*pages, copy], corpus)
    before = scores_of(stored(corpus))
    assert len(open_corpus(corpus).manifest.parts) > 1
    bad = corpus / table / "000001.parquet"
    if damage == "changed":
        bad.write_bytes(bad.read_bytes() + b"x")
    else:
        bad.unlink()
        if damage == "folder":
            bad.mkdir()
    held = [each.path for each in open_corpus(corpus).manifest.inputs if 1 in each.parts]
    with pytest.raises(ConfigError, match=r"000001\.parquet: damaged, and part of it is what came of .* with these"):
        update([held[0]], corpus, force=True)
    write(Path(held[0]), page("another"))
    with pytest.raises(InputError, match=r"000001\.parquet: .*; --force with all inputs scores them again"):
        update([*pages, copy], corpus)
    write(Path(held[0]), page(Path(held[0]).stem))
    log = Log()
    done = update([*pages, copy], corpus, force=True, log=log)
    assert (done.read, done.documents) == (5, 4)
    assert [w.reason for w in log.warnings if w.source == str(bad)] == [
        "damaged; what was in this part is scored again"
    ]
    assert scores_of(stored(corpus)) == before
    assert list(verify(corpus)) == []
    assert update([*pages, copy], corpus).read == 0


@pytest.mark.parametrize("damage", ["cut", "emptied", "gone"])
def test_a_corpus_that_lost_its_manifest_is_scored_again_by_force(
    pages: list[Path], tmp_path: Path, small_parts: None, damage: str
) -> None:
    corpus = tmp_path / "corpus"
    update(pages, corpus)
    before, manifest = scores_of(stored(corpus)), corpus / "manifest.json"
    if damage == "gone":
        manifest.unlink()
    else:
        manifest.write_bytes(manifest.read_bytes()[: 600 * (damage == "cut")])
    told = r"manifest\.json: .*expected the manifest of a corpus folder; --force with all inputs scores them again"
    with pytest.raises(InputError, match=told):
        update(pages, corpus)
    with pytest.raises(InputError, match=told):
        list(read_documents([corpus], log=Log()))
    held = files(corpus)
    with pytest.raises(ConfigError, match=r"would lose what came of .*north"):
        update(pages[1:], corpus, force=True)
    assert files(corpus) == held
    done = update(pages, corpus, force=True, log=(log := Log()))
    assert (done.read, done.documents) == (4, 4)
    assert [(each.source, each.reason) for each in log.warnings] == [
        (str(corpus), "its manifest was damaged or not there; all of it is scored again")
    ]
    assert scores_of(stored(corpus)) == before
    assert list(verify(corpus)) == []
    assert update(pages, corpus).read == 0


def test_a_corpus_of_which_nothing_tells_what_it_held_is_left_as_it_is(pages: list[Path], tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    update(pages, corpus)
    (corpus / "manifest.json").unlink()
    (corpus / "documents" / "000001.parquet").write_bytes(b"PAR1")
    held = files(corpus)
    with pytest.raises(ConfigError, match=r"000001\.parquet: damaged as the manifest is, .*; expected another folder"):
        update(pages, corpus, force=True)
    assert files(corpus) == held


def test_another_key_or_target_file_is_another_setting(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    (tmp_path / "key.db").write_text("ab" * 32)
    with pytest.raises(ConfigError, match="names key"):
        update(pages, tmp_path / "corpus")


def test_targets_that_nobody_defines_are_named_of_their_table_until_it_is_mended(tmp_path: Path) -> None:
    table, other, corpus = tmp_path / "t.csv", tmp_path / "other.csv", tmp_path / "corpus"
    table.write_text("id,text,target\n1,Tea?,Tea\n2,NATO is right.,nato\n3,Tea!,Tea\n")
    other.write_text("id,text,target\n1,NATO is wrong.,NATO\n")
    expected = [(str(table), "2 rows ask for unknown targets: 'Tea' (2); expected russia, us, nato or --targets FILE")]
    for _ in range(2):
        log = Log()
        update([table, other], corpus, log=log)
        assert [(skip.source, skip.reason) for skip in log.skipped] == expected
    table.write_text("id,text,target\n1,Tea?,us\n2,NATO is right.,nato\n3,Tea!,us\n")
    update([table, other], corpus, log=(log := Log()))
    assert not log.skipped
    assert not list(open_corpus(corpus).skipped())


def test_of_many_unknown_targets_few_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.pipeline._COUNTED_TARGETS", 8)
    table = write(tmp_path / "t.jsonl", *({"text": "Tea?", "id": n, "target": f"t{n}"} for n in range(12)))
    update([table], tmp_path / "corpus", log=(log := Log()))
    (skip,) = log.skipped
    assert skip.reason.startswith("12 rows ask for unknown targets: 't0' (1), 't1' (1), ")
    assert " and more than 3 more; expected" in skip.reason


def test_what_a_model_left_open_is_forgotten_when_all_is_scored_again(pages: list[Path], tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    update(pages, corpus)
    with CorpusWriter(corpus) as writer:
        writer.remark(Skip("model", "1 pairs of comment and target have no stance: late"))
        writer.finish()
    update(pages[:2], corpus, force=True)
    assert [skip.source for skip in open_corpus(corpus).skipped()] == ["model"]
    update(pages, corpus, force=True)
    assert not list(open_corpus(corpus).skipped())


def test_scores_of_a_page_count_once_beside_it(tmp_path: Path) -> None:
    north, table = page_and_scores(tmp_path)
    corpus = tmp_path / "corpus"
    log = Log()
    done = update([north, table], corpus, log=log)
    assert (done.documents, done.comments) == (1, 3)
    (warning,) = log.warnings
    assert warning.reason == "of 1 document read before, as north.html, are left out; counted once"
    assert update([north, table], corpus).read == 0
    write(north, named_by_content("south"))
    done = update([north, table], corpus)  # now the scores are of what stands nowhere else
    assert (done.read, done.documents, done.comments) == (2, 2, 6)
    assert scores_of(stored(corpus)) == scores_of(scored([north, table], tmp_path))


def test_a_page_counts_once_beside_its_scores_that_come_first(tmp_path: Path) -> None:
    north, table = page_and_scores(tmp_path)
    corpus = tmp_path / "corpus"
    update([table], corpus)
    done = update([table, north], corpus, log=(log := Log()))
    assert (done.read, done.documents, done.comments) == (1, 1, 3)
    name = named_by_content("north")["id"]
    assert [warning.reason for warning in log.warnings] == [f"the same document as scores of {name}; counted once"]
    assert update([table, north], corpus).read == 0
    table.write_text("text\nNATO is right.\n")
    done = update([table, north], corpus)  # now the page stands nowhere else
    assert (done.read, done.documents, done.comments) == (2, 2, 4)


def test_a_corpus_that_holds_a_page_and_its_scores_is_counted_once(tmp_path: Path) -> None:
    north, table = page_and_scores(tmp_path)
    for name, each in (("scores", table), ("pages", north)):
        update([each], tmp_path / name)
    log = Log()
    items = read_documents([tmp_path / "scores", tmp_path / "pages"], log=log)
    (document,) = score_inputs(items, scorer(tmp_path), log=log)
    assert not document.title  # made from scores
    assert "1 left out, of which the scores are read too" in log.warnings[-1].reason


def test_a_small_last_part_is_filled_up(pages: list[Path], tmp_path: Path) -> None:
    for each in pages:
        update([each], tmp_path / "corpus")
    manifest = open_corpus(tmp_path / "corpus").manifest
    assert len(manifest.parts) == 1
    assert len(list((tmp_path / "corpus").rglob("*.parquet"))) == 3
    assert scores_of(stored(tmp_path / "corpus")) == scores_of(scored(pages, tmp_path))


def test_what_a_failing_disk_withheld_is_read_again(
    pages: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    corpus = tmp_path / "corpus"
    with monkeypatch.context() as patch:
        patch.setattr("stance.reading.unpack", fail)
        done = update(pages, corpus, log=(log := Log()))
    assert (done.read, done.documents) == (4, 0)
    assert {skip.reason for skip in log.skipped} == {"Input/output error"}
    done = update(pages, corpus, log=(log := Log()))
    assert (done.read, done.documents, log.skipped) == (4, 4, [])
    assert update(pages, corpus).read == 0


def test_standard_input_is_known_by_what_it_says(pages: list[Path], tmp_path: Path) -> None:
    first, second = pages[0].read_bytes(), pages[1].read_bytes()
    reads = [update(["-"], tmp_path / "corpus", stdin=io.BytesIO(data)).read for data in (first, first, second)]
    assert reads == [1, 0, 1]
    assert [d.source for d in stored(tmp_path / "corpus")] == ["north.html", "south.html"]


def test_scores_come_in_too(pages: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "scores.csv"
    write_scores([score for document in scored(pages, tmp_path) for score in document.scores], table)
    update([table], tmp_path / "corpus")
    assert update([table], tmp_path / "corpus").read == 0
    ours = [score.target for document in stored(tmp_path / "corpus") for score in document.scores]
    assert ours == [score.target for document in scored(pages, tmp_path) for score in document.scores]


def test_a_folder_with_something_else_is_left_alone(pages: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.tex").write_text("dear")
    with pytest.raises(ConfigError, match=r"holds chapter\.tex and no corpus"):
        update(pages, other)
    assert [path.name for path in other.iterdir()] == ["chapter.tex"]


@pytest.mark.parametrize("name", ["20240101.parquet", "documents/000001.parquet", "scores/.000001.parquet.mine"])
def test_a_file_of_somebody_that_is_named_as_a_part_is_left_alone(pages: list[Path], tmp_path: Path, name: str) -> None:
    mine = tmp_path / "crawl" / name
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"my own")
    with pytest.raises(ConfigError, match=rf"holds {name} and no corpus"):
        update(pages, tmp_path / "crawl")
    assert mine.read_bytes() == b"my own"
    done = run("score", pages[0], "-o", tmp_path / "crawl", "--model", "vader", "--key-file", tmp_path / "key.db")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_beside_the_tables_of_a_corpus_files_of_somebody_stay(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    names = ("20240101.parquet", "documents/²²²²²².parquet")
    for name in names:
        (tmp_path / "corpus" / name).write_bytes(b"my own")
    (tmp_path / "corpus" / "documents" / "000123.parquet").write_bytes(b"left by a kill")
    update(pages, tmp_path / "corpus")
    assert [(tmp_path / "corpus" / name).read_bytes() for name in names] == [b"my own", b"my own"]
    assert not (tmp_path / "corpus" / "documents" / "000123.parquet").exists()


@pytest.mark.parametrize("is_there", [False, True])
def test_tables_are_not_looked_for_behind_links(pages: list[Path], tmp_path: Path, is_there: bool) -> None:
    if is_there:
        update(pages, tmp_path / "corpus")
        (tmp_path / "corpus" / "scores").rename(tmp_path / "elsewhere")
    (tmp_path / "corpus").mkdir(exist_ok=True)
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    (tmp_path / "elsewhere" / "123456.parquet").write_bytes(b"my own")
    (tmp_path / "corpus" / "scores").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="scores: a link; expected a folder"):
        update(pages, tmp_path / "corpus")
    assert (tmp_path / "elsewhere" / "123456.parquet").read_bytes() == b"my own"


def test_a_corpus_among_the_pages_is_no_input(pages: list[Path], tmp_path: Path) -> None:
    corpus = tmp_path / "pages" / "corpus"
    for _ in range(2):
        assert update([tmp_path / "pages"], corpus).documents == 4
    with pytest.raises(ConfigError, match="stance corpus merge"):
        update([corpus], tmp_path / "other")


# Broken off -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_parts")
def test_an_error_in_the_middle_keeps_what_was_done(pages: list[Path], tmp_path: Path) -> None:
    def watch(documents: Any) -> Any:
        for number, each in enumerate(documents):
            if number == 3:
                raise KeyboardInterrupt
            yield each

    with pytest.raises(KeyboardInterrupt):
        update(pages, tmp_path / "corpus", watch=watch)
    manifest = open_corpus(tmp_path / "corpus").manifest
    assert not manifest.finished
    assert sum(part.documents for part in manifest.parts) == 3
    done = update(pages, tmp_path / "corpus")
    assert (done.read, done.kept) == (1, 3) or (done.read, done.kept) == (2, 2)  # the third may not have ended
    assert scores_of(stored(tmp_path / "corpus")) == scores_of(scored(pages, tmp_path))


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import corpus_samples as samples
from stance.corpus import writer
from stance.outputs import load_pyarrow

pages, corpora = Path(sys.argv[2]), Path(sys.argv[3])
writer.PART_COMMENTS, writer.MANIFEST_SHARE = 7, 1e9
samples.scorer(corpora); load_pyarrow()
described = samples.settings(corpora)
samples.settings = lambda folder: described

def killing(method):
    def counted(self, *arguments, **options):
        steps[0] -= 1
        if not steps[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(self, *arguments, **options)
    return counted

for at in range(1, 100):
    folder, steps = corpora / f"killed_{at:02d}", [at]
    shutil.copytree(corpora / "base", folder)
    if not (child := os.fork()):
        Path.replace, Path.unlink = killing(Path.replace), killing(Path.unlink)
        samples.update([pages], folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


@pytest.mark.slow
def test_killed_at_any_step_the_next_run_makes_it_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill before each file is put in its place or removed, while a corpus takes in a change and a new page."""
    corpora, pages = tmp_path / "corpora", tmp_path / "pages"
    corpora.mkdir()
    pages.mkdir()
    write(pages / "a.jsonl", page("a"), page("again a", comments=2))
    write(pages / "b.jsonl", page("b"))
    update([pages], corpora / "base")
    write(pages / "b.jsonl", page("b", comments=5))
    write(pages / "c.jsonl", page("c"), page("last", comments=5))
    script = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(pages), str(corpora)]
    done = subprocess.run(script, check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    described = settings(corpora)
    monkeypatch.setattr(corpus_samples, "settings", lambda folder: described)
    monkeypatch.setattr(writing, "PART_COMMENTS", 7)
    expected = sorted(map(str, scores_of(scored([pages], corpora))))
    killed = sorted(corpora.glob("killed_*"))
    assert len(killed) >= 8
    for corpus in killed:  # the last of them was not
        assert [line for line in verify(corpus) if "did not reach its end" not in line] == []
        update([pages], corpus)
        assert sorted(map(str, scores_of(stored(corpus)))) == expected, corpus
        assert list(verify(corpus)) == []
        named = len(open_corpus(corpus).manifest.parts) * 3 + 2  # beside manifest and lock
        assert sum(path.is_file() for path in corpus.rglob("*")) == named, corpus


@pytest.mark.usefixtures("small_parts")
def test_a_run_that_broke_off_in_a_large_input_goes_on_in_it(tmp_path: Path) -> None:
    table = write(tmp_path / "all.jsonl", *(page(f"p{number}") for number in range(8)))
    met: list[str] = []

    def watch(documents: Any) -> Any:
        for each in documents:
            if len(met) == 5:
                met.append("stop")
                raise KeyboardInterrupt
            met.append(each.source)
            yield each

    with pytest.raises(KeyboardInterrupt):
        update([table], tmp_path / "corpus", watch=watch)
    met_again: list[str] = []

    def watch_again(documents: Any) -> Any:
        for each in documents:
            met_again.append(each.source)
            yield each

    update([table], tmp_path / "corpus", watch=watch_again)
    assert met[:5] + met_again == [f"p{number}.html" for number in range(8)]
    assert scores_of(stored(tmp_path / "corpus")) == scores_of(scored([table], tmp_path))


def test_two_at_once(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    with locking.writing(tmp_path / "corpus"):
        with pytest.raises(ConfigError, match=rf"in use by another run \(last written by process {os.getpid()} on"):
            update(pages, tmp_path / "corpus")
        with pytest.raises(ConfigError, match="in use"):
            stored(tmp_path / "corpus")
    with locking.reading(tmp_path / "corpus"):
        assert len(stored(tmp_path / "corpus")) == 4  # readers do not mind each other
        with pytest.raises(ConfigError, match="in use"):
            update(pages, tmp_path / "corpus")


def test_the_lock_of_a_dead_process_holds_nobody(pages: list[Path], tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from stance.corpus import locking\n"
        "with locking.writing(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "corpus")], check=False, timeout=60)
    assert (tmp_path / "corpus" / "corpus.lock").read_text()
    assert update(pages, tmp_path / "corpus").documents == 4


@pytest.mark.slow
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 6), min_size=1), min_size=1, max_size=4))
def test_after_any_changes_a_corpus_is_what_its_inputs_give(
    steps: list[dict[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    pages, corpus = folder / "pages", folder / "corpus"
    pages.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "PART_COMMENTS", 5)
        for step in steps:
            for name, comments in step.items():
                write(pages / f"{name}.jsonl", page(name if comments % 2 else "shared", comments))
            update([pages], corpus)
            expected = scores_of(scored([pages], folder))
            found = scores_of(stored(corpus))
            assert sorted(map(str, found)) == sorted(map(str, expected))
            assert list(verify(corpus)) == []


def test_a_document_that_stands_in_two_inputs_outlives_the_change_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both name the same source in their lines, and another input ends just where a part is written."""
    monkeypatch.setattr(writing, "PART_COMMENTS", 5)
    pages, corpus = tmp_path / "pages", tmp_path / "corpus"
    pages.mkdir()
    for name, comments in (("b", 2), ("a", 5), ("c", 2), ("b", 1)):
        write(pages / f"{name}.jsonl", page(name if comments % 2 else "shared", comments))
        update([pages], corpus)
        assert all(each.finished for each in open_corpus(corpus).manifest.inputs)
    assert sorted(map(str, scores_of(stored(corpus)))) == sorted(map(str, scores_of(scored([pages], tmp_path))))


# Read by the other verbs ----------------------------------------------------------------------------------------------


def test_report_and_comparison_are_those_of_the_pages(pages: list[Path], tmp_path: Path) -> None:
    write(pages[3], page("west", comments=9, outlet="The Gazette"))
    update(pages, tmp_path / "corpus")
    summaries, comparisons = [], []
    for inputs in (pages, [tmp_path / "corpus"]):
        log, by = Log(), scorer(tmp_path)
        write_report(
            score_inputs(read_documents(inputs, log=log), by, log=log),
            tmp_path / "report",
            scorer=by,
            log=log,
        )
        summaries.append({path.name: path.read_bytes() for path in (tmp_path / "report").iterdir() if path.is_file()})
        scored_items = score_inputs(read_documents(inputs, log=log), by, log=log)
        comparisons.append(compare_inputs(scored_items, scorer=by, by="outlet", log=log))
    assert summaries[0].keys() == summaries[1].keys()
    for name in summaries[0]:
        assert summaries[0][name] == summaries[1][name], name
    assert comparisons[0] == comparisons[1]


def test_a_corpus_and_one_of_its_pages_count_the_page_once(pages: list[Path], tmp_path: Path) -> None:
    update(pages, tmp_path / "corpus")
    log = Log()
    items = list(read_documents([tmp_path / "corpus", pages[0]], log=log))
    assert len(items) == 4
    assert "same document as north.html" in log.warnings[0].reason


def test_a_half_made_corpus_is_used_with_a_warning(pages: list[Path], tmp_path: Path) -> None:
    with CorpusWriter(tmp_path / "corpus") as writer:
        writer.restart(settings(tmp_path))
    log = Log()
    assert list(read_documents([tmp_path / "corpus"], log=log)) == []
    assert "did not reach its end" in log.warnings[0].reason


def test_samples_are_drawn_alike(pages: list[Path], tmp_path: Path) -> None:
    key = ["--key-file", str(tmp_path / "key.db")]
    update(pages, tmp_path / "corpus")
    drawn = []
    for inputs in ([str(path) for path in pages], [str(tmp_path / "corpus")]):
        done = CliRunner().invoke(app, ["sample", *inputs, "-n", "5", "--quiet", *key])
        assert done.exit_code == 0, done.output
        drawn.append(done.stdout)
    assert drawn[0] == drawn[1]
    assert "reader-" in drawn[0]


def test_remarks_of_the_model_are_kept(tmp_path: Path) -> None:
    with CorpusWriter(tmp_path / "corpus") as writer:
        writer.restart({"model": "x"})
        writer.remark(Skip("m", "3 pairs have no stance"))
        writer.remark(Skip("m", "3 pairs have no stance"))
        writer.finish()
    assert open_corpus(tmp_path / "corpus").manifest.remarks == (Skip("m", "3 pairs have no stance"),)


class Spent:
    """Answers as ``vader`` does until its budget is spent, as a model elsewhere may."""

    name, languages, card = "vader", ("en",), VaderScorer().card
    endpoint = "http://localhost"
    texts_sent = texts_cached = 0

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        judged = VaderScorer().judge(instances)
        judged.probabilities[self.budget :] = np.nan
        return judged._replace(reasons=dict.fromkeys(range(self.budget, len(instances)), "the budget is spent"))


def test_what_a_model_left_open_is_asked_again_and_forgotten_when_answered(pages: list[Path], tmp_path: Path) -> None:
    def run_with(budget: int) -> tuple[CorpusUpdate, Log]:
        model, log = Spent(budget=budget), Log()
        done = update_corpus(
            run_of(pages, tmp_path),
            tmp_path / "corpus",
            settings=settings(tmp_path),
            open_scorer=lambda: replace(scorer(tmp_path), model=model),
            log=log,
        )
        return done, log

    _, log = run_with(budget=15)
    assert [skip.reason for skip in log.skipped] == [
        "21 pairs of comment and target have no stance: the budget is spent"
    ]
    for read in (3, 0):  # all was answered of the first
        done, log = run_with(budget=10**9)
        assert (done.read, log.skipped) == (read, [])
        assert not open_corpus(tmp_path / "corpus").manifest.remarks
    assert scores_of(stored(tmp_path / "corpus")) == scores_of(scored(pages, tmp_path))


# The command ----------------------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_the_command_tells_a_folder_from_a_table(pages: list[Path], tmp_path: Path) -> None:
    key = ("--model", "vader", "--key-file", tmp_path / "key.db", "--target", "nato")
    for output in (f"{tmp_path}/slash.v2/", tmp_path / "plain"):
        done = run("score", *pages, "-o", output, *key)
        assert done.exit_code == 0, done.output
        assert "inputs: 4 read, 0 as before; it holds 4 documents, 12 comments" in done.stderr
        assert Path(output, "manifest.json").is_file()
    assert run("score", *pages, "-o", tmp_path / "x.csv", *key).exit_code == 0
    wrong = run("score", *pages, "-o", tmp_path / "x.cvs", *key)
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)
    assert run("score", *pages, "--force", *key).exit_code == 2
    again = run("score", *pages, "-o", tmp_path / "plain", *key)
    assert "inputs: 0 read, 4 as before" in again.stderr


@pytest.mark.parametrize("command", [("score", "--model", "vader"), ("parse",)])
def test_a_dash_is_standard_output(
    command: tuple[str, ...], pages: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*command, pages[0], "-o", "-")
    assert (done.exit_code, Path("-").exists()) == (0, False)
    assert done.stdout == run(*command, pages[0]).stdout != ""


def test_the_command_ends_with_three_where_inputs_were_skipped(pages: list[Path], tmp_path: Path) -> None:
    (tmp_path / "pages" / "bad.html").write_bytes(b"%PDF-1.7")
    key = ("--model", "vader", "--key-file", tmp_path / "key.db")
    for _ in range(2):
        done = run("score", tmp_path / "pages", "-o", tmp_path / "corpus", *key)
        assert done.exit_code == 3
        assert "bad.html: skipped: a PDF" in done.stderr
    done = run("score", tmp_path / "corpus", *key, "--quiet")
    assert done.exit_code == 3
    assert {json.loads(line)["unit"] for line in done.stdout.splitlines()} == {"comment"}  # no --body
    nothing = run("score", tmp_path / "pages" / "bad.html", "-o", tmp_path / "empty", *key)
    assert nothing.exit_code == 1


def test_columns_that_are_kept_can_be_compared_by(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{'red' if n % 2 else 'blue'},d{n % 6},NATO did well in case {n} and Russia did not" for n in range(30)]
    table.write_text("\n".join(["wing,document,text", *rows]))
    key = ("--model", "vader", "--key-file", tmp_path / "key.db", "--language", "en")
    assert run("score", table, "-o", tmp_path / "corpus", "--keep", "wing", *key).exit_code == 0
    done = run("compare", tmp_path / "corpus", "--by", "wing", "-o", tmp_path / "out", "--json", *key[:4])
    assert done.exit_code == 0, done.stderr
    assert sorted(group["group"] for group in json.loads(done.stdout)["groups"]) == ["blue", "red"]
