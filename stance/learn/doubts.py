"""Warn of measures that are better, or more certain, than they should be."""

from collections import Counter
from collections.abc import Iterator, Sequence

from stance.datamodels import UNKNOWN_LANGUAGE, Record, Stance
from stance.learn.examples import Examples
from stance.parsing.language import detect_languages


def resampling(examples: Examples) -> Record:
    """Describe the clusters that are resampled for intervals: how many stories, texts or rows."""
    stories = {example.story for example in examples}
    if len(stories) == 1 < len(examples):
        return {"clusters": len(examples), "resampled": "rows"}
    alone = not any(example.article for example in examples)
    return {"clusters": len(stories), "resampled": "texts" if alone else "stories"}


def warn_of_figures(record: Record, drawn: Sequence[float]) -> Iterator[str]:
    """Warn of figures that are better, or more certain, than they should be.

    :param drawn: Known probabilities of being drawn.
    """
    if record["trained_on"]:
        overlap = f"{record['trained_on']} of {record['data']['pairs']} pairs are in the model's training data"
        yield f"{overlap}: these figures are too high; measure the model on labels of other comments"
    yield from warn_of_few_stories(record)
    unaddressed = record["classes"].get(Stance.NOT_ADDRESSED)
    if unaddressed and not unaddressed["n"]:
        predicted = f"the model predicts it {unaddressed['predicted']} times, each an error"
        yield f"no label is not_addressed, but {predicted}, except in favg, which counts only two sides"
    if drawn and max(drawn) > 1.1 * min(drawn):  # up to there, rows count alike
        overlap = f"rows were drawn with probabilities of {min(drawn):.2g} to {max(drawn):.2g}"
        yield f"{overlap}, but count equally: the figures describe these rows, not all comments"


def warn_of_few_stories(record: Record) -> Iterator[str]:
    """Warn if too few stories make intervals too narrow.

    :param record: From :func:`resampling`.
    """
    if record["resampled"] == "texts":
        advice = "if several are of one article, intervals are too narrow"
        yield f"no label names its article, so each comment counts as independent; {advice}"
    # Minimum number of clusters for intervals that are not visibly too narrow (Cameron, Gelbach and Miller, Bootstrap-
    # Based Improvements for Inference with Clustered Errors, 2008).
    few = 20
    if record["resampled"] == "rows":
        yield "all rows belong to one story, so rows were resampled: intervals are too narrow"
    elif (number := record["clusters"]) < few:
        what = {"stories": "story", "texts": "text"}[record["resampled"]] if number == 1 else record["resampled"]
        yield f"intervals rest on {number} {what}; with fewer than {few}, intervals are too narrow"


def warn_of_languages(examples: Examples, languages: Sequence[str]) -> Iterator[str]:
    """Warn of pairs in languages that a model does not score: they are read as one that it does.

    :param languages: Those that the model scores.
    """
    unstated = dict.fromkeys(example.instance.text for example in examples if example.language is None)
    detected = dict(zip(unstated, detect_languages(unstated), strict=True))
    counts = Counter(example.language or detected[example.instance.text] for example in examples)
    unscored = [(language, n) for language, n in counts.most_common() if language not in (*languages, UNKNOWN_LANGUAGE)]
    if unscored:
        listed = ", ".join(language[:20] for language, _ in unscored[:3]) + (" and others" if len(unscored) > 3 else "")
        of = f"{sum(n for _, n in unscored)} of {len(examples)} pairs"
        yield f"{of} are in languages that the model gives no stance in ({listed}); it scores {', '.join(languages)}"
