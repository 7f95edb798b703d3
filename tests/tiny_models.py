"""Models that are made in no time, for tests of what is done with models."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from stance.datamodels import Mention, Via
from stance.scoring.classifier import StanceClassifier
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance
from stance.scoring.model import StanceModel

FAVOR, AGAINST = ("I stand with Russia", "Russia must win this"), ("shame on Russia", "Russia's aggression is a crime")


def tiny(seed: int = 0, *, wrong: bool = False) -> StanceModel:
    """Make a model that knows four sentences; another for each seed, all of them right, or all of them wrong."""
    texts = [*FAVOR, *AGAINST] * 3
    labels = [("favor" if (text in FAVOR) != wrong else "against") for text in texts]
    instances = [instance(text) for text in texts]
    features = InstanceFeatures(n_hashes=16)
    matrix = features.fit(instances).transform(instances)
    classifier = StanceClassifier(channels=features.channels).fit(matrix, labels)
    classifier.intercept_ = classifier.intercept_ + seed  # another model that says the same
    card = {"data": {"train": {"sha256": f"{seed:064}"}}, "seed": seed}
    return StanceModel(features, classifier, np.full((2, 3, 4), 0.25), name="tiny", card=card)


def instance(text: str, target: str = "russia", via: Via | None = None, **rest: Any) -> Instance:
    """Make an instance with a mention where the text first holds the id of its target, in any case."""
    found = re.search(target, text, re.IGNORECASE)
    mentions = (Mention(target, *found.span(), "name"),) if found else ()
    return Instance(text, target, mentions, via or (Via.TEXT if found else None), **rest)


def edit_json(path: Path, **changes: object) -> None:
    """Change entries of a JSON object in a file."""
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def chosen_classes(classifier: StanceClassifier, matrix: Any) -> Any:
    """Return the most probable class of each row."""
    return classifier.classes_[classifier.predict_proba(matrix).argmax(axis=1)]
