"""Bundles for replication: the same shares without any text, and no other zip file is read."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stance.exceptions import InputError
from stance.reading.bundles import BUNDLE, unbundled
from tests.support.commands import refused, run
from tests.support.labelled_stores import make_labelled_store
from tests.support.store_samples import stored
from tests.support.tables import cases

pytestmark = pytest.mark.filterwarnings("ignore::stance.log.InputWarning")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_labelled_store(tmp_path_factory.mktemp("store"), pages=12, comments=12, labels=120)


@pytest.fixture(scope="module")
def bundle(store: Path) -> Path:
    done = run("export", store, "--bundle")
    assert "gives the same figures, and stance verify checks them" in done.stderr
    return store.with_suffix(".zip")


def test_a_bundle_holds_what_replication_needs_and_no_text(store: Path, bundle: Path) -> None:
    documents = stored(store)
    with zipfile.ZipFile(bundle) as packed:
        assert tuple(packed.namelist()) == BUNDLE
        members = {name: packed.read(name) for name in BUNDLE}
    assert members["CITATION.txt"].startswith(b"The stance authors (2026): stance, version ")
    whole = b"".join(members.values())
    for document in documents:
        texts = [document.title, *document.body, *(comment.text for comment in document.comments)]
        assert not any(text.encode() in whole for text in texts if text)
    rows = list(csv.DictReader(io.StringIO(members["scores.csv"].decode())))
    assert len(rows) == sum(score.sentence is None for document in documents for score in document.scores)
    assert len(list(csv.DictReader(io.StringIO(members["labels.csv"].decode())))) > 100
    assert all(len(row["sha256"]) == 64 for row in csv.DictReader(io.StringIO(members["inputs.csv"].decode())))
    assert str(store.parent).encode() not in whole
    assert set(json.loads(members["bundle.json"])["sha256"]) == {*BUNDLE}
    assert b"its proportion among the comments" in members["methods.txt"]


def repacked(bundle: Path, path: Path, **changes: Any) -> Path:
    """Copy a bundle with other members; None leaves one out."""
    with zipfile.ZipFile(bundle) as packed, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in packed.namelist():
            data = changes.get(name.partition(".")[0], packed.read(name))
            if data is not None:
                copy.writestr(name, data)
        for name in changes.get("more", ()):
            copy.writestr(name, b"x")
    return path


@cases("changes", "message", more=[({"store": b"0" * 30_000_000}, "expands to more than")])
def test_another_zip_file_is_refused_in_one_line(
    bundle: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = repacked(bundle, tmp_path / "other.zip", **changes)
    line = refused("report", path, "-o", tmp_path / "out", code=1)
    assert message in line
    assert "expected a bundle" in line or "limit" in line
    assert [each.name for each in tmp_path.iterdir()] == ["other.zip"]


@pytest.mark.parametrize("place", [0, 200, 5_000, -2_000, -60, -30, -10, -1])
def test_a_damaged_bundle_is_refused_or_gives_the_same(bundle: Path, tmp_path: Path, place: int) -> None:
    data = bytearray(bundle.read_bytes())
    data[place] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(data)
    try:
        assert Path(unbundled(tmp_path / "damaged.zip")).read_bytes() == Path(unbundled(bundle)).read_bytes()
    except InputError as error:
        message = str(error)
    else:
        message = "damaged.zip"
    assert "damaged.zip" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["scores.csv", "labels.csv", "methods.txt", "store.db"])
def test_a_changed_member_is_named(bundle: Path, tmp_path: Path, name: str) -> None:
    path = repacked(bundle, tmp_path / "changed.zip", **{name.partition(".")[0]: b"text,author\nI like it.,Ann\n"})
    assert f"changed.zip: {name} was changed" in refused("report", path, "-o", tmp_path / "out", code=1)
