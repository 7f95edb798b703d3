"""What several test modules share."""

import fcntl
import gc
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from stance.datamodels import Document, Page, Skip
from stance.learn import audits
from stance.limits import SELDOM, current_limits
from stance.parsing import make_document
from stance.pseudonyms import load_key
from stance.resources import MODELS
from stance.runs import run_settings
from stance.scoring import persistence
from stance.scoring.documents import DocumentScorer
from stance.scoring.encoder import TextEncoder
from stance.scoring.model import StanceModel
from stance.scoring.persistence import train_rows
from stance.scoring.targets import target_set
from stance.scoring.targets.patterns import build_automaton
from stance.workers.page_worker import PageWorker
from tests.support import warm_commands
from tests.support.browsing import axe_core, open_browser

ROOT = Path(__file__).parent.parent

LONGEST = (
    "test_docs",
    "test_matrix",
    "test_mission",
    "test_options",
    "test_replication",
    "test_training",
    "test_window",
)
"""Words: files of tests that take half a minute and more, or wait."""

VECTORS_OF = TextEncoder.vectors_of

# No test asserts a time: machines differ, and a busy one is no fault of the code. CI draws the same examples every
# time, so that what was green stays green; runs elsewhere draw others, and look on.
settings.register_profile("stance", deadline=None, max_examples=50)
settings.register_profile("ci", settings.get_profile("stance"), derandomize=True)
settings.register_profile("lowest", settings.get_profile("ci"), max_examples=10)  # do old releases work at all?
settings.load_profile("ci" if os.environ.get("CI") else "stance")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by how many they are: packed ones hold the time, and each process would name them otherwise."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """Read the files from the end in every other process: in a fresh clone each compiles a half for both."""
    report = yield
    if isinstance(collector, pytest.Dir) and os.environ.get("PYTEST_XDIST_WORKER", "")[-1:] in tuple("13579"):
        report.result.reverse()
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, then those of many tests: the end is short, so cores end together."""
    tests = Counter(each.path for each in items)
    slow = Counter(each.path for each in items if {"browser", "slow"} & {mark.name for mark in each.iter_markers()})
    items.sort(key=lambda each: (each.path.stem not in LONGEST, -slow[each.path], -tests[each.path], each.path))


def pytest_sessionfinish() -> None:
    warm_commands.end()


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what the test modules hold, and run less often, as while pages are read."""
    gc.freeze()
    gc.set_threshold(SELDOM)


@pytest.fixture(scope="session", autouse=True)
def key_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep a key of pseudonyms for tests that name none: else one would be made in the folder that they run in."""
    with pytest.MonkeyPatch.context() as patch:
        load_key(key := tmp_path_factory.mktemp("key") / "key")
        patch.setenv("STANCE_KEY_FILE", str(key))
        yield


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test from reading or making settings, cues and keys of the person who runs it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("STANCE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Collect the annotators of pages, which are not served."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr("stance.cli.window.serve", lambda page, annotators, *_: found.append(annotators))
    return found


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Make a folder once for all processes of a run of tests, which do not change it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            (draft := folder.with_suffix(".draft")).mkdir()
            make(draft)
            draft.rename(folder)
    return folder


@pytest.fixture(scope="session")
def rich_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with much to show: three outlets, copies, a planted phrase, answers, links and times.

    ``thread.html`` is its longest page.
    """
    return once(tmp_path_factory, "rich", write_rich_report) / "out"


def write_rich_report(folder: Path) -> None:
    import stance
    from research.demo.__main__ import build_pages, build_thread
    from research.demo.pages import write_pages

    thread = build_thread(101, 0)
    for post in thread.posts[100:106]:
        post.added = "Look: https://archive.example/reports/a-long-name-of-a-page-that-says-it-all.html"
    write_pages([*build_pages(12, 0), thread], folder / "pages")
    stance.report(folder / "pages", output=folder / "out", model="light", jobs=1)
    documents = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))["documents"]
    longest = max(documents, key=lambda each: each["comments"])
    (folder / "out" / longest["page"]).rename(folder / "out" / "thread.html")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a newcomer typed ``stance demo``; what it said is in two files beside."""
    return once(tmp_path_factory, "demo", write_demonstration)


def write_demonstration(folder: Path) -> None:
    from tests.support.commands import run

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HOME", str(folder))
        done = run("demo")
    (folder / "stdout.txt").write_text(done.stdout, encoding="utf-8")
    (folder / "stderr.txt").write_text(done.stderr, encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """Keep what depends on nothing else, and is made again for each command: parsers of options, names of targets,
    shipped models and the pairs that they learned from, weights of encoders, what they read of a text, and digests.

    Do not wait for the disk, which takes milliseconds a file; that it is asked is for ``test_faults.py`` to see.
    """
    read_before, learned, load = dict[Any, Any](), cache(train_rows), persistence._load_folder
    load_shipped, digest = cache(load), run_settings.digest
    digest_files = cache(lambda paths, _: digest(paths))
    parsed = lru_cache(300)(lambda page, language, _: make_document(page, language))

    def load_folder(folder: Path, name: str) -> StanceModel:
        model = (load_shipped if folder.parent == MODELS else load)(folder, name)
        return replace(model, others=model.others and replace(model.others))  # without the answers of other commands

    def digest_changed(paths: Iterable[Path]) -> str:
        folders = tuple(paths)
        files = [file for path in folders for file in (path, *path.rglob("*"))]
        return str(digest_files(folders, tuple((file, file.stat().st_mtime_ns) for file in files)))

    def make_parsed(item: Page | Document, language: str | None = None) -> Document | Skip:
        if isinstance(item, Document) or item.layouts or len(item.text) > 100_000:
            return make_document(item, language)
        return parsed(item, language, current_limits())

    def vectors_of(self: TextEncoder, texts: Sequence[Sequence[int]]) -> Iterator[Any]:
        if len(read_before) > 2_000:
            read_before.clear()
        keys = [(self, tuple(ids)) for ids in texts]
        new = [key for key in dict.fromkeys(keys) if key not in read_before]
        read_before.update(zip(new, VECTORS_OF(self, [ids for _, ids in new]), strict=True))
        return (read_before[key].copy() for key in keys)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda stream: None)
        patch.setattr(os, "sync", lambda: None)
        patch.setattr(TextEncoder, "vectors_of", vectors_of)
        patch.setattr(DocumentScorer, "free", staticmethod(lambda: None))
        patch.setattr(persistence, "_load_folder", load_folder)
        patch.setattr(PageWorker, "make", staticmethod(make_parsed))
        patch.setattr(run_settings, "digest", digest_changed)
        patch.setattr(audits, "train_rows", lambda of: learned(of) if of.parent == MODELS else train_rows(of))
        patch.setattr(target_set, "build_automaton", cache(build_automaton))
        yield


@pytest.fixture
def texts_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the encoders read each text as often as it is asked for."""
    monkeypatch.setattr(TextEncoder, "vectors_of", VECTORS_OF)


@pytest.fixture(scope="session")
def started_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser, which takes seconds to start."""
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def chromium(started_chromium: Any) -> Iterator[Any]:
    """The browser for the pages of one test module, without what other modules left in it."""
    for log in ("browser", "performance"):
        started_chromium.get_log(log)
    yield started_chromium
    started_chromium.switch_to.default_content()
    started_chromium.get("about:blank")


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that finds violations of the rules for accessible pages."""
    return axe_core()
