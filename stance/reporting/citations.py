"""Write the source line of a chart, and the sentence that is copied for print."""

from collections.abc import Iterable

from stance.aggregation.shares import without_use
from stance.datamodels import NO_OUTLET, Record
from stance.reporting.levels import METHODS
from stance.reporting.rendering import sentence
from stance.reporting.wording import UNMARKED


def use_of_labels(comparison: Record) -> str:
    """Return the effect of the audit labels on shares.

    :return: ``all`` comments are labelled; labels ``correct`` some; they are ``few``, or of no comment: ``none``.
    """
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    if shares and all(share["all_labelled"] for share in shares):
        return "all"
    if any(share["method"] in METHODS for share in shares):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def why_without_use(comparison: Record) -> str:
    """Write why labels correct no share."""
    groups = (*comparison["groups"], comparison.get("whole") or {})
    return without_use((share["method"], share.get("note")) for group in groups for share in group.get("shares") or ())


def source_line(comparison: Record) -> str:
    """Write the sources of a chart: the comments, how shares were estimated, model and version."""
    methods = {share["method"] for group in comparison["groups"] for share in group["shares"]} - {"none"}
    use = "all" if methods and methods <= {*METHODS} else use_of_labels(comparison)
    return sentence("captions.txt", "source", comparison, use, why_without_use(comparison))


def sentences_to_copy(told: Record, comparison: Record, outlets: Iterable[str]) -> list[str]:
    """Write the words to copy for print: each sentence that may be printed, else the findings, with their source.

    :param told: As :func:`stance.reporting.opening.opening` returns it.
    :param comparison: As of :func:`source_line`; of a sentence on some groups, the source is of these.
    :param outlets: Names of all, for sentences that name none.
    """
    names = [name for name in outlets if name != NO_OUTLET]
    listed = f"Outlets: {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}." if names else ""
    findings = {"text": " ".join(line["title"] for line in told["lines"]), "groups": []}
    copied = []
    for finding in told["printed"] or [findings]:
        groups = [group for group in comparison["groups"] if group["group"] in finding["groups"]]
        source = source_line({**comparison, "groups": groups, "whole": groups[0]} if groups else comparison)
        copied.append(" ".join(filter(None, (finding["text"], "" if groups else listed, source))).translate(UNMARKED))
    return copied
