from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from stance.datamodels import Comment, Document
from stance.labels.frame import DocumentFile, FrameBuilder, SamplingFrame, draw_units, stratify
from stance.run import SampleOptions

RUNS = 2000
SUBJECTS = (
    "gas prices winter heating",
    "missile border troops army",
    "football match goal",
    "us nato",
    "election vote",
)


def names(_document: Document, comment: Comment) -> list[str]:
    return [word for word in ("us", "nato") if word in comment.text.split()]


@pytest.fixture(scope="module")
def frame() -> Iterator[SamplingFrame]:
    with closing(DocumentFile()) as file:
        builder = FrameBuilder(file, names=names, columns=("target",))
        for number in range(6):
            texts = [f"{SUBJECTS[(number + i) % (5 - number % 2)]} {number} {i}" for i in range(4)]
            comments = tuple(Comment(f"c{i}", text, language="en") for i, text in enumerate(texts))
            builder.add(Document(f"d{number}", "", outlet="AAABBC"[number], language="en", comments=comments))
        yield builder.build()


@pytest.mark.parametrize(
    ("options", "has_worths"),
    [
        ({}, False),
        ({"stratify": ("outlet", "target"), "n": 11}, False),
        ({"stratify": ("outlet",), "allocation": "proportional"}, False),
        ({"role": "train", "by": "diversity", "n": 12}, False),
        ({"role": "train", "by": "uncertainty"}, True),
        ({"role": "train", "by": "disagreement", "stratify": ("outlet",), "n": 9}, True),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_units_are_drawn_as_often_as_they_say_and_weights_give_the_truth(
    frame: SamplingFrame, options: dict[str, object], has_worths: bool
) -> None:
    """Inclusion by simulation; and Horvitz-Thompson: the total of a figure of the population is met on average."""
    worths = np.array([(7 * i % 11) / 10 * (i % 4 > 0) for i in range(len(frame))]) if has_worths else None
    figure = np.array([1.0 + i % 5 for i in range(len(frame))])
    parts = stratify(frame, SampleOptions(**{"n": 7} | options))  # type: ignore[arg-type]
    counts, chances, totals = np.zeros(len(frame)), np.full(len(frame), np.nan), np.zeros(RUNS)
    for seed in range(RUNS):
        design = SampleOptions(**{"n": 7, "seed": seed} | options)  # type: ignore[arg-type]
        draw = draw_units(frame, parts, design, worths)
        assert len(set(draw.units.tolist())) == len(draw.units) == design.n
        known = chances[draw.units]
        assert np.allclose(known, draw.probabilities, rtol=1e-9) or np.isnan(known).any()
        counts[draw.units] += 1
        chances[draw.units] = draw.probabilities
        totals[seed] = (figure[draw.units] / draw.probabilities).sum()
    assert not np.isnan(chances).any()  # none that can never be drawn
    assert chances.sum() == pytest.approx(design.n)
    spread = np.sqrt(RUNS * chances * (1 - chances))
    assert (np.abs(counts - RUNS * chances) <= 4.5 * spread + 1e-6).all()
    assert abs(totals.mean() - figure.sum()) <= 4.5 * totals.std() / np.sqrt(RUNS) + 1e-6


def test_every_unit_is_in_one_stratum(frame: SamplingFrame) -> None:
    for columns in ((), ("outlet",), ("outlet", "target"), ("document",)):
        parts = stratify(frame, SampleOptions(stratify=columns))
        codes, names_of_strata = parts
        assert codes.shape == (len(frame),)
        assert set(codes.tolist()) == set(range(len(names_of_strata)))


def test_what_is_drawn_comes_in_random_order(frame: SamplingFrame) -> None:
    """Whoever labels the first rows only has drawn from every stratum."""
    draw = draw_units(
        frame, stratify(frame, SampleOptions(stratify=("outlet",))), SampleOptions(n=15, stratify=("outlet",))
    )
    assert draw.names != tuple(sorted(draw.names))
