"""Models that are made in no time, for tests of what is done with models."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.datamodels import Mention, Via
from stance.learn import cross_validation
from stance.scoring.instances import Instance
from stance.scoring.model import StanceModel
from stance.scoring.words import WordReader

FAVOR, AGAINST = ("I stand with Russia", "Russia must win this"), ("shame on Russia", "Russia's aggression is a crime")


def tiny(seed: int = 0) -> StanceModel:
    """Make a model that knows four sentences; another for each seed."""
    columns = WordReader()
    matrix = columns.read([instance(text) for text in (*FAVOR, *AGAINST)]).matrix()
    signs = np.array([1.0, 1.0, -1.0, -1.0])
    side = 20 * np.asarray(matrix.T @ signs).ravel()
    coef = np.zeros((4, columns.width))
    coef[0], coef[1] = side, -side
    card = {"data": {"train": {"sha256": f"{seed:064}"}}, "seed": seed}
    return StanceModel("tiny", columns, coef, np.array([0.0, 0.0, -3.0, -3.0 - seed / 100]), card=card)


def instance(text: str, target: str = "russia", via: Via | None = None, **rest: Any) -> Instance:
    """Make an instance with a mention where the text first holds the id of its target, in any case."""
    found = re.search(target, text, re.IGNORECASE)
    mentions = (Mention(target, *found.span(), "name"),) if found else ()
    return Instance(text, target, mentions, via or (Via.TEXT if found else None), **rest)


def write_labels(path: Path, role: str = "train", copies: int = 20) -> Path:
    """Write labels of the sentences that the model knows, each some times with another number behind it."""
    sides = {**dict.fromkeys(FAVOR, "favor"), **dict.fromkeys(AGAINST, "against")}
    texts = [(f"{text}, {number}", side) for number in range(copies) for text, side in sides.items()]
    rows = [f'{n},"{text}",russia,{side},story {n // 2},{role}' for n, (text, side) in enumerate(texts)]
    path.write_text("\n".join(["id,text,target,label,document,role", *rows]) + "\n")
    return path


def quicken_training(patch: pytest.MonkeyPatch, folds: int = 2) -> None:
    """Measure models in two folds, and keep answers to a few other texts alone: a sixth of the time."""
    pairs = cross_validation.other_pairs()[::12]
    patch.setattr(cross_validation, "FOLDS", folds)
    patch.setattr(cross_validation, "other_pairs", lambda: pairs)


def edit_json(path: Path, **changes: object) -> None:
    """Change entries of a JSON object in a file."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
