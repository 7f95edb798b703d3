"""Scored documents written by hand: what the report's tests draw, in the shapes that real pages take."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stance.aggregation.articles import cover_article
from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.clusters import ClusterSums
from stance.aggregation.pages import summarise_page
from stance.comparison.comparing import ComparisonTally
from stance.datamodels import (
    Comment,
    Document,
    Record,
    Score,
    Sentence,
    Stance,
    Tone,
    Unit,
    Via,
    Voice,
    sentence_id,
)
from stance.reporting.report import ReportWriter
from stance.reporting.summary import ModelNote
from stance.resources import SHARE_ERRORS
from tests.support.tables import table

TARGETS = (("russia", "Russia"), ("us", "the US"), ("nato", "NATO"))
IDS = tuple(target for target, _ in TARGETS)

MODEL = ModelNote(
    json.loads(SHARE_ERRORS.read_text(encoding="utf-8"))["model"],
    languages=("en",),
    measures=table("report_samples", "cases")["MEASURES"],
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>{{ 7 * 7 }}{% raw %}"
"""Markup, an attribute's end and a template's beginning, all in one."""

SURE = {
    Stance.FAVOR: (0.71, 0.08, 0.18, 0.03),
    Stance.AGAINST: (0.06, 0.83, 0.09, 0.02),
    Stance.NEUTRAL: (0.2, 0.18, 0.57, 0.05),
    Stance.NOT_ADDRESSED: (0.01, 0.02, 0.03, 0.94),
}


def cover(document: Document) -> Record:
    """The sentences of an article, as a report is given them."""
    return cover_article(document, IDS)


def score(
    document: str,
    comment: str,
    target: str,
    stance: Stance | None,
    *,
    author: str | None = None,
    sentiment: float | None = 0.0,
    via: Via | None = Via.TEXT,
    evidence: tuple[tuple[int, int], ...] = (),
    language: str = "en",
    sentence: Sentence | None = None,
) -> Score:
    unit, chances = Unit.SENTENCE if sentence else Unit.COMMENT, SURE[stance] if stance else None
    said = (chances, sentiment, sentiment, via, evidence, language, MODEL.name)
    return Score(document, "The Morning Ledger", unit, comment, author, target, *said, sentence=sentence)


# author, reply_to, text, language, {target: (stance, surface word)}, sentiment
_THREAD = table("report_samples", "cases")["_THREAD"]


def sample(document_id: str = "3f9c00aa11bb22cc", *, comments: int = len(_THREAD)) -> Document:
    """An English page: a thread, a quote, two languages that are not covered, a comment too short to tell."""
    body = (
        "Ministers met for two days in the harbour town.",
        "Russia offered to lower the price of gas, an offer that pleased few.",
        "NATO called the visit a welcome step; Washington was silent.",
    )
    written, scores = [], []
    for number, (author, reply_to, text, language, stances, sentiment) in enumerate(_THREAD[:comments], 1):
        name = f"c{number}"
        quoted = body[0] if text.startswith(body[0]) else None
        written.append(
            Comment(name, text, author=author, reply_to=reply_to, language=language, quoted=quoted, votes=number)
        )
        shown = f"reader-{hashlib.sha256(author.encode()).hexdigest()[:6]}" if author else None
        for target in IDS:
            stance, words = stances.get(target, ("not_addressed", None))
            start = text.find(words) if words else -1
            side = None if language in ("nl", "ar") else Stance(stance)
            facts = {"author": shown, "sentiment": sentiment, "language": language}
            facts["evidence"] = ((start, start + len(words)),) if words else ()
            facts["via"] = Via.TEXT if words else Via.PARENT if target in stances else None
            scores.append(score(document_id, name, target, side, **facts))
    for number, target, said, words in [
        (2, "russia", Voice.QUOTED, "Russia"),
        (3, "nato", Voice.OUTLET, "NATO"),
        (3, "us", Voice.OUTLET, "Washington"),
    ]:
        start = body[number - 1].index(words)
        speaker = "A Minister" if said is Voice.QUOTED else None
        place = sentence_id(number + 2)  # behind headline and lead
        sentence = Sentence(body[number - 1], str(number), said, speaker)
        spans = ((start, start + len(words)),)
        row = score(document_id, place, target, None, sentiment=None, evidence=spans, sentence=sentence)
        if target == "russia":
            row = replace(row, tones=(0.9, 0.08, 0.02), tone=Tone.CRITICAL)
        scores.append(row)
    return Document(
        document_id, "pages/harbour.txt", "The Morning Ledger", "https://ledger.example/harbour?day=2&page=1",
        "Ministers leave the harbour town without a price for gas", "A. Byline", "2019-03-02", "en",
        "Two days of talks end where they began.", body, comments=tuple(written), stated_comments=14,
        layout="wpdiscuz-text", warnings=("the page states 14 comments; 12 were found",), scores=tuple(scores),
    )  # fmt: skip


def hostile() -> Document:
    """A page on which everything that a stranger can write is an attack."""
    name = "0bad0bad0bad0bad"
    comments = (
        Comment('"><script>', HOSTILE, author=HOSTILE, reply_to='"><script>', posted=HOSTILE, language='en" onload="x'),
        Comment("c2", "\u202e reversed \x00 nul \ud800 half", author="javascript:alert(1)", reply_to="c3"),
        Comment("c3", " " * 5000 + "\n" * 300, reply_to="c2", parent_text=HOSTILE, quoted=HOSTILE),
        Comment("c3", "", reply_to="nowhere"),
    )
    facts: Any = {"author": HOSTILE + "x", "evidence": ((-5, 9), (4, 90), (9, 2))}
    ids = [comment.comment_id for comment in comments for _ in IDS]
    pairs = zip(ids, IDS * len(comments), strict=True)
    return Document(
        name, HOSTILE, HOSTILE, "javascript:alert(document.domain)", HOSTILE, None, HOSTILE, "<i>", HOSTILE,
        (HOSTILE, ""), comments=comments, layout=HOSTILE, warnings=(HOSTILE,),
        scores=tuple(score(name, each, target, Stance.AGAINST, **facts) for each, target in pairs),
    )  # fmt: skip


def silent() -> Document:
    """A Dutch page without comments, title, outlet or date."""
    return Document("51e27000000000ab", "pages/still.txt", language="nl", body=("Een korte tekst over de haven.",))


def sums_of_page(
    scores: Iterable[Score], targets: Sequence[str], audit: AuditLabels | None = None, document: Document | None = None
) -> dict[str, ClusterSums]:
    tally = ComparisonTally(targets, audit=audit)
    tally.add(scores, document)
    return tally.page


def summaries(*scored: Document) -> list[Record]:
    counted = summarise_page(sums_of_page([row for each in scored for row in each.scores], IDS))
    return [summary | {"shares": []} for summary in counted]


def numbers(value: Any) -> set[float]:
    """Every number in a JSON value, and the size of every list."""
    found: set[float] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            found.add(len(item))
            stack += item
        elif isinstance(item, int | float) and not isinstance(item, bool):
            found.add(item)
    return found


def write_report(folder: Path, *documents: Document) -> Path:
    """Write the report of scored documents; give the path of its index."""
    with ReportWriter(folder, targets=TARGETS, model=MODEL) as writer:
        for document in documents:
            writer.add(document, summaries(document))
        return writer.finish(summaries(*documents), [])
