"""Train the network that cuts the words of a page off its names (``data/blocks/names.npz``).

    python -m research.training.train_names names LABELS.jsonl PAGES [--gold FOLDER...] -o NAMES.json
    python -m research.training.train_names net NAMES.json [--leave a,b,...] -o NET.npz
    python -m research.training.train_names test NAMES.json NET.npz [--only a,b,...]

``names`` reads the pages of LABELS.jsonl (``research/data/pages.jsonl.gz``; those in PAGES) as HTML and as dumps,
without cutting their names, and finds the part of each name that has the digest of the labelled one. ``--gold`` adds
folders of pages and dumps with labels that hold texts. ``net`` learns from these names, and from plain ones in random
frames; ``--leave`` leaves halves out. ``test`` prints how many names are cut rightly, of the halves of ``--only``.
The shipped network has learned from all halves but j, p and t. ``names`` takes five minutes on two cores, ``net``,
which needs torch, three.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from research.benchmarks.parse_unlabelled import digest
from research.training.rewriting import flatten
from stance.datamodels import Page, PageKind
from stance.parsing import names as cutting
from stance.parsing import parse_page
from stance.parsing.name_cleaning import clean_name
from stance.parsing.name_places import gaps_of, parts_of
from stance.parsing.phrases import phrases
from stance.reading.encodings import decode

SEED, NETS, UNITS, STEPS, PAGES, RATE, DECAY = 0, 3, 40, 4_000, 64, 4e-3, 1e-3
FEW = 4
"""Maximum number of names that may all have one particle."""

MADE = 14_000
"""Number of lists of framed names."""

Names = list[tuple[str, int, int, int]]
"""Names of a page, each with the first part of the plain name and the part behind its last (-1, -1: not known), and
the number of its comments."""


# Names of labelled pages ----------------------------------------------------------------------------------------------


def span_of(name: str, known: str) -> tuple[int, int]:
    """Return the parts of a name that have a digest, the shortest; -1, -1 where none have."""
    parts = parts_of(name)
    spans = sorted(((i, j) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)), key=lambda s: s[1] - s[0])
    written = [(span, name[parts[span[0]].start : parts[span[1] - 1].end]) for span in spans]
    exact = (span for span, text in written if digest(text) == known)
    return next(exact, None) or next((span for span, text in written if digest(clean_name(text)) == known), (-1, -1))


def read_names(given: tuple[str, str, bool, list[list[str]]]) -> dict[str, Any] | None:
    """Return the names of a page as it writes them, with the parts that are labelled."""
    half, path, is_flat, gold = given
    text = decode(Path(path).read_bytes()).text
    is_html = path.endswith(".html") and not is_flat
    page = Page("p", PageKind.HTML if is_html else PageKind.TEXT, flatten(text) if is_flat else text, "utf-8")
    said = dict(gold)
    found = [(each.author, said.get(digest(each.text))) for each in parse_page(page).comments if each.author]
    different, times = dict[str, str | None](), Counter(name for name, _ in found)
    for name, known in found:
        different[name] = different.get(name) or known
    rows = [
        (name, *(span_of(name, known) if known else (-1, -1)), times[name])
        for name, known in different.items()
        if parts_of(name)
    ]
    if len(rows) < 2 or all(start < 0 for _, start, *_ in rows):
        return None
    return {"half": half, "page": Path(path).stem, "is_html": is_html, "names": rows}


def all_names(labels: Path, pages: Path, folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield the names of all labelled pages, of each as HTML and as dumps."""
    cutting.plain_names = lambda *_: {}  # as pages write them
    jobs = []
    for label in map(json.loads, labels.read_text(encoding="utf-8").splitlines()):
        path = pages / f"{label['page']}.html"
        if path.exists() and len(label["comments"]) > 1:
            jobs += [(label["half"], str(path), is_flat, label["comments"]) for is_flat in (False, True)]
    for path in (path for folder in folders for path in sorted(folder.glob("*.json"))):
        gold = json.loads(path.read_text(encoding="utf-8"))["comments"]
        said = [[digest(each["text"]), digest(each["author"] or "")] for each in gold]
        for ending in (".html", ".txt", ".flat.txt") if len(said) > 1 else ():
            jobs.append((path.parent.name, str(path.with_suffix("")) + ending, False, said))
    with Pool() as pool:
        yield from filter(None, pool.imap(read_names, jobs, chunksize=8))


# Names in random frames -----------------------------------------------------------------------------------------------

UNITS_OF_COUNTS = ("d", "pts", "p", "h", " posts", " fans", " comments", " Beiträge", "пост", "点", " 件", " votes")
NUMBERS = ("{n}. ", "{n}楼", "#{n} ", "[{n}] ", "{n}: ", "{n} ", "{n}) ", "№{n} ", "第{n}楼")
VERBS = (
    " said...",
    " says:",
    " wrote:",
    " wrote",
    " said",
    " schrieb am",
    " dit :",
    " ha scritto",
    "说道",
    " Says",
    "Reply",
    " 发表于",
)
LEADS = (
    "Comment by ",
    "by ",
    "von ",
    "Kommentar von ",
    "Name: ",
    "Posted by: ",
    "Автор: ",
    "作者：",
    "De ",
    "@",
    "• ",
    "» ",
    "User:",
)
JOINTS = (
    " from ",
    " of ",
    " of ",
    " aus ",
    " in ",
    " из ",
    *(", ",) * 4,
    " · ",
    " | ",
    " - ",
    " – ",
    " » ",
    ",",
    " / ",
)
ROLES = (
    " (guest)",
    " (Admin)",
    " Moderator",
    " Author",
    "Author",
    " [OP]",
    " Regular",
    " Junior Member",
    " Top Fan",
    " (гость)",
    " Gast",
    " *",
    " VIP",
    "Admin",
)
PARTICLES = ("de la", "de", "von", "van der", "van", "da", "del", "di", "le", "al", "ben", "y", "and", "&", "of the")
DAYS = tuple(day.capitalize() for day in phrases("date.weekdays"))


class Frames:
    """Makes lists of names in frames.

    :param lists: Plain names of pages.
    """

    def __init__(self, lists: Sequence[Sequence[str]], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._pool = sorted({name for names in lists for name in names})
        self._names = list[str]()  # those that are answered
        self._words = sorted({name[p.start : p.end] for name in self._pool for p in parts_of(name) if p.kind in (3, 5)})

    def _one(self, values: Sequence[Any]) -> Any:
        return values[int(self._rng.integers(len(values)))]

    def _is(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def make(self) -> Names:
        """Make a list."""
        low, high = self._one(((2, 2), (3, 3), (3, 3), (3, 3), (4, 4), (5, 8), (5, 8), (9, 20), (9, 20), (21, 60)))
        size = int(self._rng.integers(low, high + 1))
        names = self._members(size)
        self._names = names if self._is(0.6) else []
        before, behind = [self._before], [self._behind]
        if self._is(0.3):
            before = behind = []
        elif self._is(0.35):
            behind = behind * (1 + self._is(0.2))
        elif self._is(0.6):
            before = []
            behind = behind * (1 + self._is(0.3))
        else:
            behind = []
        leads, tails = [make(len(names)) for make in before], [make(len(names)) for make in behind]
        framed, is_lost = [], self._is(0.1)
        for i, name in enumerate(names):
            lead, tail = "".join(each(i) for each in leads), "".join(each(i) for each in tails)
            if is_lost and not i:  # a name that is missing
                framed.append((lead + tail, -1, -1))
                continue
            count = len(parts_of(lead + name + tail))
            start = len(parts_of(lead))
            end = start + len(parts_of(name))
            is_kept = count == end + len(parts_of(tail))  # no part is glued to another one
            framed.append((f"{lead}{name}{tail}", start if is_kept else -1, end if is_kept else -1))
        known = {name: tuple(span) for name, *span in framed if parts_of(name)}
        times = Counter(name for name, *_ in framed)
        more = self._one((1.0, 0.8, 0.5, 0.25))  # comments of each writer
        return [(name, *span, int(times[name] * self._rng.geometric(more))) for name, span in known.items()]

    def _members(self, size: int) -> list[str]:
        names = [self._one(self._pool) for _ in range(size)]
        if self._is(0.15):  # one name of all who have none
            name, most = self._one(self._pool), self._rng.uniform(0.3, 1.0)
            names = [name if self._is(most) else each for each in names]
        if self._is(0.15):  # two or three have one first or last name
            word, is_first = self._one(self._words).capitalize(), self._is(0.6)
            for k in range(min(self._one((2, 2, 3)), size)):
                other = self._one(self._words).capitalize()
                names[k] = f"{word} {other}" if is_first else f"{other} {word}"
        if self._is(0.05):  # "Ana de la Torre"
            joint, most = self._one(PARTICLES), self._rng.uniform(0.3, 0.7) if size > FEW else 1.2
            pairs = [f"{self._one(self._words)} {joint} {self._one(self._words)}".title() for _ in names]
            pairs = [pair.replace(joint.title(), joint) for pair in pairs]
            names = [pair if self._is(most) else name for pair, name in zip(pairs, names, strict=True)]
        if self._is(0.15):  # numbers of members
            most, sign = self._rng.uniform(0.3, 1.2), self._one(("", "", "_"))
            digits = self._one((10, 100, 100, 10_000))
            names = [
                f"{name.split()[0]}{sign}{self._rng.integers(1, digits)}"
                if self._is(most) and not name[-1].isdigit()
                else name
                for name in names
            ]
        return names

    def _before(self, size: int) -> Callable[[int], str]:
        kind = self._rng.random()
        if kind < 0.03:
            return self._subject(size)
        if kind < 0.2:
            roles = [self._word() + self._one((" ", " ", " ", ": ", "")) for _ in range(self._one((2, 3, 4)))]
            return self._some(self._one((1.0, 1.0, 0.6)), lambda: self._one(roles), size)
        if kind < 0.55:
            form, first = self._one(NUMBERS), int(self._rng.integers(1, 30))
            step = self._one((1, 1, -1, 3))
            return lambda i: form.format(n=abs(first + step * i))
        lead = self._one(LEADS) if kind < 0.8 else self._word() + self._one((" ", " ", ": ", " - ", ""))
        return self._some(self._one((1.0, 1.0, 0.6)), lambda: lead, size)

    def _behind(self, size: int) -> Callable[[int], str]:
        makers = [self._verb, self._verb, self._day, self._place, self._place, self._place, self._answer, self._answer]
        makers += [self._subject, self._count, *[self._verb, self._count, self._role] * (size > FEW)]
        return self._one(makers)(size)

    def _subject(self, size: int) -> Callable[[int], str]:
        return self._some(self._one((0.05, 0.1, 0.3)), lambda: f" {self._word()} ", size)

    def _word(self) -> str:
        words = " ".join(self._one(self._words) for _ in range(self._one((1, 1, 1, 2, 3))))
        return words.lower() if self._is(0.5) else words

    def _some(self, share: float, make: Callable[[], str], size: int) -> Callable[[int], str]:
        tails = [make() if self._is(share) else "" for _ in range(size)]
        return lambda i: tails[i]

    def _verb(self, size: int) -> Callable[[int], str]:
        tail = self._one(VERBS) if self._is(0.5) else self._one((" ", " ", " - ", "", ", ")) + self._word()
        return self._some(1.0, lambda: tail, size)

    def _day(self, size: int) -> Callable[[int], str]:
        joint, days = self._one((" ", " ", ", ", " » ", "", " - ")), [self._one(DAYS) for _ in range(7)]
        return self._some(1.0, lambda: joint + self._one(days), size)

    def _place(self, size: int) -> Callable[[int], str]:
        joint, share = self._one(JOINTS), self._one((1.0, 1.0, 0.8, 0.6))
        joint = f" {self._one(self._words).lower()} " if self._is(0.4) else joint
        places = [self._place_name() for _ in range(self._one((3, 8, 30)))]
        land = self._one(("", f", {self._one(self._words).capitalize()}"))
        kept = self._one((1.0, 0.5))
        missing = self._one((0.0, 0.5 if size <= FEW else 0.15))  # nothing behind "from"
        return self._some(
            share,
            lambda: (
                joint.rstrip() if self._is(missing) else f"{joint}{self._one(places)}{land if self._is(kept) else ''}"
            ),
            size,
        )

    def _place_name(self) -> str:
        return " ".join(self._one(self._words).capitalize() for _ in range(self._one((1, 1, 1, 2))))

    def _count(self, size: int) -> Callable[[int], str]:
        joint, unit = self._one((" ", "", " · ", " (", ", ")), self._one(UNITS_OF_COUNTS)
        if self._is(0.35):  # "Ann 8,195"; "Ann59" is a name
            joint, unit = " ", ""
        most, form, end = self._one((10, 100, 5_000, 90_000)), self._one(("{:,}", "{}")), ")" if "(" in joint else ""
        return self._some(1.0, lambda: f"{joint}{form.format(self._rng.integers(1, most))}{unit}{end}", size)

    def _role(self, size: int) -> Callable[[int], str]:
        roles = [self._one(ROLES) for _ in range(self._one((1, 1, 2, 4)))]
        return self._some(self._one((1.0, 0.6, 0.3)), lambda: self._one(roles), size)

    def _answer(self, size: int) -> Callable[[int], str]:
        joint = self._one((" @", " @", " @", " » ", " > ", " in reply to ", " to "))
        others = self._names or [self._one(self._pool) for _ in range(5)]
        return self._some(self._one((1.0, 0.6, 0.4)), lambda: joint + self._one(others), size)


# Training -------------------------------------------------------------------------------------------------------------


class Table(NamedTuple):
    """The places of the names of some pages."""

    numbers: np.ndarray
    names: np.ndarray  # of each place, the number of its name
    starts: np.ndarray  # of each name, the place where it starts and where it ends
    ends: np.ndarray
    weights: np.ndarray


def table_of(names: Names, weight: float) -> Table | None:
    """Return the places of the names of a page; None where none are known or names are too few."""
    names = [each for each in names if 0 < len(parts_of(each[0])) <= cutting.MOST_PARTS][: cutting.MOST_NAMES]
    if len(names) < 2 or all(start < 0 for _, start, *_ in names):
        return None
    numbers, sizes = gaps_of(Counter({name: times for name, *_, times in names}))
    firsts = np.array(list(accumulate(sizes, initial=0))[:-1])
    known = np.array([start >= 0 for _, start, *_ in names])
    starts = np.where(known, firsts + [start for _, start, *_ in names], 0)
    ends = np.where(known, firsts + [end for *_, end, _ in names], 0)
    weights = known * weight / known.sum() ** 0.5
    return Table(numbers, np.repeat(np.arange(len(names)), sizes), starts, ends, weights.astype(np.float32))


def train(tables: Sequence[Table], seed: int) -> dict[str, np.ndarray]:
    """Train a network on tables of pages, and return its weights."""
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(tables[0].numbers.shape[1], UNITS), torch.nn.ReLU(), torch.nn.Linear(UNITS, 2)
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for step in range(STEPS):
        batch = [tables[i] for i in rng.integers(len(tables), size=PAGES)]
        sizes, rows = [len(each.starts) for each in batch], [len(each.numbers) for each in batch]
        name_of = torch.from_numpy(
            np.concatenate([b.names + o for b, o in zip(batch, accumulate(sizes, initial=0), strict=False)])
        )
        offsets = list(accumulate(rows, initial=0))
        out = net(torch.from_numpy(np.concatenate([each.numbers for each in batch])))
        weights = torch.from_numpy(np.concatenate([each.weights for each in batch]))
        loss = torch.zeros(())
        for side, places in enumerate(("starts", "ends")):
            chosen = torch.from_numpy(
                np.concatenate([getattr(b, places) + o for b, o in zip(batch, offsets, strict=False)])
            )
            scores = out[:, side]
            tops = torch.full((sum(sizes),), -1e9).scatter_reduce(0, name_of, scores.detach(), "amax")
            sums = torch.zeros(sum(sizes)).scatter_add(0, name_of, torch.exp(scores - tops[name_of]))
            loss = loss + ((torch.log(sums) + tops - scores[chosen]) * weights).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    layers = {
        "inp.weight": net[0].weight,
        "inp.bias": net[0].bias,
        "out.weight": net[2].weight,
        "out.bias": net[2].bias,
    }
    return {name: each.detach().numpy() for name, each in layers.items()}


def mean_of(nets: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the network whose output is the mean of the outputs of some networks."""
    joined = {name: np.concatenate([net[name] for net in nets]) for name in ("inp.weight", "inp.bias")}
    joined["out.weight"] = np.concatenate([net["out.weight"] for net in nets], axis=1) / len(nets)
    joined["out.bias"] = np.mean([net["out.bias"] for net in nets], axis=0)
    return {name: each.astype(np.float16) for name, each in joined.items()}


def test(pages: Sequence[dict[str, Any]]) -> None:
    """Print the mean share of the names of a page that are cut rightly, and that are right uncut."""
    for is_html in (True, False):
        rates = []
        for page in (page for page in pages if page["is_html"] == is_html):
            names = [each for each in page["names"] if each[1] >= 0]
            every = (name for name, *_, times in page["names"] for _ in range(times))
            plain = (cutting.whole_names if is_html else cutting.plain_names)(every)
            wanted = [clean_name(name[parts_of(name)[a].start : parts_of(name)[b - 1].end]) for name, a, b, _ in names]
            rates.append(
                (
                    np.mean([plain.get(name, name) == own for (name, *_), own in zip(names, wanted, strict=True)]),
                    np.mean([name == own for (name, *_), own in zip(names, wanted, strict=True)]),
                )
            )
        means = np.mean(rates, axis=0)
        print(
            f"{'HTML' if is_html else 'dumps'}: {len(rates)} pages, names right {means[0]:.4f} (uncut {means[1]:.4f})"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("stage", choices=("names", "net", "test"))
    options.add_argument("files", type=Path, nargs="+")
    options.add_argument("--gold", type=Path, nargs="*", default=())
    options.add_argument("--leave", default="")
    options.add_argument("--only", default="")
    options.add_argument("-o", "--output", type=Path)
    given = options.parse_args()
    if given.stage == "names":
        given.output.write_text(json.dumps(list(all_names(*given.files, given.gold))), encoding="utf-8")
        return
    pages = json.loads(given.files[0].read_text(encoding="utf-8"))
    leave, only = (set(filter(None, halves.split(","))) for halves in (given.leave, given.only))
    pages = [page for page in pages if page["half"] not in leave and (not only or page["half"] in only)]
    if given.stage == "test":
        cutting.NAMES = given.files[1]
        test(pages)
        return
    lists = [
        [name[parts_of(name)[a].start : parts_of(name)[b - 1].end] for name, a, b, _ in page["names"] if a >= 0]
        for page in pages
    ]
    frames = Frames(lists, SEED)
    tables = [table_of(page["names"], 2.0) for page in pages] + [table_of(frames.make(), 0.8) for _ in range(MADE)]
    known = [each for each in tables if each]
    np.savez_compressed(given.output, **mean_of([train(known, seed) for seed in range(NETS)]))


if __name__ == "__main__":
    main()
