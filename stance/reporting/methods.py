"""The methods section of a comparison, ready to be copied into a paper: what was done, with the run's own numbers.

It claims no more than the record holds. What was not done in a run is not described, or is said to be missing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stance.reporting.captions import among, count, listing, name, unbroken, use_of_labels

MOST_NAMED = 12
"""Groups named in the text; more are counted."""

REFERENCES: Mapping[str, str] = {
    "correction": "Angelopoulos, A. N., Bates, S., Fannjiang, C., Jordan, M. I., & Zrnic, T. (2023). Prediction-powered"
    " inference. Science, 382(6671), 669–674.",
    "clusters": "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway clustering."
    " Journal of Business & Economic Statistics, 29(2), 238–249.",
    "effective": "Dean, N., & Pagano, M. (2015). Evaluating confidence interval methods for binomial proportions in"
    " clustered surveys. Journal of Survey Statistics and Methodology, 3(4), 484–503.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of"
    " Statistics, 6(2), 65–70.",
    "freedom": "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components."
    " Biometrics Bulletin, 2(6), 110–114.",
    "corpus": "Särndal, C.-E., Swensson, B., & Wretman, J. (1992). Model assisted survey sampling. Springer.",
    "matched": "Mantel, N., & Haenszel, W. (1959). Statistical aspects of the analysis of data from retrospective"
    " studies of disease. Journal of the National Cancer Institute, 22(4), 719–748.",
    "topics": "Rousseeuw, P. J. (1987). Silhouettes: A graphical aid to the interpretation and validation of cluster"
    " analysis. Journal of Computational and Applied Mathematics, 20, 53–65.",
    "alpha": "Krippendorff, K. (2018). Content analysis: An introduction to its methodology (4th ed.). Sage.",
    "vader": "Hutto, C. J., & Gilbert, E. (2014). VADER: A parsimonious rule-based model for sentiment analysis of"
    " social media text. Proceedings of the International AAAI Conference on Web and Social Media, 8(1), 216–225.",
}

Record = Mapping[str, Any]


def methods_text(comparison: Record, labels: Mapping[str, str], version: str) -> list[str]:
    """Write the methods section.

    :param comparison: The record that the page is drawn from.
    :param labels: Target -> label, in the order in which they are shown.
    :param version: Of this package.
    :return: Paragraphs of plain text.
    """
    parts = (_material(comparison, labels), _measurement(comparison, labels, version), _inference(comparison))
    paragraphs = (" ".join(filter(None, part)) for part in (*parts, _provenance(comparison)))
    return [unbroken(paragraph) for paragraph in paragraphs if paragraph]


def _material(comparison: Record, labels: Mapping[str, str]) -> Iterator[str]:
    groups = comparison["groups"]
    named = [name(group["group"]) for group in groups[:MOST_NAMED]]
    if len(groups) > MOST_NAMED:
        named.append(f"{len(groups) - MOST_NAMED:,} more")
    yield (
        f"{among(comparison)}, stance toward {listing(list(labels.values()))} was compared between"
        f" {count(len(groups), 'group', 'groups')} by {name(comparison['by'])}"
        + (f": {listing(named)}." if named else ".")
    )
    unnamed = sum(group["without_author"] for group in groups)
    if unnamed:
        yield f"{count(unnamed, 'comment shows', 'comments show')} no author; each counts as one of its own."
    yield "Shares are of the comments that address a target; they describe comments, not readers and not the public."


def _measurement(comparison: Record, labels: Mapping[str, str], version: str) -> Iterator[str]:
    model = comparison["model"]
    yield (
        f"Each comment was labelled in favor, against, neutral or not addressed toward each target by the model"
        f" {name(model['name'])} (stance {version})."
    )
    yield _quality(model["measures"])
    if model["not_tested"] and "macro_f1" in model["measures"]:
        missing = listing([labels[target] for target in model["not_tested"]])
        yield f"The model was not tested toward {missing}."
    audit = comparison.get("audit")
    if not audit:
        yield "No audit labels correct its shares: they are shares of the model's labels."
        return
    drawn = (
        "taken for a simple random sample, which no table of labels documents"
        if audit["assumed_random"]
        else "weighted by the inverse of their probability of having been drawn"
    )
    people = f" by {listing([name(each) for each in audit['annotators']])}" if audit["annotators"] else ""
    labels_given = count(audit["matched"], "audit label", "audit labels")
    use = use_of_labels(comparison)
    if use == "none":
        yield "No audit label is of these comments: their shares are those of the model's labels."
        return
    does = "correct them" if use == "correct" else "are too few to correct them"
    yield f"{labels_given}{people}, {drawn}{_chances(comparison)}, {does}."
    yield _methods_used(comparison)


def _chances(comparison: Record) -> str:
    """Say with which probabilities the labelled comments were drawn."""
    drawn = [chances for group in comparison["groups"] for chances in (group.get("drawn") or {}).values()]
    if not drawn:
        return ""
    low, high = min(each[0] for each in drawn), max(each[1] for each in drawn)
    return f" ({low:.2g})" if low == high else f" ({low:.2g} to {high:.2g})"


def _quality(measures: Record) -> str:
    if "macro_f1" not in measures:
        return "How often it errs has not been measured."
    within = ""
    if "interval" in measures:
        low, high = measures["interval"]
        within = f" (95 % interval {low:.2f} to {high:.2f})"
    return f"Its macro F1 is {measures['macro_f1']:.2f}{within} on {measures.get('measured_on', 'labelled comments')}."


def _methods_used(comparison: Record) -> str:
    """Count by which method the shares of groups and targets were estimated."""
    used = Counter(
        number["method"]
        for group in comparison["groups"]
        for number in group.get("means", ())
        if number["population"] == "outlet" and number["measure"] == "net"
    )
    words = {
        "ppi": "corrected by 50 labels or more (difference estimator, prediction-powered inference with λ = 1)",
        "labels": "estimated from fewer labels alone",
        "model": "left as the model labelled, without a label",
        "none": "not estimated, for want of articles or comments",
    }
    parts = [f"{count(used[method], 'was', 'were')} {text}" for method, text in words.items() if used[method]]
    whole = count(sum(used.values()), "stance of a group toward a target", "stances of a group toward a target")
    return f"Of {whole}, {listing(parts)}." if parts else ""


def _inference(comparison: Record) -> Iterator[str]:
    yield (
        "Intervals are 95 %, clustered by article and by author: of corrected shares the widest of article, author and"
        " both, with Student's t on clusters − 1 degrees of freedom, fewer where clusters are of uneven size; other"
        " shares have Wilson's interval on the effective number of comments. They are of the population “comments like"
        " these”: other articles and authors could have been saved."
        " Groups with fewer than five articles, or five comments that address the target, have counts only."
    )
    tested = sum(each["verdict"] != "not_tested" for each in comparison["differences"])
    if tested:
        yield (
            f"{count(tested, 'difference was', 'differences were')} tested by Student's t with Satterthwaite's degrees"
            " of freedom, and held against 5 % over all tests together (Holm)."
        )
    else:
        which = "Intervals" if use_of_labels(comparison) == "none" else "Intervals of shares that the model counted"
        yield f"{which} cover sampling error only; classifier error is not included, and no difference was tested."
    yield from _further(comparison)


def _further(comparison: Record) -> Iterator[str]:
    matched, series = comparison.get("matched"), comparison.get("series")
    if matched and matched["differences"]:
        on = [
            f"topic ({count(matched['clusters'], 'cluster', 'clusters')} of the articles' words)"
            if each == "topic" and matched.get("clusters")
            else each
            for each in matched["on"]
        ]
        strata = count(matched["strata"], "stratum", "strata")
        yield (
            f"Groups were also compared within the same {listing(on)}, in {strata}:"
            " differences are means over the strata that both have."
        )
    if series and series["points"]:
        yield f"Over time, shares are by {series['unit']}; what lies between two of them is left open, never filled in."
    if comparison.get("sensitivity"):
        yield "The shares were estimated again under other choices, VADER in place of the model among them."


def _provenance(comparison: Record) -> Iterator[str]:
    digests = comparison.get("digests") or {}
    if digests:
        yield f"Digests: {listing([f'{what} {digest}' for what, digest in digests.items() if digest])}."
    seed = comparison.get("seed")
    if seed is not None:
        yield f"Seed: {seed}."
    if comparison.get("command"):
        yield f"Command: {comparison['command']}"


def references(comparison: Record) -> list[str]:
    """List the sources of the methods that the record holds results of."""
    methods = {share["method"] for group in comparison["groups"] for share in group["shares"]}
    tested = any(each["verdict"] != "not_tested" for each in comparison["differences"])
    matched = comparison.get("matched") or {}
    used = {
        "correction": "ppi" in methods,
        "clusters": bool(methods - {"none"}),
        "effective": bool(methods & {"model", "labels"}),
        "holm": tested,
        "freedom": tested,
        "corpus": bool(methods & {"ppi", "labels"}),
        "matched": bool(matched.get("differences")),
        "topics": bool(matched.get("clusters")),
        "alpha": bool((comparison.get("audit") or {}).get("agreement")),
        "vader": any("vader" in each["variants"] for each in comparison.get("sensitivity") or ()),
    }
    return sorted(REFERENCES[source] for source, is_used in used.items() if is_used)


def citation(model: str, version: str) -> Sequence[str]:
    """Give how to cite the program: a line, and the same as BibTeX."""
    title = "stance: stance of reader comments toward named targets, with intervals"
    plain = "".join(each for each in model if each.isalnum() or each in "@._-:/")
    return (
        f"The stance authors. {title} (version {version}; model {plain}) [Computer software].",
        f"@software{{stance, author = {{{{The stance authors}}}}, title = {{{title}}}, version = {{{version}}},"
        f" note = {{model {plain}}}}}",
    )
