"""Write the source line of a chart, and the sentence that is copied for print."""

from collections.abc import Iterable

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


def source_line(comparison: Record) -> str:
    """Write the sources of a chart: the comments, how shares were estimated, model and version."""
    methods = {share["method"] for group in comparison["groups"] for share in group["shares"]} - {"none"}
    use = "all" if methods and methods <= {*METHODS} else use_of_labels(comparison)
    return sentence("captions.txt", "source", comparison, use)


def sentence_to_copy(told: Record, groups: Iterable[Record], source: str) -> str:
    """Write the words to copy for print: the sentence that may be printed, else the findings; outlets and source.

    :param told: As :func:`stance.reporting.opening.opening` returns it.
    """
    names = [group["group"] for group in groups if group["group"] != NO_OUTLET]
    outlets = f"Outlets: {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}." if names else ""
    statement = told["printed"] or " ".join(line["title"] for line in told["lines"])
    return " ".join(filter(None, (statement, outlets, source))).translate(UNMARKED)
