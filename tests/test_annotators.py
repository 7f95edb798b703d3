"""Labels of two annotators of one comment: each counts half, and their disagreement widens the interval."""

from pathlib import Path

import numpy as np
import pytest

from stance.aggregation import ClusterSums, estimate_group
from stance.aggregation.clusters import Row
from stance.datamodels import STANCES, Share, Stance
from stance.evaluation.assessment import load_audit
from stance.log import Log

AGAINST, FAVOR, NEUTRAL, NONE = (
    STANCES.index(each) for each in (Stance.AGAINST, Stance.FAVOR, Stance.NEUTRAL, Stance.NOT_ADDRESSED)
)
SURE = tuple(0.97 if at == AGAINST else 0.01 for at in range(4))


def share(sums: ClusterSums, population: str = "outlet") -> Share:
    found = estimate_group("nato", sums.observations()).shares
    return next(each for each in found if (each.stance, each.population) == (Stance.AGAINST, population))


def labelled(labels: list[tuple[int, ...]], probability: float = 1.0) -> ClusterSums:
    """Count comments with the labels of one or several annotators, in articles of four."""
    sums = ClusterSums()
    for at, (first, *others) in enumerate(labels):
        row = Row(at // 4, at, AGAINST, 0.0, SURE)  # type: ignore[arg-type]
        sums.add(row)
        sums.add_label(first, probability, others)
    return sums


def test_each_of_two_labels_counts_half() -> None:
    agreed = [(AGAINST, AGAINST)] * 40 + [(FAVOR, FAVOR)] * 40
    disputed = [(AGAINST, FAVOR)] * 20
    for labels in (agreed + disputed, agreed + [each[::-1] for each in disputed]):
        assert share(labelled(labels)).estimate == pytest.approx(0.5)
    lost = [(AGAINST, FAVOR)] * 20 + [(AGAINST, AGAINST)] * 80
    assert share(labelled(lost)).estimate == pytest.approx(0.9)
    addressed = [(AGAINST, NONE)] * 40 + [(FAVOR, FAVOR)] * 40  # half of forty comments address it
    assert share(labelled(addressed)).estimate == pytest.approx(20 / 60)


def test_one_label_and_two_that_agree_are_the_same() -> None:
    one, two = ([(each,) * count for each in [AGAINST, FAVOR, NONE] * 30] for count in (1, 2))
    assert share(labelled(one), "corpus") == share(labelled(two), "corpus")


def test_disagreement_widens_the_interval_of_exactly_these_comments() -> None:
    """All comments are labelled: sampling adds no variance, what annotators say does."""
    agreed = share(labelled([(AGAINST,)] * 60 + [(FAVOR,)] * 60), "corpus")
    disputed = share(labelled([(AGAINST, FAVOR)] * 120), "corpus")
    three = share(labelled([(AGAINST, FAVOR, FAVOR)] * 120), "corpus")
    assert agreed.interval == (pytest.approx(0.5, abs=1e-6),) * 2
    assert disputed.estimate == pytest.approx(0.5)
    assert disputed.interval is not None
    half = (disputed.interval[1] - disputed.interval[0]) / 2
    assert half == pytest.approx(1.98 * np.sqrt(0.25 / 120), rel=0.02)  # s² / 2 = .25 of two labels 1 and 0
    assert three.interval is not None
    assert (three.interval[1] - three.interval[0]) / 2 == pytest.approx(1.98 * np.sqrt(1 / 9 / 120), rel=0.02)


def test_three_labels_count_a_third_each() -> None:
    assert share(labelled([(AGAINST, FAVOR, FAVOR)] * 60)).estimate == pytest.approx(1 / 3)


def test_the_confusion_leaves_disputed_pairs_out() -> None:
    sums = labelled([(AGAINST, FAVOR)] * 3 + [(AGAINST, AGAINST)] * 2)
    confusion = estimate_group("nato", sums.observations()).confusion
    assert confusion is not None
    assert sum(sum(row.values()) for row in confusion.values()) == 2


def test_intervals_cover_with_two_annotators_who_differ() -> None:
    """Both misread one comment in six, each on their own; a third of the labels is of both."""
    covered, differ = [], []
    for seed in range(60):
        rng, sums = np.random.default_rng(seed), ClusterSums()
        for at in range(600):
            truth = int(rng.choice([AGAINST, FAVOR, NEUTRAL], p=[0.4, 0.35, 0.25]))
            said = truth if rng.random() < 0.7 else int(rng.integers(4))
            row = Row(at % 40, at, said, 0.0, tuple(0.7 if place == said else 0.1 for place in range(4)))  # type: ignore[arg-type]
            sums.add(row)
            if at < 150:
                first, second = (read(rng, truth) for _ in range(2))
                sums.add_label(first, 0.25, [second] if at < 50 else ())
                differ.append(first != second)
        found = share(sums).interval
        covered.append(found is not None and found[0] <= 0.4 * 5 / 6 + 0.6 / 12 <= found[1])
    assert 0.25 < np.mean(differ) < 0.35
    assert np.mean(covered) >= 0.88


def read(rng: np.random.Generator, truth: int) -> int:
    """Label a comment, wrongly in one case of six: then as one of the two other sides."""
    others = [each for each in (AGAINST, FAVOR, NEUTRAL) if each != truth]
    return truth if rng.random() < 5 / 6 else others[int(rng.integers(2))]


TABLE = """id,text,target,label,annotator,role,probability
1,one text,nato,favor,ann,audit,0.5
1,one text,nato,against,ben,audit,0.5
2,two texts,nato,favor,ann,audit,0.5
2,two texts,nato,against,ann,audit,0.5
3,three texts,nato,favor,ann,audit,0.5
3,three texts,nato,favor,ben,audit,0.5
4,four texts,nato,favor,ann,audit,0.5
4,four texts,nato,against,ben,audit,0.5
4,four texts,nato,neutral,adjudicated,audit,0.5
"""


def test_disputed_pairs_of_a_table_are_kept_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(TABLE, encoding="utf-8")
    audit = load_audit([path], log=Log())
    found = {each.comment_id: (each.label, each.others) for each in audit.comments}
    assert found == {
        "1": (Stance.FAVOR, (Stance.AGAINST,)),
        "3": (Stance.FAVOR, (Stance.FAVOR,)),
        "4": (Stance.NEUTRAL, ()),
    }
    assert (audit.source.disputed, audit.source.undecided) == (1, 1)


def test_single_labels_are_as_unsure_as_those_that_two_annotators_gave() -> None:
    """All comments are labelled, every third one twice; of these pairs a half differ."""
    single = [(AGAINST,), (FAVOR,)] * 60
    both = [(AGAINST, AGAINST), (FAVOR, FAVOR), (AGAINST, FAVOR), (FAVOR, AGAINST)] * 15
    alone, beside = share(labelled(single), "corpus"), share(labelled(single + both), "corpus")
    assert alone.interval == (pytest.approx(0.5, abs=1e-6),) * 2
    assert beside.interval is not None
    noise = 120 * 0.25 + 60 * 0.125  # of one label, on average, and of the mean of two
    half = (beside.interval[1] - beside.interval[0]) / 2
    assert half == pytest.approx(1.97 * np.sqrt(noise) / 180, rel=0.02)
