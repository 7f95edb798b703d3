"""The verbs about labels, from Python: the same as from the shell."""

import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import stance
from stance.exceptions import ConfigError, NothingReadError, StanceError
from stance.log import InputWarning
from stance.pseudonyms import load_key
from tests.support.tables import cases, write_rows
from tests.support.tiny_models import quicken_training

SAYINGS = {
    "favor": "I stand with Russia",
    "against": "Russia's aggression is a disgrace",
    "neutral": "a train to Russia",
}


@pytest.fixture
def home(tmp_path: Path, own_settings: None) -> Path:
    load_key(tmp_path / ".stance.key")
    return tmp_path


@pytest.fixture
def comments(home: Path) -> Path:
    said, numbers = [*SAYINGS.values()], sorted(range(60), key=lambda number: number % 12)
    rows = (
        {"id": i, "text": f"{said[i % 3]}, says number {i}", "document": f"story {i % 12}", "outlet": f"outlet {i % 2}"}
        for i in numbers
    )
    return write_rows(home / "comments.csv", rows)


def test_a_language_is_given_by_its_code_and_processes_by_a_number_of_one_or_more(comments: Path) -> None:
    assert {document.language for document in stance.parse(comments, language="EN")} == {"en"}
    for verb in (stance.parse, stance.score, stance.report, stance.compare, stance.sample):
        with pytest.raises(ConfigError, match="'english' is no code of a language"):
            verb(comments, language="english")  # type: ignore[operator]
    for verb, jobs in product((stance.parse, stance.score, stance.report, stance.compare), (0, -1)):
        with pytest.raises(ConfigError, match=f"--jobs {jobs}; expected at least 1"):
            verb(comments, jobs=jobs)  # type: ignore[operator]


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_sample_train_evaluate(comments: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quicken_training(monkeypatch, folds=5)
    drawn = stance.sample(comments, n=54, target="russia", seed=4, model="light")
    assert len(drawn) == 54
    assert drawn["probability"].between(0, 1, inclusive="right").all()
    assert set(drawn["role"]) == {"audit"}
    assert drawn.equals(stance.sample(comments, n=54, target="russia", seed=4, model="light"))
    for role in ("train", "audit"):
        rows = [
            {"text": text, "target": "russia", "role": role, "document": f"{role} {i % 9}", "probability": 0.9}
            | {"label": next(label for label, saying in SAYINGS.items() if text.startswith(saying))}
            for i, text in enumerate(drawn["text"] if role == "train" else drawn["text"].str.replace("number", "no."))
        ]
        write_rows(home / f"{role}.jsonl", rows)
    training = stance.train(home / "train.jsonl", home / "audit.jsonl", output=home / "own", start_from="light")
    assert training.evaluation["n"] == 108
    record = stance.evaluate(home / "audit.jsonl", model=home / "own")
    assert record["model"] == training.model.name
    assert record["trained_on"] == 0
    assert stance.evaluate(home / "train.jsonl", model=home / "own")["trained_on"] == 54
    assert len(repr(training)) < 2_000, "a notebook prints it"
    assert set(stance.score(comments, model=training, target="russia")["model"]) == {training.model.name}


def test_the_error_names_why_the_only_input_was_skipped(home: Path) -> None:
    (home / "t.csv").write_text("words,channel\nNATO is late.,A\n")
    with (
        pytest.warns(InputWarning, match="no column chanel"),
        pytest.raises(NothingReadError, match=r"t\.csv: no column chanel among words, channel"),
    ):
        stance.score(home / "t.csv", columns={"text": "words", "outlet": "chanel"})


def test_what_is_left_out_is_told_each_time_at_the_line_that_asked(comments: Path) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(2):
            stance.parse(comments, "nowhere.html")
    assert [(each.category, Path(each.filename).name) for each in told] == [(InputWarning, "test_api.py")] * 2


@pytest.mark.parametrize("paths", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_a_list_of_paths_is_what_its_paths_are(paths: Callable[..., Any], comments: Path) -> None:
    assert stance.parse(paths([comments])) == stance.parse(comments)
    assert stance.parse(paths([str(comments)])) == stance.parse(comments)


def test_a_list_of_label_tables_is_refused(home: Path) -> None:
    with pytest.raises(TypeError, match=r"^list given; expected paths of files and folders"):
        stance.evaluate([Path("labels.csv")])


@pytest.mark.parametrize(
    "names", [["gone.html"], ["a/Russia and NATO.csv", "a/The USA is late.html"], ["x\\b.jsonl.gz"]]
)
def test_a_list_of_missing_paths_is_no_list_of_texts(names: list[str], home: Path) -> None:
    with pytest.raises(TypeError, match=r"looks like a path and is no file here; expected paths, a list of texts"):
        stance.parse(names)


TEXTS = ["NATO is late.", "Russia is late.", "Build the bridge at last."]
ROWS = pd.DataFrame({"text": TEXTS, "author": ["a", "b", "c"]})
GAPS = pd.DataFrame({"text": [None, np.nan, pd.NA, "", " "], "author": [*"vwxyz"]})


class Polars:
    """A frame as Polars gives it: a list of names, and rows as objects."""

    columns = ("text", "author")

    def to_dicts(self) -> list[dict[str, str]]:
        return [{"text": each, "author": f"a{number}"} for number, each in enumerate(TEXTS)]


@pytest.mark.parametrize(
    "given",
    [
        np.array(TEXTS), (each for each in TEXTS), set(TEXTS), [*TEXTS, None, "  "], pd.Series([*TEXTS, np.nan]),
        [{"text": each} for each in TEXTS], pa.table({"text": TEXTS}), pa.array(TEXTS), ROWS.astype("category"),
        pd.concat([ROWS, GAPS]), ROWS.assign(votes=pd.array([1, None, 3], dtype="Int64"), tags=[["a"]] * 3),
        ROWS.assign(id=range(3), parent=[np.nan, 0.0, np.nan]), ROWS.rename(columns={"text": "body"}), Polars(),
    ],
    ids=["array", "generator", "set", "gaps", "series", "dicts", "table", "arrow", "category", "frame with gaps",
         "Int64", "parents", "body", "polars"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_texts_come_in_any_container(given: Any) -> None:
    assert sorted(each.text for document in stance.parse(given) for each in document.comments) == sorted(TEXTS)


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (pd.date_range("2024-03-01", periods=3, tz="Europe/Berlin"), "2024-03-01T00:00:00+01:00"),
        ([pd.Timestamp("2024-03-01"), pd.NaT, pd.NaT], "2024-03-01T00:00:00"),
        ([date(2024, 3, 1)] * 3, "2024-03-01"),
        (pd.period_range("2024-03", periods=3, freq="M"), None),
    ],
    ids=["zone", "NaT", "date", "period"],
)
@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_times_and_ids_of_a_frame_are_kept(times: Any, first: str | None) -> None:
    (document,) = stance.parse(ROWS.assign(posted=times, id=[*"xyz"]))
    posted = {each.comment_id: each.posted for each in document.comments}
    assert (sorted(posted), posted["x"]) == ([*"xyz"], first)


@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_repeated_texts_stay_as_many_comments() -> None:
    for repeated in ([TEXTS[0], *TEXTS], pd.DataFrame({"text": [TEXTS[0], *TEXTS], "author": [*"aabc"]})):
        assert sum(len(document.comments) for document in stance.parse(repeated)) == 4


def test_a_target_in_the_place_of_a_file_of_targets_is_named() -> None:
    with pytest.raises(TypeError, match=r"score\(\) got targets='russia', which is no file; expected target='russia'"):
        stance.score(TEXTS, targets="russia", model="vader")


FRAME = pd.DataFrame({"claim": ["NATO is late."], "n": [1]})


@cases(
    *("given", "said"),
    more=[
        ((FRAME,), "no texts in the columns claim, n could be read; expected texts in a column text"),
        ((FRAME[["n", "claim", "n"]],), "a data frame with two columns n; expected each column once"),
        ((FRAME, "t.csv"), "DataFrame given; expected paths"),
        ((pd.concat({"a": FRAME}, axis=1),), "a data frame with the column ('a', 'claim') of several levels"),
        ((b"NATO is late.",), "bytes given; expected paths, a list of texts, or a data frame"),
        (([b"NATO is late."],), "list with bytes given; expected paths, a list of texts, or a data frame"),
        (([Path("pages"), "NATO is late."],), "a list of 'pages', which is a file or folder here, and of texts"),
        ((FRAME[:0],), "no texts in the columns claim, n could be read; expected texts in a column text"),
        ((FRAME.set_axis([0, 1], axis=1),), "no texts in the columns 0, 1 could be read"),
    ],
)
@pytest.mark.filterwarnings("ignore::stance.log.InputWarning")
def test_inputs_that_cannot_be_read_are_refused_with_a_line(given: tuple[Any, ...], said: str, home: Path) -> None:
    with pytest.raises((TypeError, StanceError), match="^" + re.escape(said)):
        stance.score(*given, model="vader")


def test_a_frame_in_the_place_of_a_file_of_labels_is_named(comments: Path) -> None:
    for verb, option in ((stance.compare, "labels"), (stance.sample, "exclude")):
        with pytest.raises(TypeError, match="DataFrame given; expected names or paths"):
            verb(comments, **{option: pd.DataFrame({"text": ["Go!"]})})  # type: ignore[operator]


def test_texts_and_frames_are_scored(home: Path) -> None:
    texts = ["NATO is a threat to peace.", "I love America, always."]
    scores = stance.score(texts, model="light", targets=["nato", "us"])
    assert list(scores["target"]) == ["nato", "us"] * 2
    frame = pd.DataFrame({
        "id": ["a", "b"], "text": texts, "author": ["Ann", None], "posted": [pd.Timestamp("2026-01-02"), pd.NaT],
    })  # fmt: skip
    of_frame = stance.score(frame, model="light", targets=["nato", "us"], names=True)
    assert list(of_frame["comment"]) == ["a", "a", "b", "b"]
    assert list(of_frame["author"]) == ["Ann", "Ann", None, None]
    assert of_frame["posted"].tolist() == [pd.Timestamp("2026-01-02", tz="UTC")] * 2 + [pd.NaT] * 2
    assert list(of_frame["stance"]) == list(scores["stance"])
    assert len(stance.parse(frame)[0].comments) == 2


def test_importing_stance_loads_no_heavy_package() -> None:
    code = "import sys, stance; sys.exit(bool({'pandas', 'jinja2', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
