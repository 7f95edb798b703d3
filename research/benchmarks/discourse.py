"""Measure what the analyses of the discourse find of what was planted, and what they find where nothing was.

``python -m research.benchmarks.discourse`` prints a table. The comments are those of ``research/data/comments``, in random order.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from research import COMMENTS
from stance.datamodels import Comment, Document
from stance.discourse.copies import copies_of
from stance.discourse.posts import Posts, join_posts, read_posts
from stance.discourse.words import words_record

COMMENTS_OF_A_RUN = 400
PLANTED = 12
CHANGED = (0.1, 0.2, 0.3, 0.35)
LENGTHS = 20, 60
"""Words of a text that is copied."""

PAGES, COMMENTS_OF_A_PAGE, SHARE_OF_AUTHORS = 12, 15, 0.25
PHRASES = (
    "paper trail", "puppet masters", "glass harbour", "proxy war economy", "empire of lies", "bought and paid for",
    "follow the money trail home", "wake up sleeping giants", "the party of eternal war", "not our war not our problem",
    "regime change never ends well", "ask who gains from it",
)  # fmt: skip


@cache
def texts() -> tuple[str, ...]:
    """Read the distinct English comments."""
    lines = (line for path in sorted(COMMENTS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    return tuple(dict.fromkeys(json.loads(line)["text"] for line in lines))


def draw(rng: np.random.Generator, count: int = COMMENTS_OF_A_RUN) -> list[str]:
    return [texts()[at] for at in rng.choice(len(texts()), count, replace=False)]


def gather(*documents: Document) -> Posts:
    return join_posts([read_posts(each, ("russia",)) for each in documents], ("russia",))


def page(comments: Sequence[str], name: str = "d", outlet: str = "A") -> Document:
    """Make a page whose comments are each by another author."""
    authors = (f"{name}-{number}" for number in range(len(comments)))
    made = (Comment(author, text, author=author, language="en") for author, text in zip(authors, comments, strict=True))
    return Document(name, name, outlet=outlet, language="en", comments=tuple(made))


# Copies ---------------------------------------------------------------------------------------------------------------


def altered(rng: np.random.Generator, text: str, share: float) -> str:
    """Replace a share of the words of a text, at random, by words of other comments."""
    words, other = text.split(), " ".join(draw(rng, 40)).split()
    for at in rng.choice(len(words), round(share * len(words)), replace=False):
        words[at] = other[rng.integers(len(other))]
    return " ".join(words)


def copies_found(seed: int, share: float) -> int:
    """Plant copies of a text that is not itself on the page; count those in one group."""
    rng = np.random.default_rng(seed)
    chosen = draw(rng)
    original = next(each for each in texts()[seed * 50 :] if LENGTHS[0] <= len(each.split()) <= LENGTHS[1])
    planted = [altered(rng, original, share) for _ in range(PLANTED)]
    groups = copies_of(gather(page([*chosen, *planted]))).groups
    return max((int((places >= len(chosen)).sum()) for places in groups), default=0)


def groups_by_chance(seed: int) -> int:
    return len(copies_of(gather(page(draw(np.random.default_rng(seed))))).groups)


def copies(runs: int) -> Iterator[tuple[str, str]]:
    for share in CHANGED:
        found = [copies_found(seed, share) for seed in range(runs)]
        yield (
            f"copies found of {PLANTED}, {share:.0%} of their words changed",
            f"{np.mean(found):.1f} (least {min(found)})",
        )
    yield (
        f"runs without copies in which a group is found, of {runs}",
        str(sum(map(bool, map(groups_by_chance, range(runs))))),
    )


# Phrases --------------------------------------------------------------------------------------------------------------


def phrase_terms(seed: int, phrase: str) -> list[str]:
    """Plant a phrase of one of two outlets, by a quarter of its authors; return the significant terms."""
    rng = np.random.default_rng(seed)
    documents = []
    for number in range(2 * PAGES):
        comments = draw(rng, COMMENTS_OF_A_PAGE)
        if number % 2 == 0:
            users = rng.random(len(comments)) < SHARE_OF_AUTHORS
            comments = [
                f"{text} {phrase.capitalize()}." if own else text for text, own in zip(comments, users, strict=True)
            ]
        documents.append(page(comments, f"d{number}", "AB"[number % 2]))
    return [term["term"] for record in words_record(gather(*documents)) for term in record["terms"]]


def phrases(runs: int) -> Iterator[tuple[str, str]]:
    found = [(phrase, phrase_terms(seed, phrase)) for seed, phrase in enumerate(PHRASES)]
    for phrase, terms in found:
        if phrase not in terms:
            print(f"{phrase}: {terms}")
    whole = sum(phrase in terms for phrase, terms in found)
    yield f"planted phrases shown whole, of {len(PHRASES)}", str(whole)
    alone = sum(terms == [phrase] for phrase, terms in found)
    yield f"planted phrases shown whole and nothing else, of {len(PHRASES)}", str(alone)
    null = sum(bool(phrase_terms(seed, "")) for seed in range(runs))
    yield f"runs without a phrase in which a term is significant, of {runs}", str(null)


PARTS: dict[str, Callable[[int], Iterator[tuple[str, str]]]] = {"copies": copies, "phrases": phrases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", choices=PARTS)
    asked = parser.parse_args()
    for name, measure in PARTS.items():
        if asked.only in (None, name):
            for row, found in measure(asked.runs):
                print(f"| {row} | {found} |", flush=True)


if __name__ == "__main__":
    main()
