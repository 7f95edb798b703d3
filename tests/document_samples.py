"""A long thread made by rule, so that every section of a document's page has something to show."""

from dataclasses import replace

from report_samples import IDS, score

from stance.aggregation import summarise_page
from stance.datamodels import Comment, Document, Score, Sentence, Stance, TargetSummary, Via, Voice, sentence_id

LONG = "10ad10ad10ad10ad"

_CYCLE = (Stance.FAVOR, Stance.AGAINST, Stance.AGAINST, Stance.NEUTRAL, Stance.FAVOR, Stance.NOT_ADDRESSED)
_OWN = {Stance.FAVOR: "trust", Stance.AGAINST: "menace"}


def long_thread(comments: int = 60) -> Document:
    """Two in three answer the one before; one author writes every tenth; hours pass; every fifth has no name.

    Toward Russia the sides take turns as in ``_CYCLE``; toward the US comments are rare; NATO is not addressed.
    """
    written: list[Comment] = []
    scores: list[Score] = []
    for number in range(1, comments + 1):
        side = _CYCLE[number % len(_CYCLE)]
        author = None if number % 5 == 0 else "Busy Bee" if number % 10 == 1 else f"Voice {number % 23}"
        written.append(
            Comment(
                f"c{number}",
                f"Comment {number}: we say {_OWN.get(side, 'nothing')} about Russia.",
                author=author,
                reply_to=f"c{number - 1}" if number % 3 else None,
                posted=f"2024-03-{1 + number // 20:02d}T{number % 24:02d}:30:00",
                votes=number % 7 - 1,
                language="en",
            )
        )
        for target in IDS:
            stance = {"russia": side, "us": Stance.FAVOR if number % 20 == 0 else Stance.NOT_ADDRESSED}.get(target)
            row = score(
                LONG,
                f"c{number}",
                target,
                stance or Stance.NOT_ADDRESSED,
                author=f"reader-{sum(map(ord, author)):04x}" if author else None,
                sentiment=0.2 if side is Stance.FAVOR else -0.4,
                via=Via.PARENT if number % 6 == 1 else Via.TEXT,
            )
            scores.append(replace(row, probabilities=_less_sure(row, number)))
    said = (Sentence("Russia spoke.", "1", Voice.OUTLET), Sentence("Russia spoke again.", "2", Voice.OUTLET))
    scores += [score(LONG, sentence_id(n), "russia", None, sentence=each) for n, each in enumerate(said, 1)]
    document = Document(
        LONG,
        "pages/long.html",
        outlet="The Morning Ledger",
        title="A long thread",
        published="2024-03-01T00:00:00",
        language="en",
        body=("Russia spoke.", "Russia spoke again."),
        comments=tuple(written),
        stated_comments=comments + 20,
        layout="made-up",
    )
    return replace(document, scores=tuple(scores))


def page_summaries(scored: Document) -> tuple[TargetSummary, ...]:
    """Summarise as the report does."""
    return summarise_page(scored.scores, IDS)


def _less_sure(row: Score, number: int) -> tuple[float, float, float, float]:
    """Take from the most probable stance what differs from comment to comment, and give it to the others."""
    given = row.probabilities or (0.25,) * 4
    taken = (number * 7 % 30) / 100
    top = given.index(max(given))
    a, b, c, d = (each - taken if at == top else each + taken / 3 for at, each in enumerate(given))
    return a, b, c, d
