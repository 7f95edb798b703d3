"""Measure the stance models on the project's comments: the effect of each part, new stories, new targets.

Usage: python -m research.benchmarks.stances [parts] [folds] [targets] [--model light|default ...] > build/stances.md
Folds and new targets are measured for both models, unless --model names one.
"""

import argparse
from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from research import ALL_COMMENTS
from research.splits import held_out_stories, story_split
from research.training.scratch import train
from stance.datamodels import STANCES, Stance
from stance.labels import ALWAYS_JUDGED, load_labels
from stance.learn import Example, make_examples
from stance.learn.measures import Answers, evaluate, majority_baseline, vader_baseline
from stance.scoring.encoder import TextEncoder
from stance.scoring.instances import Instance, is_named
from stance.scoring.persistence import load_model
from stance.scoring.sentiment import score_texts
from stance.scoring.targets import load_targets

SETS = {
    "ordinary (p-s)": "pqrs",
    "long (g-n)": "ghijklmn",
    "hard (a-f)": "abcdef",
    "home (u-x)": "uvwx",
    "posts (o, y, z)": "oyz",
}
MEASURED = "".join(SETS.values())  # set t is for training alone
Guess = tuple[Example, np.ndarray]
SIDES = [str(stance) for stance in (Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL)]
NEW_TARGETS = 10
FOLDS = 5


class RememberingEncoder(TextEncoder):
    """Encodes each text once, however often a model is fitted."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[object, ...], np.ndarray] = {}

    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        keys = [(i.text, tuple((m.start, m.end) for m in i.own_mentions)) for i in instances]
        new = {key: instance for key, instance in zip(keys, instances, strict=True) if key not in self.known}
        self.known |= dict(zip(new, super().encode(list(new.values())), strict=True))
        return np.array([self.known[key] for key in keys]) if keys else super().encode([])


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


def parts(examples: Sequence[Example], _: TextEncoder, __: Sequence[str]) -> None:
    """Print what each part of the model adds on held-out stories."""
    held_out = judged(story_split(examples, held_out_stories())[1])
    gold, stories = [e.label for e in held_out], [e.story for e in held_out]
    instances = [example.instance for example in held_out]
    named = [bool(instance.own_mentions) for instance in instances]
    models = {name: load_model(name) for name in ("light", "default")}  # fitted on the other stories
    found = {
        "commonest label": majority_baseline(gold),
        "VADER behind the mention gate": vader_baseline(score_texts([i.text for i in instances]), named),
        "light: cues, sentiment, words": models["light"].predict_proba(instances),
        "default: light and the encoder": models["default"].predict_proba(instances),
    }
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
    surest(held_out, found["default: light and the encoder"])


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


def folds(examples: Sequence[Example], encoder: TextEncoder, models: Sequence[str]) -> None:
    """Print measures on each fifth of the stories, by models fitted on the others."""
    print(f"## {FOLDS} folds of stories, addressed pairs, macro F1 of favor, against, neutral\n")
    print(f"| model | {' | '.join(SETS)} | each fold, ordinary |\n|---|{'---|' * len(SETS)}---|")
    for name in models:
        folds = folds_of(examples, encoder, name)
        cells = by_sets(*_parted([guess for fold in folds for guess in fold]))
        print(
            f"| {name} | {' | '.join(cells)} | {', '.join(by_sets(*_parted(fold))[0] for fold in folds)} |", flush=True
        )
    print()


def folds_of(examples: Sequence[Example], encoder: TextEncoder, name: str) -> list[list[Guess]]:
    """Guess each fifth of the stories by a model fitted on the others."""
    stories = [example.story for example in examples]
    folds = []
    for fitted, left_out in GroupKFold(FOLDS).split(stories, groups=stories):
        model = train([examples[i] for i in fitted])
        measured = [example for example in judged([examples[i] for i in left_out]) if example.source in MEASURED]
        probabilities = model.predict_proba([example.instance for example in measured])
        folds.append(list(zip(measured, probabilities, strict=True)))
    return folds


def _parted(guesses: Sequence[Guess]) -> tuple[list[Example], np.ndarray]:
    return [example for example, _ in guesses], np.array([probabilities for _, probabilities in guesses])


def targets(examples: Sequence[Example], encoder: TextEncoder, models: Sequence[str]) -> None:
    """Print measures toward targets of which the models saw no label, five left out at a time."""
    addressed = [example for example in examples if example.label is not Stance.NOT_ADDRESSED]
    counts = Counter(e.instance.target for e in addressed if e.instance.target not in ALWAYS_JUDGED)
    commonest = [target for target, _ in counts.most_common(NEW_TARGETS)]
    print(f"## New targets: addressed pairs toward {NEW_TARGETS} targets, each by a model that saw no label of it\n")
    print("Half of the targets are left out at a time.\n")
    heads = [*(f"macro F1, {name}" for name in models), "always against"]
    print(f"| target | pairs | {' | '.join(heads)} |\n|---|---|{'---|' * len(heads)}")
    rows: dict[str, list[float]] = {}
    for start in (0, 1):
        left_out = commonest[start::2]
        fitted = [example for example in examples if example.instance.target not in left_out]
        made = [train(fitted) for name in models]
        for target in left_out:
            own = [e for e in addressed if e.instance.target == target and e.source in MEASURED]
            guesses = [model.predict_proba([e.instance for e in own]) for model in made]
            guesses.append(np.tile(np.eye(len(STANCES))[STANCES.index(Stance.AGAINST)], (len(own), 1)))
            rows[target] = [len(own), *(addressed_f1(own, guess) for guess in guesses)]
    for target in commonest:
        n, *scores = rows[target]
        print(f"| {target} | {n:.0f} | {' | '.join(f'{score:.3f}' for score in scores)} |")
    means = np.mean([scores for _, *scores in rows.values()], axis=0)
    print(f"| mean | | {' | '.join(f'{mean:.3f}' for mean in means)} |\n")


PARTS = (parts, folds, targets)
MODELS = ("light", "default")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the stance models on the project's comments.")
    names = [part.__name__ for part in PARTS]
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(names)}; all if none is given")
    parser.add_argument("--model", action="append", choices=MODELS, help="for folds and targets; both if not given")
    wanted = parser.parse_args()
    if unknown := set(wanted.parts) - set(names):
        parser.error(f"{', '.join(sorted(unknown))}; expected any of {', '.join(names)}")
    rows = load_labels(ALL_COMMENTS).comments
    examples, _ = make_examples(rows, load_targets())
    encoder = RememberingEncoder()
    if not wanted.parts:
        print("# Stance models on the project's comments\n")
        print("Made by `python -m research.benchmarks.stances`; comments, sets and splits: `data/README.md`.\n")
    with threadpool_limits(1):
        for part in PARTS:
            if not wanted.parts or part.__name__ in wanted.parts:
                part(examples, encoder, wanted.model or MODELS)


if __name__ == "__main__":
    main()
