"""Measure the stance models that ship on the project's comments of held-out stories, by kind of comment.

Usage: python -m research.benchmarks.stances > build/stances.md
"""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score

from research import ALL_COMMENTS
from research.splits import held_out_stories, story_split
from stance.datamodels import STANCES, Stance
from stance.labels.records import ALWAYS_JUDGED
from stance.labels.tables import load_labels
from stance.learn.examples import Example, make_examples
from stance.learn.measures import Answers, evaluate, majority_baseline, vader_baseline
from stance.scoring.instances import is_named
from stance.scoring.persistence import load_model
from stance.scoring.sentiment import score_texts
from stance.scoring.targets.target_set import load_targets

SETS = {
    "ordinary (p-s)": "pqrs",
    "long (g-n)": "ghijklmn",
    "hard (a-f)": "abcdef",
    "home (u-x)": "uvwx",
    "posts (o, y, z)": "oyz",
}
SIDES = [str(stance) for stance in (Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL)]


def addressed_f1(examples: Sequence[Example], probabilities: np.ndarray) -> float:
    """Macro F1 of favor, against and neutral on the pairs that address their target, "not addressed" left out."""
    rows = [i for i, example in enumerate(examples) if example.label is not Stance.NOT_ADDRESSED]
    columns = [STANCES.index(Stance(side)) for side in SIDES]
    guesses = np.array(SIDES)[probabilities[np.ix_(rows, columns)].argmax(axis=1)]
    return float(f1_score([str(examples[i].label) for i in rows], guesses, labels=SIDES, average="macro"))


def by_sets(examples: Sequence[Example], probabilities: np.ndarray) -> list[str]:
    """Give the macro F1 of the addressed pairs of each kind of set."""
    cells = []
    for sources in SETS.values():
        rows = [i for i, example in enumerate(examples) if example.source in sources]
        cells.append(f"{addressed_f1([examples[i] for i in rows], probabilities[rows]):.3f}")
    return cells


def judged(examples: Sequence[Example]) -> list[Example]:
    return [example for example in examples if example.instance.target in ALWAYS_JUDGED]


def measure(examples: Sequence[Example]) -> None:
    """Print measures on held-out stories."""
    held_out = judged(story_split(examples, held_out_stories())[1])
    gold, stories = [e.label for e in held_out], [e.story for e in held_out]
    instances = [example.instance for example in held_out]
    named = [bool(instance.own_mentions) for instance in instances]
    found = {
        "commonest label": majority_baseline(gold),
        "VADER behind the mention gate": vader_baseline(score_texts([i.text for i in instances]), named),
    }
    found |= {name: load_model(name).predict_proba(instances) for name in ("light", "default")}
    print(f"## Held-out stories: {len(held_out)} pairs toward {', '.join(ALWAYS_JUDGED)}\n")
    print(
        f"| | macro F1 of four | accuracy | ECE | {' | '.join(f'addressed, {name}' for name in SETS)} |\n"
        f"|---|---|---|---|{'---|' * len(SETS)}"
    )
    for name, probabilities in found.items():
        all_four = evaluate(Answers.of(gold, probabilities, stories))
        cells = [
            f"{all_four[m]:.3f} ({low:.3f} to {high:.3f})"
            for m, (low, high) in all_four["interval"].items()
            if m in ("macro_f1", "accuracy", "ece")
        ]
        cells += by_sets(held_out, probabilities)
        print(f"| {name} | {' | '.join(cells)} |")
    surest(held_out, found["default"])


def surest(examples: Sequence[Example], probabilities: np.ndarray) -> None:
    """Print accuracy on the pairs that the model is surest of, of those that address their target and name it.

    The others have the odds of real comments, which hide their sides far less often than these.
    """
    rows = [i for i, e in enumerate(examples) if e.label is not Stance.NOT_ADDRESSED and is_named(e.instance)]
    sure = probabilities[rows].max(axis=1)
    right = np.array([STANCES[probabilities[i].argmax()] is examples[i].label for i in rows])
    order = np.argsort(-sure, kind="stable")
    print(
        "\nAbstaining (default, pairs that address their target and name it): share kept, accuracy on it\n\n"
        "| kept | accuracy | least probability |\n|---|---|---|"
    )
    for share in (1.0, 0.75, 0.5, 0.25):
        kept = order[: max(1, round(share * len(order)))]
        print(f"| {share:.0%} | {right[kept].mean():.3f} | {sure[kept].min():.2f} |")
    print()


def main() -> None:
    examples, _ = make_examples(load_labels(ALL_COMMENTS).comments, load_targets())
    print("# Stance models on the project's comments\n")
    print("Made by `python -m research.benchmarks.stances`; comments, sets and splits: `research/data/README.md`.\n")
    measure(examples)


if __name__ == "__main__":
    main()
