"""Write the source line of a chart, and the sentence that is copied for print."""

from collections.abc import Iterable

from stance.aggregation import shares
from stance.datamodels import NO_OUTLET, Record
from stance.reporting.levels import METHODS
from stance.reporting.rendering import sentence
from stance.reporting.wording import UNMARKED


def use_of_labels(comparison: Record) -> str:
    """Return the effect of the audit labels on shares.

    :return: ``all`` comments are labelled; labels ``correct`` some; they are ``few``, or of no comment: ``none``.
    """
    rows = shares_of(comparison)
    if rows and all(row["all_labelled"] for row in rows):
        return "all"
    if any(row["method"] in METHODS for row in rows):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def reasons_without_use(comparison: Record) -> list[str]:
    """Return why labels correct no share; empty: they are too few."""
    return shares.reasons_without_use((row["method"], row.get("note")) for row in shares_of(comparison))


def shares_of(comparison: Record) -> list[Record]:
    """Return the shares of all groups, and of all comments."""
    groups = (*comparison["groups"], comparison.get("whole") or {})
    return [share for group in groups for share in group.get("shares") or ()]


def source_line(comparison: Record, groups: Iterable[Record], use: str = "") -> str:
    """Write the sources of a chart or sentence: the comments, how shares were estimated, model and version.

    :param groups: Those that it shows.
    :param use: As :func:`use_of_labels` returns it; empty: that of the groups.
    """
    part = {**comparison, "groups": [*groups], "whole": None}
    return sentence("captions.txt", "source", part, use or use_of_labels(part))


def sentences_to_copy(told: Record, comparison: Record, outlets: Iterable[str]) -> list[str]:
    """Write the words to copy for print: each sentence that may be printed, else the findings, with their own source.

    :param told: As :func:`stance.reporting.opening.opening` returns it.
    :param comparison: From which it was told.
    :param outlets: Names of all, for sentences that name none.
    """
    names = [name for name in outlets if name != NO_OUTLET]
    listed = f"Outlets: {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}." if names else ""
    everything = [comparison["whole"]] if comparison.get("whole") else comparison["groups"]
    findings = {"text": " ".join(line["title"] for line in told["lines"]), "groups": []}
    use, copied = "all" if told["printed"] else "", []  # labels correct what may be printed
    for finding in told["printed"] or [findings]:
        groups = [group for group in comparison["groups"] if group["group"] in finding["groups"]]
        parts = finding["text"], "" if groups else listed, source_line(comparison, groups or everything, use)
        copied.append(" ".join(filter(None, parts)).translate(UNMARKED))
    return copied
