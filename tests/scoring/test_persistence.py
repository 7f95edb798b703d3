"""Model folders: nothing is lost, nothing is executed, nothing damaged is used."""

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from stance.exceptions import ModelError
from stance.scoring.cards import ARRAYS, CARD
from stance.scoring.encoder import TextEncoder
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model, model_digest, save_model
from stance.scoring.reader import PairReader
from tests.support.tables import cases
from tests.support.tiny_models import AGAINST, FAVOR, edit_json, instance, tiny


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return replace(tiny(), card={"about": "a test"})


@pytest.fixture
def folder(model: StanceModel, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "tiny")
    return tmp_path / "tiny"


def test_what_is_returned_is_what_is_loaded_and_no_probability_changes(model: StanceModel, tmp_path: Path) -> None:
    returned, loaded = save_model(model, tmp_path / "m"), load_model(tmp_path / "m")
    instances = [instance(text) for text in (*FAVOR, *AGAINST, "shame 🤡 on é\nRussia", "")]
    found = loaded.predict_proba(instances)
    assert (returned.predict_proba(instances) == found).all()
    assert np.allclose(model.predict_proba(instances), found, atol=2e-3)  # half precision
    assert (returned.name, returned.languages) == (loaded.name, ("en",))
    assert loaded.card["about"] == "a test"
    assert loaded.name.startswith("m@")


def test_the_same_model_is_saved_byte_for_byte(model: StanceModel, tmp_path: Path) -> None:
    for place in ("one", "two"):
        save_model(model, tmp_path / place / "m")
    contents = [{p.name: p.read_bytes() for p in (tmp_path / place / "m").iterdir()} for place in ("one", "two")]
    assert contents[0] == contents[1]


def test_kept_pairs_are_bytes(model: StanceModel, tmp_path: Path) -> None:
    kept = np.random.default_rng(0).normal(size=(2, model.columns.width))
    saved = save_model(replace(model, stored=(kept, 1.0)), tmp_path / "own")
    assert saved.kept is not None
    assert np.abs(saved.kept - kept).max() < np.abs(kept).max() / 200
    arrays = load((tmp_path / "own" / ARRAYS).read_bytes())
    put(tmp_path / "own", ARRAYS, save(arrays | {"kept_bytes": arrays["kept_bytes"][:, 1:]}))
    with pytest.raises(ModelError, match="kept_bytes"):
        load_model(tmp_path / "own")


def test_a_model_of_an_earlier_form_of_its_encoder_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_model(replace(load_model("default"), others=None), tmp_path / "own")
    edit_json(tmp_path / "own" / CARD, encoder="0" * 64)
    with pytest.raises(ModelError, match="made with the encoder '000000000000', which is not installed"):
        load_model(tmp_path / "own")
    monkeypatch.setattr(TextEncoder, "earlier", {"0" * 64})
    assert isinstance(load_model(tmp_path / "own").columns, PairReader)


def test_saving_replaces_a_folder_as_a_whole(model: StanceModel, folder: Path) -> None:
    (folder / "README.md").write_bytes(b"old")
    save_model(model, folder)
    assert not (folder / "README.md").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("name", ["labels.csv", "others/thesis.txt", "chapters.npy/one.txt"])
def test_what_is_no_part_of_a_model_is_never_replaced(model: StanceModel, folder: Path, name: str) -> None:
    stranger = folder / name
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_text("mine")
    with pytest.raises(ModelError, match="no part of a model, and would be lost; expected a new folder"):
        save_model(model, folder)
    assert stranger.read_text() == "mine"
    assert load_model(folder).name.startswith("tiny@")


def test_a_place_without_a_model_is_taken_only_where_it_is_empty(model: StanceModel, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ModelError, match="notes: no part of a model, and would be lost"):
        save_model(model, tmp_path / "notes")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "README.md").write_text("mine")
    with pytest.raises(ModelError, match=r"project.README\.md: no part of a model"):
        save_model(model, tmp_path / "project")
    (tmp_path / "empty").mkdir()
    assert save_model(model, tmp_path / "empty").name.startswith("empty@")


def put(folder: Path, name: str, content: bytes) -> None:
    """Replace a file, and the digest of the arrays, as somebody would who means harm."""
    (folder / name).write_bytes(content)
    if name == ARRAYS:
        edit_json(folder / CARD, sha256=hashlib.sha256(content).hexdigest())


def put_array(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        arrays = load((folder / ARRAYS).read_bytes())
        put(folder, ARRAYS, save(arrays | {name: change(arrays[name])}))

    return write


def drop_array(folder: Path) -> None:
    arrays = load((folder / ARRAYS).read_bytes())
    put(folder, ARRAYS, save({name: array for name, array in arrays.items() if name != "coef"}))


@cases(
    *("damage", "seen"),
    more=[
        (lambda folder: (folder / ARRAYS).unlink(), "model.safetensors: no such file"),
        (lambda folder: (folder / ARRAYS).write_bytes(b"x"), "model.safetensors: its digest"),
        (drop_array, "no array 'coef'"),
        (put_array("coef", lambda coef: coef[:, :-1]), "coef: float16 of shape"),
        (put_array("coef", lambda coef: coef.astype("<f8")), "coef: float64 of shape"),
        (put_array("coef", lambda coef: np.full_like(coef, np.inf)), "coef: numbers beyond"),
        (put_array("intercept", lambda row: np.full_like(row, np.nan)), "intercept: numbers beyond"),
    ],
)
def test_damage_is_named_in_one_line(folder: Path, damage: Any, seen: str) -> None:
    if not isinstance(damage, dict):
        damage(folder)
    elif "put" in damage:
        name, content, times = damage["put"]
        put(folder, name, content.encode("latin-1") * times)
    else:
        edit_json(folder / CARD, **damage)
    with pytest.raises(ModelError) as error:
        load_model(folder)
    assert seen in str(error.value)
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib"])
def test_pickles_are_named_and_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    for place in (tmp_path, tmp_path / name):
        with pytest.raises(ModelError, match="a pickle, which could run code and is never loaded"):
            load_model(place)


def test_other_things_that_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"an empty folder; expected card\.json"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="no model"):
        load_model(tmp_path / "missing")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ModelError, match=r"notes\.txt: a file, not a model folder; expected"):
        load_model(tmp_path / "notes.txt")


@pytest.mark.parametrize("change", [{"languages": ["de"]}, {"decision": [1, 1, 1, 2]}])
def test_another_description_is_another_model(folder: Path, change: dict[str, Any]) -> None:
    before = model_digest(folder)
    edit_json(folder / CARD, **change)
    assert model_digest(folder) != before
