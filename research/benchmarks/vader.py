"""Our VADER beside the package vaderSentiment: how many figures differ, and what each costs.

Usage: python -m research.benchmarks.vader [--texts N] [--seed N] [-o build/vader.md]

Both read the same texts in the same run, in turns, in one process; what is compared is processor time. Each text is
scored once a round. No result is kept from one text to the next, but ours remembers words, as it does in any run over
many comments. The word lists are there before the clock starts, and what reading them takes is told apart.
"""

import argparse
import json
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from stance.scoring.sentiment import PolarityAnalyzer

COMMENTS = Path(__file__).parents[1] / "data" / "comments"
ROUNDS, SAMPLE = 9, 500
SIZES = {"1 to 15": range(1, 16), "25 to 35": range(25, 36)}
LENGTHS = (100, 400, 1_600, 6_400)

PLAIN = re.findall(
    r"\S+",
    "the a of to in is was it they we you said people town train today and that for with on had about would table river"
    " window report morning city minister year week plan street number letter road 7 2014 3.5 -1 1,000 @you #road",
)
TURNS = re.findall(
    r"[^|]+",
    "but|but|BUT|But,|never so|never this|so|this|without doubt|without a doubt|without|doubt|at least|very least|"
    "least|LEAST|the least|no|NO|no,|or|nor|kind of|KIND OF|kind|of|sort of|just enough|isnt|isn't|ISN'T|isn’t|n't|"
    "xn't|not|Not|the bus stop is|to die|die for|yeah|right|of death|cut the mustard|in the red|"
    "no train or|no way nor|very no|BARELY no",
)
MARKS = re.findall(r"\S+", "! !! !!!!!! ? ?? ??? ???? . , ... ; : \" ' ’ * ( ) - …")
SPACES = [*[" "] * 20, "  ", "\n", "\t", "\u00a0", "\u2003", "\u3000", "\x1c", "\u200b", "", " - ", "\r\n"]
ODD = [
    "",
    " ",
    "\n",
    "İ",
    "İX",
    "ΑΣ",
    "\u212aIND of",
    "ß",
    "ﬁne",
    "\ud800",
    "\x00",
    "\u200d",
    "\ufe0f",
    "é",
    "да",
    "好",
]
"""Words whose small letters are more or other than their capitals, halves of characters, marks that join."""


HALVES = (0.8, 1.6, 3.2)
"""Valences that are halves of each other: "but" makes them equal."""


def make_texts(count: int, seed: int) -> Iterator[str]:
    """Yield texts in which the rules meet: what they look at stands close together, in all writings, and repeated."""
    draw = random.Random(seed)  # texts, not secrets
    lists = SentimentIntensityAnalyzer()
    lexicon, emoji = sorted(lists.lexicon), sorted(lists.emojis)
    boosters, negations, idioms = sorted(BOOSTER_DICT), sorted(NEGATE), sorted(SPECIAL_CASES)
    wide = [lexicon, lexicon, boosters, negations, idioms, PLAIN, PLAIN, TURNS, TURNS, MARKS, emoji, ODD]
    halves = [word for word in lexicon if abs(lists.lexicon[word]) in HALVES]
    for _ in range(count):
        few = [draw.sample(pool, min(2, len(pool))) for pool in wide]
        equal = [draw.sample(halves, 8), ["but", "train"]]
        yield _text(draw, draw.choice((wide, wide, few, equal)), draw.choice((0.0, 0.05, 0.3, 0.95)))


def _text(draw: random.Random, pools: Sequence[Sequence[str]], loudness: float) -> str:
    if draw.random() < 0.03:
        return "".join(
            chr(draw.choice((draw.randrange(128), draw.randrange(0x3000), draw.randrange(0x20000)))) for _ in range(30)
        )
    pieces = []
    for _ in range(draw.choice((0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 25, 40))):
        pieces += [_written(draw, draw.choice(draw.choice(pools)), loudness), draw.choice(SPACES)]
    return "".join(pieces)


def _written(draw: random.Random, word: str, loudness: float) -> str:
    if draw.random() < loudness:
        word = word.upper()
    chance = draw.random()
    if chance < 0.05:
        return f"{draw.choice(MARKS)}{word}"
    if chance < 0.15:
        return f"{word}{draw.choice(MARKS)}"
    if chance < 0.18:
        return word.title()
    return word * 300 if chance > 0.999 else word


def differences(texts: Sequence[str], ours: PolarityAnalyzer, theirs: SentimentIntensityAnalyzer) -> list[str]:
    """Return the texts for which one of the four figures is not the same number."""
    return [
        text for text in texts if ours.polarity_scores(text)["compound"] != theirs.polarity_scores(text)["compound"]
    ]


def comments() -> list[list[str]]:
    """Return the words of every comment that ships with the project."""
    lines = (
        line for path in sorted(COMMENTS.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()
    )
    return [text.split() for text in dict.fromkeys(json.loads(line)["text"] for line in lines)]


def seconds(score: Callable[[str], object], texts: Sequence[str]) -> float:
    started = time.process_time()
    for text in texts:
        score(text)
    return time.process_time() - started


def in_turns(texts: Sequence[str], scorers: Sequence[Callable[[str], object]], rounds: int) -> list[list[float]]:
    """Return the seconds of each scorer in each round."""
    return [list(each) for each in zip(*([seconds(s, texts) for s in scorers] for _ in range(rounds)), strict=True)]


def speed_rows(scorers: Sequence[Callable[[str], object]], draw: random.Random) -> Iterator[str]:
    written = comments()
    for name, size in SIZES.items():
        fitting = [" ".join(words) for words in written if len(words) in size]
        theirs, ours = in_turns(draw.sample(fitting, min(SAMPLE, len(fitting))), scorers, ROUNDS)
        ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
        yield f"| {name} | {len(fitting):,} | {statistics.median(ratios):.1f} | {min(ratios):.1f} |"


def growth_rows(scorers: Sequence[Callable[[str], object]], draw: random.Random) -> Iterator[str]:
    """Yield how much more a word costs in longer texts than in those of the first length."""
    written = comments()
    draw.shuffle(written)
    words = [word for comment in written for word in comment][: max(LENGTHS)]
    kinds = {"comments end to end": words, "`not so good but`": ["not", "so", "good", "but"] * (max(LENGTHS) // 4)}
    for kind, tokens in kinds.items():
        costs = [_costs(tokens, length, scorers) for length in LENGTHS]
        for at, name in enumerate(("vaderSentiment", "stance")):
            yield f"| {kind} | {name} | " + " | ".join(f"{cost[at] / costs[0][at]:.2f}" for cost in costs) + " |"


def _costs(tokens: Sequence[str], length: int, scorers: Sequence[Callable[[str], object]]) -> list[float]:
    """Return what the first words of these cost each scorer, cut into texts of one length."""
    texts = [" ".join(tokens[start : start + length]) for start in range(0, max(LENGTHS), length)]
    return [statistics.median(each) for each in in_turns(texts, scorers, 3)]


def report(count: int, seed: int) -> Iterator[str]:
    built = [_construction(make) for make in (SentimentIntensityAnalyzer, PolarityAnalyzer)]
    theirs, ours = SentimentIntensityAnalyzer(), PolarityAnalyzer()
    scorers, draw = (theirs.polarity_scores, PolarityAnalyzer().polarity_scores), random.Random(seed)
    different = differences(list(make_texts(count, seed)), ours, theirs)
    yield "# VADER, compared with vaderSentiment\n"
    yield f"Made by `python -m research.benchmarks.vader --texts {count} --seed {seed}` with vaderSentiment"
    yield f"{version('vaderSentiment')} on Python {platform.python_version()}. Processor time, in turns in one process,"
    yield "as ratios.\n"
    yield f"**Figures.** Of {count:,} generated texts {len(different):,} differ in `neg`, `neu`, `pos` or `compound`."
    for text in different[:20]:
        print(ascii(text[:300]), file=sys.stderr)
    yield f"\n**Reading the word lists**, once a process: {built[1] / built[0]:.2f} times the time of vaderSentiment.\n"
    yield "**Speed**, on the comments of `research/data/comments` (each scored once a round).\n"
    yield "| words | comments | times as fast (median) | slowest round |\n|---|---|---|---|"
    yield from speed_rows(scorers, draw)
    yield f"\n**Cost per word**, by the number of words in a text, relative to {LENGTHS[0]} words.\n"
    yield "| text | | " + " | ".join(f"{length:,}" for length in LENGTHS) + " |\n" + "|---" * (2 + len(LENGTHS)) + "|"
    yield from growth_rows(scorers, draw)


def _construction(make: Callable[[], object]) -> float:
    return statistics.median(seconds(lambda _: make(), [""]) for _ in range(5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("-o", type=Path, default=Path("build/vader.md"), dest="output")
    options = parser.parse_args()
    lines = "\n".join(report(options.texts, options.seed)) + "\n"
    options.output.write_text(lines, encoding="utf-8")
    print(lines, end="")


if __name__ == "__main__":
    main()
