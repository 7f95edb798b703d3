"""Shares of one page: its authors are what comments cluster by, and only its own labels correct it."""

from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.pages import summarise_page
from stance.datamodels import LabelledComment, Score, Share, Stance
from tests.support.report_samples import score, sums_of_page

PAGE = "3f9c00aa11bb22cc"


def rows(stances: list[tuple[Stance, str | None]]) -> list[Score]:
    return [
        score(PAGE, f"c{number}", "us", stance, author=author) for number, (stance, author) in enumerate(stances, 1)
    ]


def shares(scores: list[Score], labels: AuditLabels | None = None) -> dict[Stance, Share]:
    (summary,) = summarise_page(sums_of_page(scores, ["us"], labels))
    return {share["stance"]: Share(**share) for share in summary["shares"]}


def labelled(scores: list[Score], label: Stance, probability: float) -> AuditLabels:
    return AuditLabels(
        [
            LabelledComment("", "us", label, comment_id=f"{PAGE}/{each.comment}", role="audit", probability=probability)
            for each in scores
        ]
    )


def test_fifty_labels_of_the_page_correct_it() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    found = shares(scores, labelled(scores[:50], Stance.AGAINST, 50 / 80))[Stance.AGAINST]
    assert (found.method, found.labelled, found.details["raw"]) == ("corrected", 50, 0)
    assert found.estimate is not None
    assert found.estimate > 0.9
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]
