"""How the cost of finding mentions grows with the number of aliases, beside one regular expression of all of them.

Usage: python -m research.benchmarks.mentions
"""

import random
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from stance.scoring.targets.aliases import Alias, Target
from stance.scoring.targets.target_set import TargetSet

TEXTS = [path.read_text(encoding="utf-8") for path in sorted(Path("seeds").glob("*.txt"))]
ROUNDS = 7


def words(count: int) -> list[str]:
    draw = random.Random(7)  # names, not secrets
    made: dict[str, None] = {"Russia": None, "Moscow": None, "Washington": None}
    while len(made) < count:
        made["".join(draw.choices("abcdefghijklmnoprstuvwy", k=draw.randint(5, 12))).capitalize()] = None
    return list(made)


def seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    print("| aliases | stance, ms | regular expression, ms | ratio |\n|---|---|---|---|")
    for count in (10, 100, 1_000, 10_000):
        aliases = words(count)
        targets = TargetSet([Target("t", "T", tuple(Alias(text) for text in aliases))])
        pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(aliases, key=len, reverse=True))) + r")\b", re.I)
        ours = seconds(lambda targets=targets: [targets.find(text) for text in TEXTS])
        theirs = seconds(lambda pattern=pattern: [[*pattern.finditer(text)] for text in TEXTS])
        print(f"| {count:,} | {ours * 1000:.1f} | {theirs * 1000:.1f} | {theirs / ours:.2f} |")


if __name__ == "__main__":
    main()
