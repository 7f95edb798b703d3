"""The sampling frame, and draws from it: who is in it, how often each is drawn, what probabilities promise."""

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document
from stance.exceptions import ConfigError
from stance.labels.draws import allocate, draw_units  # fmt: skip
from stance.labels.frame import GUIDE_LANGUAGES, SamplingFrame, stratify, text_digest
from stance.options.labelling import SampleOptions
from stance.scoring.persistence import load_model

COVERED = ", ".join(GUIDE_LANGUAGES)


def page(name: str, *texts: str, outlet: str | None = "A", language: str = "en", **rest: object) -> Document:
    comments = tuple(Comment(f"c{i}", text, language=language) for i, text in enumerate(texts, 1))
    return Document(name, name, outlet=outlet, language=language, comments=comments, **rest)  # type: ignore[arg-type]


def wanted(comment: Comment) -> tuple[str, ...]:
    return ("us",) if comment.targets is None else comment.targets


def frame_of(*documents: Document, excluded: frozenset[int] = frozenset()) -> SamplingFrame:
    frame = SamplingFrame(wanted, ("outlet",), excluded)
    for document in documents:
        frame.add(document)
    frame.finish()
    return frame


@pytest.mark.parametrize(
    "written", ["NATO must go!", " nato  must\n go!", "NATO must\u200b go!", "ＮＡＴＯ must go!", "'NATO must go!"]
)
def test_the_same_text_is_known_again(written: str) -> None:
    assert text_digest(written) == text_digest("NATO must go!")


def test_comments_of_all_languages_that_are_scored_can_be_drawn() -> None:
    assert {*load_model().languages} <= {*GUIDE_LANGUAGES}


def test_what_cannot_be_labelled_is_left_out_and_counted() -> None:
    quoted = Document(
        "q", "q", language="en", comments=(Comment("c1", "As you said", language="en", quoted="As you said"),)
    )
    asked = Document("t", "t", language="en", comments=(Comment("c1", "A row.", language="en", targets=()),))
    pages = (
        page("d1", "Kept."), page("d2", "En mening.", language="sv"), page("d3", "Was?", language=UNKNOWN_LANGUAGE),
        page("d4", "Trained on.", " \u200b "), quoted, asked,
    )  # fmt: skip
    with closing(frame_of(*pages, excluded=frozenset([text_digest("trained  ON.")]))) as frame:
        assert len(frame) == 1
        assert frame.left_out == {
            f"language sv; the label guide covers {COVERED}": 1,
            f"no known language; the label guide covers {COVERED}": 1,
            "no words besides quotations": 2,
            "in a file given to --exclude, or sampled for the other role": 1,
            "the table names other targets": 1,
        }


# Selection


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.integers(12, 3000))
def test_parts_of_a_sample_sum_to_it_and_leave_no_stratum_out(sizes: list[int], n: int) -> None:
    parts = allocate(sizes, n)
    assert sum(parts) == min(n, sum(sizes))
    assert all(1 <= part <= size for part, size in zip(parts, sizes, strict=True))


def test_fewer_comments_than_strata_are_refused() -> None:
    with pytest.raises(ConfigError, match="--n 2 for 3 strata"):
        allocate([1, 5, 5], 2)


# Draws

RUNS = 2000
SUBJECTS = ("gas prices winter heating", "missile border troops", "football match goal", "us nato", "election vote")


@pytest.fixture(scope="module")
def frame() -> Iterator[SamplingFrame]:
    with closing(SamplingFrame(wanted, ("document",))) as made:
        for number in range(6):
            texts = [f"{SUBJECTS[(number + i) % (5 - number % 2)]} {number} {i}" for i in range(4)]
            comments = tuple(Comment(f"c{i}", text, language="en") for i, text in enumerate(texts))
            made.add(Document(f"d{number}", "", outlet="AAABBC"[number], language="en", comments=comments))
        made.finish()
        yield made


@pytest.mark.parametrize(
    ("options", "has_worths"),
    [({}, False), ({"stratify": ("outlet", "document"), "n": 11}, False), ({"by": "named"}, True)],
)
def test_units_are_drawn_as_often_as_they_say_and_weights_give_the_truth(
    frame: SamplingFrame, options: dict[str, object], has_worths: bool
) -> None:
    """Inclusion by simulation; and Horvitz-Thompson: the total of a figure of the population is met on average."""
    worths = np.array([(1 + 7 * i % 11) / 10 for i in range(len(frame))]) if has_worths else None
    figure = np.array([1.0 + i % 5 for i in range(len(frame))])
    parts = stratify(frame, SampleOptions(**{"n": 7} | options))  # type: ignore[arg-type]
    counts, chances, totals = np.zeros(len(frame)), np.full(len(frame), np.nan), np.zeros(RUNS)
    for seed in range(RUNS):
        design = SampleOptions(**{"n": 7, "seed": seed} | options)  # type: ignore[arg-type]
        draw = draw_units(frame, parts, design, worths, counts=())
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
