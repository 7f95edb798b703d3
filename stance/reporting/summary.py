"""Collect every number that a report shows as plain records.

Pages are drawn from these records and ``summary.json`` holds the same ones, so a number on a page cannot differ from
the number in the file. Shares and intervals come from aggregation; the counts are made here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import pairwise

from stance import datamodels
from stance.datamodels import SIDED, SIDES, Document, Record, Score, Strings, Unit, frozen, grouped
from stance.reporting.wording import shorten
from stance.resources import TONE, shipped_json
from stance.scoring.sentences import split_sentences


@frozen
class ModelNote:
    """The facts that a report states about its model.

    :param name: As in ``Score.model``.
    :param languages: ISO 639-1 codes of the languages the model covers.
    :param measures: The record of an evaluation (``n``, ``macro_f1``, ``interval``, ``targets``, ``baselines``), and
        ``measured_on``: the data, to follow "measured on". Empty: the model was not measured.
    :param not_tested: Those of the languages in which the model was not measured.
    :param by_language: Measures in languages that were measured apart: ``n``, ``macro_f1``, ``interval``, ``material``.
    :param sent: Where it sends comments (``endpoint``) and, once that is known, how many (``texts``) and how many
        it had sent in earlier runs (``cached``). Empty: nothing leaves the machine.
    """

    name: str
    languages: Strings
    measures: Record = field(default_factory=dict)
    not_tested: Strings = ()
    by_language: Record = field(default_factory=dict)
    sent: Record = field(default_factory=dict)

    def of_scores(self, models: Collection[str]) -> "ModelNote":
        """Return the note on stored scores: measures hold only for the model itself.

        :param models: That gave the scores, as in ``Score.model``.
        """
        if set(models) <= {self.name}:
            return self
        return replace(self, name=", ".join(sorted(models)), measures={}, not_tested=(), by_language={})


def model_record(model: ModelNote, targets: Sequence[tuple[str, str]]) -> Record:
    """Return the facts about a model for the limits box, with the targets it was not tested on named."""
    by_target = _measures_by_name(model.measures.get("targets", {}))
    by_language = {language: _of_language(by_test) for language, by_test in model.by_language.items()}
    measures = _measures(model.measures) | {
        "baselines": _measures_by_name(model.measures.get("baselines", {})),
        "targets": {target: by_target[target] for target, _ in targets if target in by_target},
    }
    if "measured_on" in model.measures:
        measures["measured_on"] = model.measures["measured_on"]
    return {
        "name": model.name,
        "languages": list(model.languages),
        "languages_not_tested": list(model.not_tested),
        "by_language": {code: of for code, of in by_language.items() if of.keys() >= {"n", "macro_f1", "interval"}},
        "sent": dict(model.sent),
        "measures": measures,
        "tone": shipped_json(TONE / "card.json")["measures"],
        "not_tested": [name for name, _ in targets if by_target.get(name, {}).get("n", 0) < datamodels.FEWEST_TESTED],
    }


def _of_language(measures: Record) -> Record:
    """Return the measures in a language: on real comments where there are some, else on others."""
    if real := _measures(measures.get("real", {})):
        return real | {"material": "of real comments"}
    return _measures(measures) | {"material": measures.get("material", "")[:80]}


def _measures_by_name(records: Mapping[str, Record]) -> dict[str, Record]:
    measures = {name: _measures(record) for name, record in records.items()}
    return {name: record for name, record in measures.items() if "macro_f1" in record}


def _measures(record: Record) -> Record:
    """Keep the shown parts of a record of measures; its form was checked with its card."""
    if not record.get("n"):  # measured on nothing is not measured
        return {}
    figures = {name: record[name] for name in ("n", "macro_f1", "ece") if record.get(name) is not None}
    ends = record.get("interval", {}).get("macro_f1")
    return figures | ({"interval": list(ends)} if ends else {})


# One document ---------------------------------------------------------------------------------------------------------


def document_record(
    scored: Document,
    summaries: Iterable[Record],
    page: str | None,
    languages: Sequence[str],
    discourse: Record | None,
    facts: Record,
) -> Record:
    """Return the numbers of one document.

    :param scored: The document and its scores; names of commenters are counted by, and are not in the record.
    :param summaries: One per target, of the same scores.
    :param page: The file name of the document's page, if it has one.
    :param languages: That the model covers: a comment without a stance in one of them was left undecided.
    :param discourse: The analyses of its comments.
    :param facts: ``article`` and ``tone`` of its sentences; ``sentiment`` and ``sentiment_sides`` of its comments.
    """
    stated = scored.stated_comments
    names = ("source", "outlet", "title", "url", "language", "layout")
    return {
        "id": scored.document_id,
        "page": page,
        **{name: getattr(scored, name) for name in names},
        "published": scored.sure_date,
        "lead": scored.lead,
        "first_sentence": None if scored.title or not scored.has_texts else first_sentence(scored),
        "paragraphs": len(scored.body) if scored.has_texts else 0,
        "comments": len(scored.comments),
        "stated_comments": stated,
        "parsed_of_stated": len(scored.comments) / stated if stated else None,
        "warnings": list(scored.warnings),
        "certainty": scored.certainty,
        "certainties": scored.certainties._asdict(),
        "doubts": list(scored.doubts),
        **count_record(scored, languages),
        "discourse": discourse or {},
        "targets": [*summaries],
        **{name: facts.get(name, []) for name in ("article", "tone", "sentiment", "sentiment_sides")},
    }


def first_sentence(document: Document) -> str | None:
    """Return the first sentence of an article, shortened; None if it has no text."""
    text = next(filter(None, map(str.strip, document.body)), "")
    return shorten(text[slice(*split_sentences(text)[0])], 140) if text else None


def count_record(document: Document, languages: Sequence[str]) -> Record:
    """Follow a document's comments down the funnel, and count those not scored or scored on an assumption."""
    by_comment = scores_by_comment(document.scores)
    counts, not_scored, scored = (Counter[str]() for _ in range(3))
    for comment in document.comments:
        rows = by_comment.get(comment.comment_id, ())
        stances = {row.stance for row in rows} - {None}
        sides = {row.shown for row in rows}
        counts.update(
            comments=1,
            covered=bool(stances),
            addressing=not stances.isdisjoint(SIDES),
            taking_side=not sides.isdisjoint(SIDED),
            language_assumed=bool(stances) and comment.language == datamodels.UNKNOWN_LANGUAGE,
            quoting=bool(comment.quoted),
        )
        if stances:
            scored[comment.language] += 1
        else:
            not_scored[unscored_reason(document, comment, rows, languages)] += 1
    return _funnel_record(counts, scored, not_scored)


def _funnel_record(counts: Mapping[str, int], scored: Counter[str], not_scored: Counter[str]) -> Record:
    """Return how many comments reach each step, how many are left out before it, and in which languages they are."""
    # Words: the steps from a comment on the page to a side taken toward at least one target.
    names = ("comments", "covered", "addressing", "taking_side")
    return {
        "funnel": {step: int(counts[step]) for step in names},
        "left_out": {step: int(counts[before] - counts[step]) for before, step in pairwise(names)},
        "scored_by_language": dict(scored.most_common()),
        "not_scored": dict(sorted(not_scored.items())),
        "language_assumed": int(counts["language_assumed"]),
        "quoting": int(counts["quoting"]),
    }


def unscored_reason(
    document: Document, comment: datamodels.Comment, rows: Sequence[Score], languages: Sequence[str]
) -> str:
    """Return the detected language of a comment without stance, or that it was undecided or not asked for."""
    is_covered = datamodels.read_as(comment.language, document.language) in languages
    # Keys among languages: of comments that nobody asked to score, and of those in a language that the model covers, to
    # which it gave no stance toward any target.
    return "no score" if not rows else "undecided" if is_covered else comment.language


def scores_by_comment(scores: Iterable[Score]) -> dict[str, list[Score]]:
    """Group the scores of comments by the comment they are of."""
    of_comments = (score for score in scores if score.unit is Unit.COMMENT)
    return grouped((score.comment, score) for score in of_comments if score.comment is not None)


# All documents --------------------------------------------------------------------------------------------------------


class ReportTotals:
    """Counts over all documents, one document's record at a time; of articles by ``outlets``."""

    def __init__(self) -> None:
        self._sums, self._not_scored, self._scored, self.outlets = (Counter[str]() for _ in range(4))
        self.doubtful: dict[bool, list[Record]] = {True: [], False: []}  # by whether comments may be misread

    def add(self, document: Document, record: Record) -> None:
        """Count one document by its record."""
        sums = {name: record[name] for name in ("language_assumed", "quoting")}
        counts = {"documents": 1, "commented": bool(document.comments), "warnings": len(record["warnings"])}
        self._sums.update({**counts, **sums, **record["funnel"]})
        if record["doubts"]:
            facts = ("page", "source", "title", "first_sentence", "certainty", "doubts")
            self.doubtful[document.is_doubtful].append({name: record[name] for name in facts})
        self._not_scored.update(record["not_scored"])
        self._scored.update(record["scored_by_language"])
        if record["outlet"] is not None:
            self.outlets[record["outlet"]] += 1

    def record(self, summaries: Iterable[Record], skipped: int) -> Record:
        """Return the counts over all documents, with the summaries of all their scores."""
        self._sums["skipped"] = skipped
        names = ("documents", "commented", "skipped", "warnings", "comments")
        return {
            **{name: self._sums[name] for name in names},
            **_funnel_record(self._sums, self._scored, self._not_scored),
            "targets": [*summaries],
        }
