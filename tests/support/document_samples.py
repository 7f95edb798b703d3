"""A long thread made by rule, so that every section of a document's page has something to show."""

from dataclasses import replace

from stance.aggregation.pages import summarise_page
from stance.datamodels import Comment, Document, Record, Score, Sentence, Stance, Via, Voice, sentence_id
from tests.support.report_samples import IDS, score, sums_of_page

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
        said = f"Comment {number}: we say {_OWN.get(side, 'nothing')} about Russia."
        parent = f"c{number - 1}" if number % 3 else None
        posted = f"2024-03-{1 + number // 20:02d}T{number % 24:02d}:30:00"
        written.append(Comment(f"c{number}", said, author, parent, posted, number % 7 - 1, "en"))
        for target in IDS:
            stance = {"russia": side, "us": Stance.FAVOR if number % 20 == 0 else Stance.NOT_ADDRESSED}.get(target)
            shown = f"reader-{sum(map(ord, author)):04x}" if author else None
            sentiment, via = 0.2 if side is Stance.FAVOR else -0.4, Via.PARENT if number % 6 == 1 else Via.TEXT
            stance = stance or Stance.NOT_ADDRESSED
            row = score(LONG, f"c{number}", target, stance, author=shown, sentiment=sentiment, via=via)
            scores.append(replace(row, probabilities=_less_sure(row, number)))
    body = ("Russia spoke.", "Russia spoke again.")
    for number, sentence in enumerate(body, 1):
        said_so = Sentence(sentence, str(number), Voice.OUTLET)
        scores.append(score(LONG, sentence_id(number), "russia", None, sentence=said_so))
    return Document(
        LONG, "pages/long.html", "The Morning Ledger", title="A long thread", published="2024-03-01T00:00:00",
        language="en", body=body, comments=tuple(written), stated_comments=comments + 20, layout="made-up",
        scores=tuple(scores),
    )  # fmt: skip


def page_summaries(scored: Document) -> list[Record]:
    """Summarise as the report does."""
    return summarise_page(sums_of_page(scored.scores, IDS))


def _less_sure(row: Score, number: int) -> tuple[float, float, float, float]:
    """Give the stance a probability that differs from comment to comment, and the others the rest."""
    given = row.probabilities or (0.25,) * 4
    sure, top = 0.85 - (number * 7 % 30) / 100, given.index(max(given))
    a, b, c, d = (sure if at == top else (1 - sure) / 3 for at in range(4))
    return a, b, c, d
