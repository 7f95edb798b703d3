"""Labelled real comments of all kinds, as pairs to learn from."""

from collections.abc import Mapping
from pathlib import Path

from research import read_labels
from research.held import is_held
from research.training.real_comments import KINDS, read_kind
from stance.datamodels import LabelledComment, Stance
from stance.learn.examples import Example, make_examples
from stance.scoring.targets.target_set import TargetSet

GOLD = 0.5  # weight of a label against what another model read


def read_kinds(texts: Mapping[str, str], targets: TargetSet) -> dict[str, list[Example]]:
    """Read the labels of kinds, and their texts.

    :param texts: Name of a kind -> its table; those of ``blog`` lie beside its labels.
    """
    known = {kind.name: kind for kind in KINDS}
    found = {}
    for name, path in texts.items():
        examples = list(read_kind(known[name], Path(path), targets)) if name in known else _threads(Path(path), targets)
        found[name] = [each for each in examples if not is_held(each.instance.text)]
    return found


def _threads(path: Path, targets: TargetSet) -> list[Example]:
    """Read comments with headline, lead and parent: ``NAME.csv`` with their texts, ``NAME_labels.csv``."""
    rows = {row["id"]: row for row in read_labels(path)}
    comments = []
    for label in read_labels(path.with_name(f"{path.stem}_labels.csv")):
        row = rows[label["id"]]
        settled = label.get("settled") or (label["label_a"] if label["label_a"] == label["label_b"] else "")
        if settled:
            comments.append(
                LabelledComment(
                    text=row["text"],
                    target=label["target"],
                    label=Stance(settled),
                    comment_id=label["id"],
                    annotator=path.stem,
                    language="en",
                    document=f"{path.stem} {row['post']}",
                    title=row.get("headline") or None,
                    lead=row.get("lead") or None,
                    parent=row.get("parent") or None,
                )
            )
    return make_examples(comments, targets)[0]
