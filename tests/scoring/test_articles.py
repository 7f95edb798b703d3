"""Sentences of articles: counted by voice, bounded over articles, and a lean by labels of persons alone."""

from dataclasses import replace

from stance.aggregation.articles import CoverageTally, cover_article
from stance.aggregation.audit_labels import AuditLabels
from stance.datamodels import Document, LabelledComment, Score, Sentence, Stance, Tone, Voice, sentence_id
from stance.scoring.documents import named_sentences
from stance.scoring.targets.target_set import load_targets
from tests.support.report_samples import score
from tests.support.tables import cases

BODY = (
    "Russia closed the harbour on Monday. It rained.",
    "“NATO is a threat to the town,” Mayor Ada Quill said. The United States and Russia will meet again.",
)
PAGE = Document("d", "d.html", "The Ledger", title="NATO meets Russia", language="en", body=BODY)


def said(number: int, voice: Voice, speaker: str | None = None, target: str = "us", article: str = "d") -> Score:
    sentence = Sentence(f"Sentence {number}.", "1", voice, speaker)
    return score(article, sentence_id(number), target, None, sentence=sentence)


@cases("text", "language", "found")
def test_a_dateline_refers_to_no_target(text: str, language: str, found: list[str]) -> None:
    page = Document("0123456789abcdef", "p", body=(text,), language=language)
    assert [each.passage.target for each in named_sentences(page, load_targets())] == found


def test_sentences_are_those_that_name_a_target_once_for_each() -> None:
    found = [(each.number, each.passage.target, each.sentence.place) for each in named_sentences(PAGE, load_targets())]
    assert found == [
        (1, "russia", "headline"), (1, "nato", "headline"), (2, "russia", "1"), (4, "nato", "2"), (5, "russia", "2"),
        (5, "us", "2"),
    ]  # fmt: skip
    first, *_ = named_sentences(PAGE, load_targets())
    assert (first.passage.before, first.passage.after) == ("", "Russia closed the harbour on Monday.")
    assert [PAGE.title[a:b] for a, b in first.passage.spans] == ["Russia"]  # type: ignore[index]


def test_voices_are_counted_by_target_and_comments_are_none() -> None:
    rows = [
        said(1, Voice.OUTLET),
        said(2, Voice.QUOTED, "Quill"),
        said(3, Voice.QUOTED),
        said(1, Voice.OUTLET, target="nato"),
    ]
    comment = score("d", "c1", "us", Stance.FAVOR)
    us, nato, russia = cover_article(Document("d", "d", scores=(*rows, comment)), ["us", "nato", "russia"])["article"]
    assert (us["sentences"], us["quoted"], us["speakers"]) == (3, 2, [{"speaker": "Quill", "n": 1}])
    assert us["interval"] is None
    assert (nato["sentences"], nato["quoted"], russia["sentences"], russia["articles"]) == (1, 0, 0, 0)


def labelled(tones: list[Stance], article: int) -> list[LabelledComment]:
    return [
        LabelledComment(f"Sentence {n}.", "us", tone, sentence_id(n), f"a{article}", role="audit", probability=1.0)
        for n, tone in enumerate(tones, 1)
    ]


def articles(count: int, size: int) -> list[Document]:
    return [
        Document(
            f"a{k}",
            f"a{k}.html",
            "The Ledger",
            scores=tuple(said(n, Voice.OUTLET, article=f"a{k}") for n in range(1, size + 1)),
        )
        for k in range(count)
    ]


def test_a_lean_comes_from_labels_and_never_from_the_model() -> None:
    pages = articles(12, 5)
    sure = [
        replace(page, scores=tuple(replace(s, tones=(0.98, 0.01, 0.01), tone=Tone.CRITICAL) for s in page.scores))
        for page in pages
    ]
    for audit in (None, AuditLabels(labelled([Stance.AGAINST] * 5, 0))):
        tally = CoverageTally(audit)
        for page in sure:
            tally.add(page)
        assert tally.coverage()["us"][0]["lean"] is None
    given = [each for k in range(12) for each in labelled([Stance.AGAINST, Stance.AGAINST, *[Stance.NEUTRAL] * 3], k)]
    for some in (pages, sure):
        tally = CoverageTally(AuditLabels(given))
        for page in some:
            tally.add(page)
        lean = tally.coverage()["us"][0]["lean"]
        critical = next(share for share in lean["shares"] if share["tone"] == Tone.CRITICAL)
        assert (lean["labels"], round(critical["estimate"], 2)) == (60, 0.4)
        assert critical["interval"][0] < 0.4 < critical["interval"][1]
        assert lean["interval"][0] < lean["mean"] < lean["interval"][1] < 0
