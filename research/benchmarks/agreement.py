"""How far the two labellings of the shipped comments agree, by target and set, as a table.

Usage: python -m research.benchmarks.agreement > research/reports/agreement.md
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from research import ALL_COMMENTS, LABELLED, read_labels, read_written
from research.splits import held_out_stories
from research.training.real_comments import KINDS
from stance.labels.records import ALWAYS_JUDGED
from stance.learn.agreement import measure_agreement
from stance.resources import DATA

STANCES = ("favor", "neutral", "against", "not_addressed")
FEWEST = 30

Pair = tuple[str, str]


def held_out_ids() -> set[str]:
    stories = held_out_stories()
    return {row["id"] for row in read_written(*ALL_COMMENTS) if row["group"] in stories}


def line(name: str, pairs: Sequence[Pair], values: Sequence[str] = STANCES, level: str = "nominal") -> str:
    found = measure_agreement([dict(enumerate(pair)) for pair in pairs], values, level=level)
    percent, alpha = found["percent"]["value"], found["alpha"]
    if alpha["value"] is None or alpha["interval"] is None:
        return f"| {name} | {len(pairs)} | {percent:.3f} | {alpha['reason']} |"
    low, high = alpha["interval"]
    return f"| {name} | {len(pairs)} | {percent:.3f} | {alpha['value']:.3f} ({low:.3f} to {high:.3f}) |"


def main() -> None:
    rows = read_labels(LABELLED / "second_labels.csv.gz")
    held_out = held_out_ids()
    pairs: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        pair = (row["first"], row["second"])
        if row["target"] in ALWAYS_JUDGED:
            pairs["target"][row["target"]].append(pair)
            pairs["set"][row["id"].partition("-")[0]].append(pair)
            pairs["part"]["held-out stories" if row["id"] in held_out else "other stories"].append(pair)
        elif all(pair) and "not_addressed" not in pair:
            pairs["further target"][row["target"]].append(pair)
    settled = [row for row in rows if row["target"] in ALWAYS_JUDGED and row["first"] != row["second"]]
    kept = Counter("first" if r["settled"] == r["first"] else "second" for r in settled)
    guide = hashlib.sha256((DATA / "LABEL_GUIDE.md").read_bytes()).hexdigest()[:8]
    head = "| | pairs | equal | alpha, nominal (95 % interval) |\n|---|---|---|---|"
    print("# Agreement of the two labellings\n")
    print(
        f"{len({row['id'] for row in rows})} comments were labelled a second time, blind, by the guide ({guide});"
        " made by `python -m research.benchmarks.agreement`.\nKrippendorff's alpha over the four stances; pairs of comment and"
        f" target are resampled for the intervals. Of {len(settled)} differences toward {', '.join(ALWAYS_JUDGED)}, a"
        f" third reader, who saw both labels in random order, took the first {kept['first']} times and the second"
        f" {kept['second']} times.\n"
    )
    for what in ("target", "part", "set"):
        print(f"## By {what}\n\n{head}")
        print("\n".join(line(name, found) for name, found in sorted(pairs[what].items())), end="\n\n")
    print("## Side alone: favor, neutral, against in that order, where both found the target addressed\n")
    print(head.replace("nominal", "ordinal"))
    for target in ALWAYS_JUDGED:
        sided = [pair for pair in pairs["target"][target] if "not_addressed" not in pair]
        print(line(target, sided, STANCES[:3], "ordinal"))
    print(f"\n## Further targets, where both found them addressed ({FEWEST} comments or more)\n\n{head}")
    further = sorted(pairs["further target"].items(), key=lambda item: -len(item[1]))
    print("\n".join(line(name, found) for name, found in further if len(found) >= FEWEST))


def real_comments() -> None:
    """Print how far the two readers of real comments agree, by kind."""
    print("\n## Real comments\n")
    print(
        "Two AI assistants labelled each comment and did not see each other's labels. They are alike and agree more"
        " than people would:\ntake their agreement as the most that a model can reach. A third settled the pairs on"
        " which they differ."
    )
    for kind in KINDS:
        rows = read_labels(kind.labels)
        pairs: dict[str, list[Pair]] = defaultdict(list)
        for row in rows:
            if row["first"]:
                pairs[row["target"]].append((row["first"], row["second"]))
        both = [pair for found in pairs.values() for pair in found]
        single = f" {len(rows) - len(both):,} pairs with one label are left out." if len(both) < len(rows) else ""
        print(f"\n### {kind.name.capitalize()}\n")
        print(
            f"{len({row['id'] for row in rows}):,} {kind.title}. {sum(first != second for first, second in both):,} of"
            f" {len(both):,} pairs differ.{single}\n"
        )
        print("| | pairs | equal | alpha, nominal (95 % interval) |\n|---|---|---|---|")
        for target in sorted(pairs, key=(*ALWAYS_JUDGED, "ukraine").index):
            addressed = [pair for pair in pairs[target] if pair != ("not_addressed", "not_addressed")]
            print(line(target, pairs[target]))
            print(line(f"{target}, where one found it addressed", addressed))


if __name__ == "__main__":
    main()
    real_comments()
