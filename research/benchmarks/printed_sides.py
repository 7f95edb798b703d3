"""Count groups of which only some sides are printed, and copied sentences that contradict their page.

    python -m research.benchmarks.printed_sides COMMENTS.csv LABELS.csv [--draws 20]

Labelled real comments of three sources are a table of three outlets. A planted model reads them with errors. For each
draw, comments are drawn by the first command of the plan of the report, and labelled as in the table of labels. The
shares of the records, the buttons and the captions of the index and the comparison are then checked.
"""

import argparse
import html
import random
import re
import shlex
import sys
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

import stance
from research.benchmarks.openings import TARGETS, Corpus, Label, make_reports, planted_model
from research.benchmarks.sentences import Screen, read_page
from stance.datamodels import STANCES

SOURCES = {"reddit-america-sanders": 300, "youtube-iran-israel-war": 300, "reddit-worldnews-2019": 200}
"""Numbers of comments by source."""

ERRORS = 0.25
"""Share of readings for which the planted model draws a stance at random."""

Share = Mapping[str, Any]


def real_table(comments: Path, labels: Path, rng: random.Random) -> pd.DataFrame:
    """Return labelled comments of three sources in the form of :func:`research.benchmarks.openings.plant`."""
    texts = pd.read_csv(comments, dtype=str, keep_default_na=False).set_index("id")
    told = pd.read_csv(labels, dtype=str, keep_default_na=False)
    by_id = {name: dict(zip(of["target"], of["label"], strict=True)) for name, of in told.groupby("id")}
    rows, left = [], Counter(SOURCES)
    for name, comment in texts.iterrows():
        if name not in by_id or left[comment["source"]] <= 0:
            continue
        left[comment["source"]] -= 1
        text = " ".join(unicodedata.normalize("NFC", comment["text"]).split())
        row = {"id": f"c{len(rows)}", "text": text, "outlet": comment["source"], "author": f"author {len(rows)}"}
        row["document"] = f"{comment['source']} {left[comment['source']] // 8}"
        for target in TARGETS:
            truth = by_id[name].get(target, "not_addressed")
            row[f"truth {target}"] = truth
            row[f"said {target}"] = rng.choice(STANCES) if rng.random() < ERRORS else truth
        rows.append(row)
    return pd.DataFrame(rows)


def draw_labels(planted: pd.DataFrame, folder: Path, command: str, seed: int) -> list[Label]:
    """Draw comments by a command of a plan."""
    options = {name.removeprefix("--"): value for name, value in pairwise(shlex.split(command)) if name[0] == "-"}
    chosen: dict[str, Any] = {"n": int(options["n"]), "seed": seed}
    chosen |= {"stratify": (options["stratify"],)} if "stratify" in options else {}
    chosen |= {"target": (options["target"],) if "target" in options else TARGETS}
    model = planted_model(Corpus("real", (), errors=ERRORS), planted)
    sample = stance.sample(folder / "comments.csv", names=True, model=model, **chosen)
    rows = zip(sample["id"], sample["target"], sample["probability"], strict=True)
    return [(name.split("/")[-1], target, float(probability)) for name, target, probability in rows]


def triples(record: Mapping[str, Any]) -> Iterator[tuple[str, list[Share]]]:
    """Yield the sides of each group, target and population, with the name of the group; "" is all comments."""
    groups = [(group["group"], group) for group in record["groups"]]
    for name, group in [("", record["whole"]), *groups] if record.get("whole") else groups:
        keys = dict.fromkeys((share["target"], share["population"]) for share in group["shares"])
        for key in keys:
            yield name, [share for share in group["shares"] if (share["target"], share["population"]) == key]


def contradictions(page: str, screen: Screen) -> Iterator[str]:
    """Yield the copied sentences and the captions of a page that its record contradicts."""
    copied = [html.unescape(text) for text in re.findall(r'data-copy="([^"]*)"', page)]
    yield from (f"{n} buttons copy: {text}" for text, n in Counter(copied).items() if n > 1)
    for text in copied:
        place = re.search(r"^Of (?:the comments (?:at|in) (.+?)|[^,]*comments), (?=about|\d)", text)
        levels = [screen.level(target, (place and place[1]) or "") for target in TARGETS]
        has_corrected = any(level.is_labelled for level in levels)
        if "there are not enough labels" in text and has_corrected:
            yield f"corrected, but: {text}"
        if place:
            n = sum(level.may_print for level in levels)
            stated = len(re.findall(r"\d\s%", text.partition(" These figures")[0]))
            if stated != 3 * n:
                yield f"{stated} shares of {n} targets: {text}"
    for figure in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
        if "there are not enough labels" in figure and re.search(r'class="side-[^>]*width="(?!0(\.0)?")', figure):
            yield "a chart of corrected shares says that there are not enough labels"


def check_draw(pages: Sequence[tuple[Screen, Path]], count: Counter[str]) -> Iterator[str]:
    """Count the groups by the number of their printed sides, and yield what is wrong."""
    for screen, path in pages:
        for name, sides in triples(screen.record):
            printed = sum(share["may_print"] for share in sides)
            count[f"{printed} sides"] += 1
            if 0 < printed < 3:
                yield f"{path.name}: {printed} sides of {name or 'all comments'} toward {sides[0]['target']}"
            if path.name == "index.html" and not name and sides[0]["population"] == "corpus" and printed:
                count[f"{printed} sides of all comments"] += 1
        yield from contradictions(path.read_text(encoding="utf-8"), screen)


def main() -> int:
    """Print the numbers of draws, groups and contradictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("comments", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--draws", type=int, default=20)
    options = parser.parse_args()
    corpus, count, wrong = Corpus("real", (), errors=ERRORS), Counter[str](), list[str]()
    warnings.simplefilter("ignore")
    with TemporaryDirectory() as name:
        folder = Path(name)
        planted = real_table(options.comments, options.labels, random.Random(0))
        planted[["id", "document", "outlet", "author", "text"]].to_csv(folder / "comments.csv", index=False)
        _, index = next(make_reports(corpus, planted, folder, []))
        command = read_page(index.read_text(encoding="utf-8"))[3][0]
        print(command)
        for seed in range(options.draws):
            labels = draw_labels(planted, folder, command, seed)
            found = [*check_draw([*make_reports(corpus, planted, folder, labels)], count)]
            count["draws that are wrong"] += bool(found)
            wrong += (f"draw {seed}: {each}" for each in found)
    print(*wrong, *(f"{what}: {n}" for what, n in count.most_common()), sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
