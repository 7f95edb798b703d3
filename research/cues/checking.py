"""Check cues against their examples, each other and labelled comments.

A cue is a judgement that somebody wrote down. What can be counted is whether it fires where its example says so,
whether another always fires beside it or says the opposite of the same words, and what annotators made of the comments
in which it fired. Held-out stories are left out, since cues are corrected by the findings.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.aggregation.estimation import wilson_interval
from stance.datamodels import STANCES, Skip, Stance, Via
from stance.resources import CUES
from stance.scoring.clauses import CIRCUMSTANCES
from stance.scoring.cues import (
    RELATIVE,
    BadLine,
    Cue,
    CueEngine,
    CueHit,
    load_sides,
    read_folder,
)
from stance.scoring.instances import Instance, is_named
from stance.scoring.patterns import PatternError, PatternSet, parse_pattern
from stance.scoring.targets import Alias, Target, TargetSet, load_targets

from .examples import Example, read_examples
from .samples import spell_out

if TYPE_CHECKING:
    from stance.learn import Example as LabelledExample

FEWEST_FIRED = 3
"""Comments in which a cue must have fired before labels can disagree with it."""

LEAST_RIGHT = 0.5
"""A cue that is surely right in fewer of its comments than this says little of sides."""

_SAMPLES = 12  # texts spelled out per cue
# Relative cues serve any target, so they are tried toward one that no anchored cue speaks of.
_X, _Y = "Ruritania", "Graustark"
_SIDES = TargetSet([Target("x", _X, (Alias(_X),)), Target("y", _Y, (Alias(_Y),))])


class Kind(StrEnum):
    """Kinds of findings; the first two are errors, the others are for a person to judge."""

    PATTERN = "pattern"  # a line outside the language, or one that no text can fire
    EXAMPLE = "example"  # an example that does not hold, or belongs to no cue
    DUPLICATE = "duplicate"
    COVERED = "covered"  # another cue of the same side always fires on the same words
    CONTRADICTION = "contradiction"  # another says the opposite of the same words
    DISAGREES = "disagrees"  # with labels
    NEVER_FIRES = "never_fires"  # on the labelled comments


ERRORS = (Kind.PATTERN, Kind.EXAMPLE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in one cue."""

    kind: Kind
    place: str  # file:line
    cue: str
    detail: str
    target: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)  # stance -> comments in which the cue fired
    interval: tuple[float, float] | None = None  # 95 %, of the share that the detail speaks of
    circumstances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # name -> stance -> comments


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often cues of one kind and direction agreed with the label."""

    source: str  # the set of comments
    kind: str
    direction: str  # favor or against
    n: int
    right: int
    opposite: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the share that was right, 95 %; None where nothing fired."""
        return wilson_interval(self.right, self.n) if self.n else None


@dataclass(frozen=True, slots=True)
class CueCheck:
    """The findings, and how much was checked."""

    cues: int
    examples: int
    pairs: int  # labelled pairs of comment and target
    findings: tuple[Finding, ...]
    agreement: tuple[Agreement, ...]

    @property
    def is_sound(self) -> bool:
        """Whether no line is broken and every example holds."""
        return not any(finding.kind in ERRORS for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled text as cues see it."""

    instance: Instance
    label: Stance
    source: str


# Everything together -------------------------------------------------------------------------------------------------


def check_cues(folder: Path = CUES, *, labels: Sequence[Path] = (), targets: TargetSet | None = None) -> CueCheck:
    """Check the cues of a folder; those of a user's folder stand over the shipped ones, as in scoring.

    :param labels: Label tables, or folders of them.
    :raises ConfigError: If the folder holds no cues.
    :raises LabelError: If a table cannot be read.
    """
    targets = targets or load_targets()
    own, broken = usable_cues(read_folder(folder))
    is_shipped = folder.resolve() == CUES.resolve()
    under = () if is_shipped else usable_cues(read_folder(CUES))[0]
    merged = {cue.key: cue for cue in (*under, *own)}
    cues = [cue for cue in merged.values() if cue.weights]
    engine = CueEngine(cues, load_sides(folder)[0] or load_sides()[0])
    examples = read_examples(folder)
    judged = labelled_pairs(labels, targets) if labels else []
    found = [*broken, *find_duplicates(own), *check_examples(examples, cues, engine, targets)]
    found += try_out([cue for cue in own if merged[cue.key] is cue and cue.weights], engine, targets)
    of_labels, agreement = compare_with_labels(cues, engine, judged)
    found += [finding for finding in of_labels if is_shipped or finding.place.startswith(f"{folder}/")]
    order = list(Kind)
    return CueCheck(
        cues=len(own),
        examples=len(examples),
        pairs=len(judged),
        findings=tuple(sorted(found, key=lambda finding: order.index(finding.kind))),
        agreement=tuple(agreement),
    )


def check_to_record(check: CueCheck) -> dict[str, Any]:
    """Return a check as ``--json`` prints it."""
    return {
        "cues": check.cues,
        "examples": check.examples,
        "labelled_pairs": check.pairs,
        "found": Counter(str(finding.kind) for finding in check.findings),
        "findings": [asdict(finding) for finding in check.findings],
        "agreement": [asdict(each) | {"interval": each.interval} for each in check.agreement],
    }


def check_table(check: CueCheck) -> str:
    """Lay out the findings by kind, then how often cues were right."""
    lines = [f"{check.cues:,} cues, {check.examples:,} examples, {check.pairs:,} labelled pairs"]
    for kind in Kind:
        found = [finding for finding in check.findings if finding.kind is kind]
        lines += ["", f"{kind}: {len(found):,}"] if found else []
        lines += [f"  {each.place}: {each.cue[:60]!r}: {each.detail}" for each in found]
    if check.agreement:
        lines += ["", "right, opposite, of comments in which a cue fired (95 % interval of the share right)"]
        lines += [_agreement_line(each) for each in check.agreement if each.n]
    return "\n".join(lines)


def _agreement_line(each: Agreement) -> str:
    low, high = each.interval or (0.0, 1.0)
    counts = f"{each.right:6,} {each.opposite:6,} of {each.n:6,}  {each.right / each.n:.2f} ({low:.2f}, {high:.2f})"
    return f"  {each.source[:20]:20} {each.kind:8} {each.direction:7} {counts}"


# The lines themselves ------------------------------------------------------------------------------------------------


def usable_cues(lines: Iterable[Cue | BadLine]) -> tuple[list[Cue], list[Finding]]:
    """Part lines into cues with a valid pattern, and findings about the others."""
    cues, findings = [], []
    for line in lines:
        if isinstance(line, BadLine):
            findings.append(Finding(Kind.PATTERN, line.place, "", line.reason))
            continue
        try:
            PatternSet([line.pattern])
        except PatternError as error:
            findings.append(Finding(Kind.PATTERN, line.place, line.pattern, str(error.args[0])))
        else:
            cues.append(line)
    return cues, findings


def find_duplicates(cues: Iterable[Cue]) -> Iterator[Finding]:
    """Find lines that say the same words as an earlier one, in whatever order they list them."""
    first: dict[Hashable, Cue] = {}
    for cue in cues:
        before = first.setdefault((cue.language, _canonical(cue.pattern)), cue)
        if before is not cue:
            same = "the same" if before.weights == cue.weights else "another weight"
            yield Finding(Kind.DUPLICATE, cue.place, cue.pattern, f"as {before.place}, with {same}")


def _canonical(pattern: str) -> Hashable:
    """Return the texts that a pattern matches, whatever the order of its alternatives."""
    return frozenset(
        tuple((frozenset(" ".join(part.split()) for part in item.alternatives), item.is_optional) for item in items)
        for items in parse_pattern(pattern)
    )


# Examples ------------------------------------------------------------------------------------------------------------


def check_examples(
    examples: Iterable[Example | BadLine], cues: Sequence[Cue], engine: CueEngine, targets: TargetSet
) -> Iterator[Finding]:
    """Find the examples that do not hold."""
    by_language: dict[str, list[Cue]] = defaultdict(list)
    for cue in cues:
        by_language[cue.language].append(cue)
    for example in examples:
        if isinstance(example, BadLine):
            yield Finding(Kind.EXAMPLE, example.place, "", example.reason)
            continue
        owners = _owners(example.cue, by_language[example.language])
        if len(owners) != 1:
            reason = f"{len(owners)} cues begin so; expected the beginning of one"
            yield Finding(Kind.EXAMPLE, example.place, example.cue, reason, example.target)
        elif reason := _failure(example, owners[0], engine, targets):
            yield Finding(Kind.EXAMPLE, example.place, owners[0].pattern, reason, example.target)


def _owners(written: str, cues: Sequence[Cue]) -> list[Cue]:
    """Return the cues that an example may mean: the one of just that pattern, else those that begin with it."""
    exact = [cue for cue in cues if cue.pattern == written]
    return exact or [cue for cue in cues if cue.pattern.startswith(written)]


def _failure(example: Example, cue: Cue, engine: CueEngine, targets: TargetSet) -> str:
    """Return why an example does not hold; empty where it does."""
    if example.target not in {target.target_id for target in targets.targets}:
        return f"target {example.target[:40]!r} is not defined"
    if unknown := [name for name in example.circumstances if name not in CIRCUMSTANCES]:
        return f"{unknown[0][:40]!r}; expected one of {', '.join(CIRCUMSTANCES)}"
    instance = Instance(
        example.text,
        example.target,
        targets.find(example.text, language=example.language),
        Via.TEXT,
        language=example.language,
    )
    hits = engine.match(instance)
    own = [hit for hit in hits if hit.pattern == cue.pattern]
    seen = sorted({_direction(hit.weight) for hit in own}) or ["silent"]
    if seen != [example.expected]:
        others = ", ".join(repr(hit.pattern[:40]) for hit in hits[:3]) or "nothing"
        return f"{' and '.join(seen)} in {example.text[:80]!r}, where {others} fired; expected {example.expected}"
    missing = [name for name in example.circumstances if all(name not in hit.circumstances for hit in own)]
    return f"not {missing[0]} in {example.text[:80]!r}; expected it to be" if missing else ""


def _direction(weight: float) -> str:
    return "favor" if weight > 0 else "against" if weight < 0 else "neutral"


# Texts spelled out from the patterns ---------------------------------------------------------------------------------


def try_out(cues: Sequence[Cue], engine: CueEngine, targets: TargetSet) -> Iterator[Finding]:
    """Try each cue on texts spelled out from it, and find those that others cover or contradict."""
    for cue in cues:
        for target in cue.weights:
            yield from _tried(cue, "x" if cue.kind == RELATIVE else target, engine, targets)


def spelled_instances(cue: Cue, target: str, targets: TargetSet) -> list[Instance]:
    """Make instances of the texts that a cue was meant for."""
    finder = _SIDES if cue.kind == RELATIVE else targets
    names = {target.target_id: target.label for target in targets.targets} | {"X": _X, "Y": _Y}
    texts = spell_out(cue.pattern, names=names, limit=_SAMPLES)
    return [
        Instance(text, target, finder.find(text, language=cue.language), Via.TEXT, language=cue.language)
        for text in texts
    ]


def _tried(cue: Cue, target: str, engine: CueEngine, targets: TargetSet) -> Iterator[Finding]:
    instances = spelled_instances(cue, target, targets)
    fired = [found.own for found in engine.match_all(instances)]
    own = [[hit for hit in hits if hit.pattern == cue.pattern] for hits in fired]
    name = None if target == "x" else target
    if not any(own):
        yield Finding(Kind.PATTERN, cue.place, cue.pattern, "no text spelled out from it fires it", name)
        return
    beside = [
        {(hit.pattern, _direction(hit.weight)) for hit in hits for one in ones if _is_beside(hit, one)}
        for hits, ones in zip(fired, own, strict=True)
        if ones
    ]
    direction = _direction(cue.weights[next(iter(cue.weights)) if target == "x" else target])
    for pattern, said in sorted(set.intersection(*beside)):
        if said == direction:
            yield Finding(Kind.COVERED, cue.place, cue.pattern, f"{pattern!r} always fires beside it", name)
    against = Counter(pattern for each in beside for pattern, said in each if {said, direction} == {"favor", "against"})
    for pattern, n in against.most_common():
        detail = f"{pattern!r} says the opposite of the same words ({n} of {len(beside)} texts spelled out)"
        yield Finding(Kind.CONTRADICTION, cue.place, cue.pattern, detail, name)


def _is_beside(hit: CueHit, own: CueHit) -> bool:
    return hit.pattern != own.pattern and (hit.start, hit.end) == (own.start, own.end)


# Labels --------------------------------------------------------------------------------------------------------------


def labelled_examples(paths: Sequence[Path], targets: TargetSet) -> tuple[list["LabelledExample"], tuple[Skip, ...]]:
    """Read labelled pairs, one label each; audit rows stay out, held-out stories do not.

    :return: The pairs, and what was left out: unreadable rows, targets without a name, pairs that nobody settled.
    :raises LabelError: If none is left.
    """
    from stance.labels import load_labels
    from stance.labels.adjudication import adjudicate
    from stance.learn import make_examples

    table = load_labels(paths)
    settled = adjudicate(table.comments)
    examples, unknown = make_examples(settled.comments, targets)
    return examples, (*table.skipped, *unknown, *settled.left_out)


def labelled_pairs(paths: Sequence[Path], targets: TargetSet) -> list[Judged]:
    """Read labelled pairs, those of held-out stories left out."""
    from research.splits import held_out_among

    examples = labelled_examples(paths, targets)[0]
    held_out = held_out_among(examples)
    return [Judged(each.instance, each.label, each.source) for each in examples if each.story not in held_out]


@dataclass(slots=True)
class _Record:
    """Counts of the comments in which a cue fired toward a target, by label."""

    labels: Counter[str] = field(default_factory=Counter)
    circumstances: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, label: Stance, circumstances: Iterable[str]) -> None:
        self.labels[label] += 1
        for name in circumstances:
            self.circumstances.setdefault(name, Counter())[label] += 1


def compare_with_labels(
    cues: Sequence[Cue], engine: CueEngine, judged: Sequence[Judged]
) -> tuple[list[Finding], list[Agreement]]:
    """Count the labels of the comments in which each cue fired.

    A comment counts once for a cue and target. Only pairs that the classifier would judge count for or against a cue.
    """
    if not judged:
        return [], []
    records: dict[tuple[str, str, str], _Record] = defaultdict(_Record)  # language, pattern, target
    fired_at_all: set[tuple[str, str]] = set()
    pairs: Counter[tuple[str, str, str, str]] = Counter()
    sums: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for each, found in zip(judged, engine.match_all([each.instance for each in judged]), strict=True):
        language = each.instance.language
        hits = {hit.pattern: hit for hit in reversed(found.own)}
        fired_at_all.update((language, pattern) for pattern in hits)
        if not is_named(each.instance):
            continue
        for hit in hits.values():
            records[language, hit.pattern, hit.target].add(each.label, hit.circumstances)
            sums[each.source, hit.kind, _direction(hit.weight)][each.label] += 1
        pairs.update((language, each.instance.target, *names) for names in _opposed(found.own))
    by_key = {(cue.language, cue.pattern): cue for cue in cues}
    findings = [*_disagreements(records, by_key), *_contradictions(pairs, by_key)]
    findings += [
        Finding(Kind.NEVER_FIRES, cue.place, cue.pattern, "in no labelled comment")
        for key, cue in by_key.items()
        if key not in fired_at_all
    ]
    return findings, _agreements(sums)


def _opposed(hits: Sequence[CueHit]) -> Iterator[tuple[str, str]]:
    """Return the pairs of cues that say the opposite of the same words."""
    by_span: dict[tuple[int, int], list[CueHit]] = defaultdict(list)
    for hit in hits:
        by_span[hit.start, hit.end].append(hit)
    for same in by_span.values():
        yield from {(a.pattern, b.pattern) for a in same for b in same if a.weight > 0 > b.weight}


def _contradictions(
    pairs: Mapping[tuple[str, str, str, str], int], cues: Mapping[tuple[str, str], Cue]
) -> Iterator[Finding]:
    for (language, target, favor, against), n in sorted(pairs.items(), key=lambda item: -item[1]):
        cue = cues[language, favor]
        yield Finding(
            Kind.CONTRADICTION,
            cue.place,
            favor,
            f"{against!r} says the opposite of the same words in {n} labelled comments",
            target,
        )


def _disagreements(
    records: Mapping[tuple[str, str, str], _Record], cues: Mapping[tuple[str, str], Cue]
) -> Iterator[Finding]:
    for (language, pattern, target), record in sorted(records.items(), key=lambda item: -item[1].labels.total()):
        cue = cues[language, pattern]
        weight = cue.weights["X" if cue.kind == RELATIVE else target]
        if record.labels.total() >= FEWEST_FIRED and (doubt := _doubt(record.labels, _direction(weight))):
            detail, interval = doubt
            yield Finding(
                Kind.DISAGREES,
                cue.place,
                pattern,
                f"{weight:+.1f} toward {target}, where {_shown(record.labels)}: {detail}{_turned(record, weight)}",
                target,
                {str(stance): record.labels[stance] for stance in STANCES},
                interval,
                {name: {str(s): counts[s] for s in STANCES} for name, counts in record.circumstances.items()},
            )


def _doubt(labels: Mapping[str, int], direction: str) -> tuple[str, tuple[float, float]] | None:
    """Return in which way labels contradict a cue, with the interval of that share; None where they do not."""
    favor, against, n = labels[Stance.FAVOR], labels[Stance.AGAINST], sum(labels.values())
    if direction == "neutral":
        share = wilson_interval(max(favor, against), n)
        return ("it takes a side", share) if share[0] > 0.5 else None
    right, opposite = (favor, against) if direction == "favor" else (against, favor)
    if right + opposite:
        share = wilson_interval(opposite, right + opposite)
        if share[0] > 0.5:
            return "mostly the opposite side", share
    share = wilson_interval(right, n)
    return ("mostly no side or the opposite one", share) if share[1] < LEAST_RIGHT else None


def _shown(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{labels[stance]} {stance}" for stance in STANCES if labels[stance])


def _turned(record: _Record, weight: float) -> str:
    """Name the circumstance that changes most how often a cue is right."""
    meant = Stance.FAVOR if weight > 0 else Stance.AGAINST
    total, right = record.labels.total(), record.labels[meant]
    changes = []
    for name, counts in record.circumstances.items():
        n, rest = counts.total(), total - counts.total()
        if min(n, rest) >= FEWEST_FIRED and weight:
            here, there = counts[meant], right - counts[meant]
            changes.append((abs(here / n - there / rest), f"; {name}: right in {here} of {n}, else {there} of {rest}"))
    return max(changes)[1] if changes else ""


def _agreements(sums: Mapping[tuple[str, str, str], Counter[str]]) -> list[Agreement]:
    totals: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for (_, kind, direction), counts in sums.items():
        totals["all", kind, direction].update(counts)
    found = []
    for (source, kind, direction), counts in sorted([*sums.items(), *totals.items()]):
        if direction != "neutral":
            sides = counts[Stance.FAVOR], counts[Stance.AGAINST]
            right, opposite = sides if direction == "favor" else sides[::-1]
            found.append(Agreement(source, kind, direction, counts.total(), right, opposite))
    return found
