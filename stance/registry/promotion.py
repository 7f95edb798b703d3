"""Decide whether a new model takes the place of the current one: only if it is surely better on labels new to both.

Both are measured on the same audit labels, and whole stories are resampled. A model that is as good is promoted once in
forty times by chance; with fewer stories than :data:`FEWEST_STORIES` it would be oftener.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stance.datamodels import FEWEST_TESTED
from stance.evaluation import Example, examples_digest
from stance.evaluation.assessment import LabelledPairs, baseline_guesses, factors_of, is_decided, judge_all, read_pairs
from stance.evaluation.measures import difference_record, evaluate, measures_record, paired_bootstrap
from stance.exceptions import LabelError, ModelError
from stance.registry import Kind, Registry, Version, resolve_model
from stance.scoring.instances import Scorer, decision_of
from stance.scoring.persistence import load_model, model_folder, train_rows
from stance.scoring.targets import TargetSet

FEWEST_ROWS = FEWEST_TESTED
"""Fewer audit labels promote nothing."""

FEWEST_STORIES = 15
"""Fewer stories promote nothing. Of two equally good models that err by story, the bootstrap finds the first surely
better in 12 % of 3 stories, 7 % of 5, 6 % of 10, 3 % of 15, and 2.5 % of 30 to 100, in 600 simulated samples each."""

MEASURE = "macro_f1"
MOST_WISHED = 20
"""Times the audit labels there are: beyond it, how many are needed is not worth saying."""

_DEEPEST, _LONGEST = 6, 60  # levels of a card that are compared, characters that are shown
_SHOWN_MEASURES = re.compile(r"measures\.(?:n|macro_f1|accuracy|favg|ece|targets\.([^.]{1,60})\.macro_f1)")

Record = dict[str, Any]
Test = Callable[[Example], bool]


class Decision(NamedTuple):
    """Result of a promotion."""

    kind: Kind  # promoted, kept or forced
    record: Record  # as :func:`measure` returns it, with ``candidate``, ``against`` and ``needed``


def measure(
    first: Scorer, second: Scorer, examples: Sequence[Example], *, seed: int = 0, is_known: Test = lambda _: False
) -> Record:
    """Measure two models on the same labelled pairs, where both give a stance.

    :param examples: Any labelled pairs, each with its story.
    :param seed: Of the bootstrap.
    :param is_known: Whether one of the models was trained on a pair; such pairs are left out.
    :return: The difference, the measures of both, and a description of the pairs, as JSON can hold it.
    :raises LabelError: If no pair is left.
    """
    fresh = [example for example in examples if not is_known(example)]
    if not fresh:
        raise LabelError(f"all {len(examples)} pairs are in the training data of a model; expected pairs new to both")
    found = [judge_all(model, fresh).probabilities for model in (first, second)]
    rows = np.flatnonzero(is_decided(found[0], 0.0) & is_decided(found[1], 0.0)).tolist()
    if not rows:
        raise LabelError(f"{first.name}, {second.name}: none of {len(fresh)} pairs decided by both; expected some")
    left, (one, other) = [fresh[row] for row in rows], (probabilities[rows] for probabilities in found)
    gold, stories = [example.label for example in left], [example.story for example in left]
    rules = factors_of(left, partial(decision_of, first)), factors_of(left, partial(decision_of, second))
    measures = [
        measures_record(evaluate(gold, each, stories=stories, seed=seed, decision=rule))
        for each, rule in zip((one, other), rules, strict=True)
    ]
    return {
        "measure": MEASURE,
        "difference": difference_record(paired_bootstrap(gold, one, other, stories, MEASURE, seed, rules)),
        "baselines": {
            name: {MEASURE: evaluate(gold, guess, stories=stories, seed=seed).macro_f1}
            for name, guess in baseline_guesses(left, gold).items()
        },
        "scores": [{"model": first.name, **measures[0]}, {"model": second.name, **measures[1]}],
        "data": {
            "pairs": len(left),
            "audit": sum(example.role == "audit" for example in left),
            "stories": len(set(stories)),
            "sha256": examples_digest(left),
            "left_out": {"trained_on": len(examples) - len(fresh), "undecided": len(fresh) - len(left)},
        },
    }


def promote(
    candidate: Scorer,
    current: Scorer,
    audit: Sequence[Example],
    *,
    seed: int = 0,
    force: bool = False,
    is_known: Test = lambda _: False,
) -> Decision:
    """Decide whether a candidate takes the place of the current model.

    It does when the 95 % interval of the difference of macro F1 lies above zero, on at least :data:`FEWEST_ROWS` audit
    pairs of at least :data:`FEWEST_STORIES` stories, and no baseline beats it, there or on its own test.

    :param audit: Labelled pairs; those that are no audit pairs are not looked at.
    :param force: Promote it in any case; the decision then says so.
    :param is_known: As for :func:`measure`.
    :raises LabelError: If there is no audit pair that is new to both.
    """
    measured = measure(candidate, current, _audit_pairs(audit), seed=seed, is_known=is_known)
    beaten = _beaten_by({**measured["scores"][0], "baselines": measured["baselines"]}, "these labels")
    beaten = beaten or _beaten_by(candidate.card.get("measures"), "its own test")
    is_better = decides(measured) and measured["difference"]["interval"][0] > 0 and not beaten
    kind = Kind.PROMOTED if is_better else Kind.FORCED if force else Kind.KEPT
    names = {"candidate": candidate.name, "against": current.name, "needed": _needed(measured["difference"])}
    names["beaten_by"] = beaten
    return Decision(kind, names | measured)


def _beaten_by(measures: Any, where: str) -> str | None:
    """Describe the best baseline if its macro F1 is higher than the model's; a card may come from anyone."""
    try:
        own, others = measures[MEASURE], {name: each[MEASURE] for name, each in measures["baselines"].items()}
        best = max(others, key=others.__getitem__)
        if others[best] > own:
            return f"the baseline {best} has macro F1 {others[best]:.3f} on {where}, the model {own:.3f}"
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    return None


def decides(measured: Record) -> bool:
    """Return whether there are enough labels to decide anything."""
    return bool(measured["data"]["pairs"] >= FEWEST_ROWS and measured["data"]["stories"] >= FEWEST_STORIES)


def _needed(found: Mapping[str, Any]) -> int | None:
    """Estimate how many more audit labels would do, if the difference is as large as it seems; None: no use to say."""
    difference, n = found["difference"], found["n"]
    if difference <= 0:
        return None
    # The width of an interval goes with one over the root of the number of labels.
    wished = max(FEWEST_ROWS - n, n * (((difference - found["interval"][0]) / difference) ** 2 - 1))
    unit: int = 10 ** max(0, len(str(ceil(wished))) - 2)  # two digits: more would promise more
    return ceil(wished / unit) * unit if 0 < wished <= MOST_WISHED * n else None


def _audit_pairs(examples: Sequence[Example]) -> list[Example]:
    drawn = [example for example in examples if example.role == "audit"]
    if not drawn:
        raise LabelError(f"{len(examples)} labelled pairs, none with role audit; expected a sample by stance sample")
    return drawn


def read_audit(paths: Sequence[Path], targets: TargetSet) -> LabelledPairs:
    """Read the label tables of a promotion.

    :raises LabelError: If no row of them is an audit row that can be used.
    """
    sample = read_pairs(paths, targets)
    _audit_pairs(sample.examples)
    return sample


def promote_version(
    registry: Registry, version: Version, audit: LabelledPairs, *, seed: int = 0, force: bool = False, command: str = ""
) -> Decision:
    """Measure a version against the current one of its name, and record the decision.

    The first version of a name has to be better than ``default``: that is the model where no other is asked for.

    :param audit: As :func:`read_audit` returns it.
    :raises LabelError: If there is no audit pair that is new to both.
    :raises ModelError: If a model cannot be loaded, or another run changed the current version meanwhile.
    """
    against = registry.current(version.name)
    if against == version:
        raise ModelError(f"{version.label}: the current {version.name} already; expected another version of it")
    registry.check(version)
    places = [registry.place(version), model_folder(resolve_model(against.label, registry) if against else "default")]
    candidate, current = (load_model(place) for place in places)
    decision = promote(candidate, current, audit.examples, seed=seed, force=force, is_known=known_to(places))
    registry.decide(version, decision.kind, decision.record, against=against, command=command)
    return decision


def known_to(folders: Iterable[Path]) -> Test:
    """Return the test whether one of some models was trained on a pair, as their folders say."""
    rows = frozenset(row for folder in folders for row in train_rows(folder).tolist())
    return lambda example: example.digest in rows


def card_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Compare the cards of two models.

    :return: Path of each entry that differs, as ``data.train.pairs``, and its value in each; a dash: none.
    """
    one, other = dict(_entries(first)), dict(_entries(second))
    differing = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    return [(_shortened(key), _shortened(one.get(key, "-")), _shortened(other.get(key, "-"))) for key in differing]


def _entries(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Flatten a card: of the measures, only those of the model itself, over all and toward its tested targets."""
    tested = card.get("targets_tested", ())
    waiting: list[tuple[tuple[str, ...], Any]] = [((), card)]
    while waiting:
        parts, value = waiting.pop()
        if isinstance(value, Mapping) and len(parts) < _DEEPEST:
            waiting += [((*parts, str(key)), each) for key, each in value.items()]
            continue
        path = ".".join(parts)
        shown = _SHOWN_MEASURES.fullmatch(path)
        is_tested = shown and (shown[1] is None or (isinstance(tested, list) and shown[1] in tested))
        if is_tested or not path.startswith("measures."):
            yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shortened(text: str) -> str:
    text = "".join(character if character.isprintable() else " " for character in text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
