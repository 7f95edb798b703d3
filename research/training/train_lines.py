"""Train what tells lines like those of comments (``data/blocks/talk.npz``), and the tags of the lines of pages
(``data/blocks/lines.npz``).

    python -m research.training.train_lines flatten PAGES FOLDER
    python -m research.training.train_lines words FOLDER... --half 0|1|both -o WORDS.npz
    python -m research.training.train_lines table FOLDER... --words WORDS0.npz WORDS1.npz --table TABLE.npz
    python -m research.training.train_lines net --table TABLE.npz... --half 0|1|both -o NET.npz [--steps 5000] [--start NET.npz]
        [--teacher NET.npz]
    python -m research.training.train_lines columns FOLDER... --nets NET0.npz NET1.npz -o NET.npz

FOLDER holds pages (NAME.html) and dumps (NAME.txt, NAME.flat.txt, NAME.lynx.txt) with their comments (NAME.json:
"comments", each with "author" and "text", and "site"): labelled ones, and what ``flatten`` writes from HTML pages in
PAGES whose reading is certain (its third way needs the program lynx). ``words`` reads the second way only. ``table``
labels the lines, also of each page with its thread cut out, of comments of dumps rewritten in random forms, and of made
dumps (``made_dumps.py``). What has half 0 has learned from no site of half 1. ``columns`` adds the weights of columns
of names to a net, fitted on the sites that NET0 and NET1 have not seen. The shipped files are of both halves. ``net``
needs torch; tables stay outside the repository. With ``--teacher`` HTML pages are tagged as by that net, and dumps are
learned from labels: made dumps do not change how pages are read. The shipped net learned from dumps (5,000 steps), from
dumps and pages (5,000), from pages (2,600), and then with that teacher from real and made dumps in five runs (4,500,
3,000, 3,000 and twice 1,600 steps, each from the mean of earlier ones); it is the mean of these five. On two quiet
cores all stages take two hours for 3,500 dumps and 2,300 pages.
"""

import argparse
import hashlib
import json
import subprocess
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from research.training.made_dumps import Form, Gold, Maker, Pools
from research.training.rewriting import Said, Stream, cut_lines, cut_thread, flatten, locate, squeeze
from stance.datamodels import Page, PageKind
from stance.parsing import parse_page, talk
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import line_forms, name_columns, tags
from stance.parsing.dump.line_forms import Places, numbers_of_lines
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.html.lines import OF_NAMES, OF_PLACES, PageLines
from stance.parsing.html.selectors import Index
from stance.parsing.html.tree import page_tree
from stance.parsing.lines import Line
from stance.reading.encodings import decode

WAYS, MARKUP = (".txt", ".flat.txt", ".lynx.txt"), ".html"
CERTAIN = 0.6
"""Minimum certainty of an HTML page for its comments to be labels."""

FOLDS = 5

SEED, HIDDEN, PADDING, LONGEST, FEWEST_LINES = 0, 64, 12, 400, 3
RATES = (4e-3, 2e-3, 7e-4)
"""First learning rate from random weights, from given ones, and with a teacher."""

REWRITTEN, MADE = 2, 12_000
"""Number of random forms for each dump, and of dumps that are made."""

AROUND, PARAGRAPH = 6, 70
"""Number of lines above the first comment that are not of the article, and minimum characters of a paragraph."""

WORDS, OF_LINES, NAMED_PAGES = slice(29, 45), 71, 0.7
"""Numbers of a line that are of its words: left out of every seventh page; number of those that dumps have, too; share
of the pages whose names of classes are seen."""

KINDS = (
    (*range(15, 20), 49),
    (*range(29, 45), 54, 55, 56),
    (69, 70),
    (*range(45, 54), *range(60, 64)),
    range(5),
    range(5, 10),
    range(24, 29),
)
"""Numbers of a line that are left out together: of dates, words, talk, repetition, length, letters, place."""

HIDDEN_KINDS, UNGROUPED = 0.08, 0.04
"""Share of the pages where the numbers of a kind are left out, and where a group of lines is."""

LEAST_FOUND = {"page": 0.6, "html": 0.6, "cut": 0.0, "html cut": 0.0, "rewritten": 0.9, "made": 0.9}
"""Minimum share of the comments that are found in the lines."""


class Labelled(NamedTuple):
    """The lines of a page or dump: numbers and groups, labels, and what it is."""

    x: np.ndarray
    groups: np.ndarray
    labels: np.ndarray  # rows: tag, name of the text below, name of the text above, weight
    page: str  # of HTML, its site
    half: int
    made: str  # "page", "cut" or "rewritten"; of HTML "html" or "html cut"


def plain(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def half_of(name: str, site: str | None) -> int:
    """Return the half of a page, the same for all pages of a site."""
    key = site_of(name, site)
    return hashlib.sha256(key.encode()).digest()[0] % 2


def site_of(name: str, site: str | None) -> str:
    """Return the last two parts of a site's host; else what the names of its pages begin with."""
    return ".".join(site.split(".")[-2:]) if site else name.removeprefix("neg_").split("_")[0].rstrip("0123456789")


def fold_of(site: str) -> int:
    """Return the fold of a site."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def dumps_of(folder: Path, ways: Sequence[str] = WAYS) -> Iterator[tuple[str, str | None, str, Gold, str]]:
    """Yield name, site, way, comments and text of each dump of a folder, or page."""
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("good", True):
            for way in ways:
                if (dump := path.with_name(path.stem + way)).exists():
                    gold = [each for each in data["comments"] if plain(each["text"])]
                    yield path.stem, data.get("site"), way, gold, decode(dump.read_bytes()).text


def write_dumps(pages: Path, folder: Path) -> None:
    """Flatten the HTML pages whose reading is certain."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(pages.glob("*.html")):
        text = path.read_bytes().decode("utf-8", "replace")
        document = parse_page(Page(path.name, PageKind.HTML, text, "utf-8"))
        if document.certainty is None or document.certainty < CERTAIN:
            continue
        comments = [{"author": each.author, "text": each.text} for each in document.comments]
        data = {"site": document.outlet, "comments": comments}
        (folder / f"{path.stem}.json").write_text(json.dumps(data), encoding="utf-8")
        (folder / f"{path.stem}{MARKUP}").write_text(text, encoding="utf-8")
        (folder / f"{path.stem}.flat.txt").write_text(flatten(text), encoding="utf-8")
        command = ["lynx", "-dump", "-force_html", "-stdin", "-display_charset=utf-8", "-assume_charset=utf-8"]
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=30, check=False)
        (folder / f"{path.stem}.lynx.txt").write_bytes(done.stdout)


# Lines like those of comments -----------------------------------------------------------------------------------------

OF_SITE, SAID, OTHERS = 8, 25, 12
"""Maximum number of pages of a site, of lines of its comments from each page, and of other lines."""

WORDS_PENALTY = 3.0
"""Inverse strength of the regularization of the weights of words; 10 lowers the area under the curve by .004."""


def lines_of(folders: Sequence[Path]) -> Iterator[tuple[int, bool, str]]:
    """Yield lines of pages: the half of the page, whether the line is of a comment, and the line."""
    rng, pages = np.random.default_rng(SEED), Counter[str]()
    for folder in folders:
        for name, site, way, gold, text in dumps_of(folder):
            key = site_of(name, site)
            if way != ".flat.txt" or pages[key] >= OF_SITE:
                continue
            pages[key] += 1
            said = [line for each in gold for line in each["text"].split("\n")]
            known = {plain(line) for line in (*said, *(each["text"] for each in gold))}
            others = [line.text for line in read_lines(text) if plain(line.text) not in known]
            for is_said, lines, most in ((True, said, SAID), (False, others, OTHERS)):
                long = [line for line, rating in zip(lines, talk.rate_talk(lines), strict=True) if rating is not None]
                yield from ((half_of(name, site), is_said, long[i]) for i in rng.permutation(len(long))[:most])


def train_words(folders: Sequence[Path], half: str, output: Path) -> None:
    """Fit the weights of words, and print the area under the curve on the other half's sites."""
    halves, labels, lines = zip(*lines_of(folders), strict=True)
    owners, buckets = talk.talk_words(lines)
    values = 1 / np.sqrt(np.bincount(owners, minlength=len(lines)))[owners]
    words = csr_matrix((values, (owners, buckets)), shape=(len(lines), talk.WORD_BUCKETS))
    rows, y = hstack([words, csr_matrix(talk.talk_signs(lines))]).tocsr(), np.array(labels)
    own = np.array([half in ("both", str(each)) for each in halves])
    model = LogisticRegression(C=WORDS_PENALTY, max_iter=500, class_weight="balanced").fit(rows[own], y[own])
    if half != "both":
        print(f"area under the curve {roc_auc_score(y[~own], model.decision_function(rows[~own])):.3f}")
    np.savez_compressed(output, weights=np.append(model.coef_[0], model.intercept_).astype(np.float16))


# Labels ---------------------------------------------------------------------------------------------------------------


def labels_of(lines: Sequence[Line], gold: Gold) -> tuple[np.ndarray, float]:
    """Return the labels of lines, and the share of the comments that were found in them."""
    labels = np.zeros((4, len(lines)), np.float32)
    labels[3] = 1
    if not gold:
        return labels, 1.0
    stream = Stream.of_lines([line.full for line in lines])
    places = locate(stream, [each["text"] for each in gold])
    found = [place and (stream.owner_at(place[0]), stream.owner_at(place[1] - 1) + 1) for place in places]
    squeezed, before = [squeeze(line.full) for line in lines], 0
    for k, (each, own) in enumerate(zip(gold, found, strict=True)):
        following = next((other[0] for other in found[k + 1 :] if other), None)
        if own is None:
            labels[3, before : min(before + 6, len(lines)) if following is None else following] = 0
            continue
        start, end = own
        labels[0, start], labels[0, start + 1 : end] = 1, 2
        if name := squeeze(each.get("author") or ""):
            holds = [name in text and len(text) < len(name) + 90 for text in squeezed]
            above = [i for i in range(max(before, start - 12) if k else max(0, start - 8), start) if holds[i]]
            last = min(following if following is not None else end + 8, end + 10, len(lines))
            labels[1, above] = 1
            labels[2, [i for i in range(end, last) if holds[i] and not above][:1]] = 1
        before = max(before, end)
    return labels, sum(place is not None for place in places) / len(places)


def page_of(text: str, way: str) -> tuple[CuedLines, Places | None]:
    """Return the lines of a page or dump, and their places in its tree."""
    if way != MARKUP:
        return CuedLines(read_lines(text)), None
    lines = PageLines(Index(page_tree(Page("page.html", PageKind.HTML, text, "utf-8"))).text)
    return lines.cued, lines.places


def labelled(name: str, half: int, made: str, text: str, gold: Gold, way: str) -> Labelled | None:
    """Label a page or dump; None where too few of its comments are found in it."""
    page, places = page_of(text, way)
    if len(page.lines) < FEWEST_LINES:
        return None
    labels, share = labels_of(page.lines, gold)
    if share < LEAST_FOUND[made]:
        return None
    _, x, groups = numbers_of_lines(page)
    numbers = np.zeros((len(x), OF_PLACES), np.float32) if places is None else places.numbers
    alone = np.tile(np.arange(len(x)), (line_forms.GROUPS - line_forms.OF_FORMS, 1))
    x, groups = np.concatenate([x, numbers], 1), np.concatenate([groups, alone if places is None else places.groups])
    return Labelled(x.astype(np.float16), groups.astype(np.int32), labels.astype(np.float16), name, half, made)


def use_models(words: Path, net: Path | None = None) -> None:
    """Read what follows by other models of lines like comments, and of tags."""
    talk.TALK_MODEL = words
    tags.MODEL = name_columns.MODEL = net or tags.MODEL
    talk.known_ratings.clear()


def table_of(folders: Sequence[Path], words: Sequence[Path]) -> Iterator[Labelled]:
    """Yield the labelled dumps of some folders, with the thread cut out, and rewritten; rated by the other half."""
    dumps = [each for folder in folders for each in dumps_of(folder, (*WAYS, MARKUP))]
    halves = [[each for each in dumps if half_of(*each[:2]) == half] for half in (0, 1)]
    makers = [Maker(pools_of(own), SEED + half) for half, own in enumerate(halves)]
    for name, site, way, gold, text in dumps:
        half = half_of(name, site)
        use_models(words[1 - half])
        said, is_html = [Said(each["author"], each["text"]) for each in gold], way == MARKUP
        texts = [("html" if is_html else "page", text, gold)]
        if gold and (cut := (cut_thread if is_html else cut_lines)(text, said)):
            texts.append(("html cut" if is_html else "cut", cut, []))
        for _ in range(REWRITTEN if gold and not is_html else 0):
            if made := rewritten(text, gold, way, makers[half]):
                texts.append(("rewritten", *made))
        page = site_of(name, site) if is_html else name
        yield from filter(None, (labelled(page, half, *given, way) for given in texts))
    for half, maker in enumerate(makers):
        use_models(words[1 - half])
        for i, (text, gold) in enumerate(islice(maker.dumps(), MADE // 2)):
            if row := labelled(f"made {i}", half, "made", text, gold, ".txt"):
                yield row


# Threads in random forms ----------------------------------------------------------------------------------------------


def pools_of(dumps: Sequence[tuple[str, str | None, str, Gold, str]]) -> Pools:
    """Return what some dumps hold, for others to be made of it."""
    pools = Pools([], [], [], [], [])
    for _, _, way, gold, text in dumps:
        lines = read_lines(text) if way == ".flat.txt" else ()
        tags = labels_of(lines, gold)[0][0] if lines else np.zeros(0)
        first, last = (
            (np.flatnonzero(tags)[[0, -1]] if tags.any() else (len(lines), len(lines) - 40)) if lines else (0, 0)
        )
        above = lines[: max(int(first) - AROUND, 0)]
        pools.articles.append([line.full for line in above if line.prose and len(line.full) > PARAGRAPH][:30])
        pools.titles.extend([line.full for line in above if 4 <= line.words <= 14 and not line.ends_sentence][:12])
        pools.tails.append([line.full for line in lines[max(int(last), 0) + 1 :] if line.words <= 12][:40])
        said = [each for each in gold if each["author"] and len(each["text"]) < 1500]
        pools.names.extend(each["author"] for each in said)
        pools.texts.extend(each["text"] for each in said)
    return pools._replace(articles=list(filter(None, pools.articles)), tails=list(filter(None, pools.tails)))


def rewritten(text: str, gold: Gold, way: str, maker: Maker) -> tuple[str, Gold] | None:
    """Write the comments of a dump, or some, or others, in a random form; None where they are not found in it."""
    lines, rng = read_lines(text), maker.rng
    labels, share = labels_of(lines, gold)
    starts = [i for i, tag in enumerate(labels[0]) if tag == 1]
    if share < 0.8 or not starts or len(lines) > 1500:
        return None
    first, last = starts[0], int(np.flatnonzero(labels[0])[-1]) + 1
    while first and labels[1, first - 1]:
        first -= 1
    count = len(starts) if rng.random() < 0.5 else min(rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8)), len(starts))
    at = rng.randrange(len(gold) - count + 1) if count <= len(gold) else 0
    said = [*zip(maker.pools.names, maker.pools.texts, strict=True)] if rng.random() < 0.6 else []
    said = rng.choices(said, k=count) if said else [(each["author"], each["text"]) for each in gold[at : at + count]]
    above = [line.full for line in lines[:first]]
    form, section, kept = Form(maker, ""), list[str](), Gold()
    for k, (name, own) in enumerate(said):
        written, body = form.comment(k, name or "", own, [])
        section += written
        kept.append({"author": name, "text": "\n".join(body)})
    whole = "\n".join([*above, *section, *(line.full for line in lines[last:])]) + "\n"
    if way == ".lynx.txt" and rng.random() < 0.7:
        wrapper = textwrap.TextWrapper(76, initial_indent="   ", subsequent_indent="   ", break_long_words=False)
        whole = "\n".join("\n".join(wrapper.wrap(line)) for line in whole.split("\n"))
    return whole, kept


# The network ----------------------------------------------------------------------------------------------------------


def train_net(
    rows: Sequence[Labelled], steps: int, start: Path | None = None, teacher: Path | None = None
) -> dict[str, np.ndarray]:
    """Train a network; the numbers of its layers have the names that ``stance.parsing.dump.tags`` reads.

    :param start: Weights to go on from; those of dumps alone have fewer numbers.
    :param teacher: Weights whose tags of HTML pages are learned in place of labels.
    :return: The mean of the weights of the last thousand steps, the later the heavier.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)

    def loss_of(out: Any, labels: Any) -> Any:
        tag = functional.cross_entropy(out[:, :3], labels[0].long(), torch.tensor([1.0, 3.0, 1.0]), reduction="none")
        above, below = (
            functional.binary_cross_entropy_with_logits(out[:, 3 + i], labels[1 + i], reduction="none") for i in (0, 1)
        )
        return ((tag + 1.5 * above + below) * labels[3]).sum() / labels[3].sum()

    def soft_loss(out: Any, known: Any, weights: Any) -> Any:
        tag = -(known[:, :3].softmax(1) * out[:, :3].log_softmax(1)).sum(1)
        names = functional.binary_cross_entropy_with_logits(out[:, 3:], known[:, 3:].sigmoid(), reduction="none")
        return ((tag + names @ torch.tensor([1.5, 1.0])) * weights).sum() / weights.sum().clamp(min=1)

    net, draw = _network(rows[0].x.shape[1]), _drawing(rows, rng)
    known = _network(rows[0].x.shape[1]).eval()
    for path, own in ((start, net), (teacher, known)):
        if path:
            _go_on_from(path, own)
    rate = RATES[0 if not start else 2 if teacher else 1]
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-2)
    mean = {name: value.clone() for name, value in net.state_dict().items()}
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 30) * (1 - step / steps) ** 0.8
        x, groups, mask, labels, plain, whole = map(torch.from_numpy, _batch(draw(), rng))
        out = net(x, groups, mask)
        if teacher:  # lines of HTML pages have numbers of places
            is_html = plain[:, OF_LINES:].any(1).float()
            with torch.no_grad():
                told = known(plain, whole, mask)
            loss = soft_loss(out, told, mask * is_html)
            labels[3] *= 1 - is_html
        else:
            loss = 0.0
        loss = loss + loss_of(out, labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        for name, value in net.state_dict().items():
            mean[name].lerp_(value.detach(), 1 - min(0.999, (step + 1) / (step + 10)))
        if step % 100 == 0:
            print(step, round(loss.item(), 4), flush=True)
    return {name: value.numpy().astype(np.float16) for name, value in mean.items()}


def _network(numbers: int) -> Any:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inp, self.drop = nn.Linear(numbers, HIDDEN), nn.Dropout(0.15)
            steps = tags.STEPS
            self.convs = nn.ModuleList(nn.Conv1d(HIDDEN, HIDDEN, 5, dilation=d, padding=2 * d) for d in steps)
            self.mix = nn.ModuleList(nn.Linear((2 + line_forms.GROUPS) * HIDDEN, HIDDEN) for _ in steps)
            self.out = nn.Linear(HIDDEN, 5)

        def forward(self, x: Any, groups: Any, mask: Any) -> Any:
            places, wide = torch.arange(len(x)), tags.WIDE
            low, high = (places - wide).clamp(min=0), (places + wide + 1).clamp(max=len(x))
            total = torch.cat([mask.new_zeros(1), mask.cumsum(0)])
            rows = torch.relu(self.inp(x)) * mask[:, None]
            for conv, mix in zip(self.convs, self.mix, strict=True):
                found = torch.relu(conv(rows.t()[None])[0].t()) * mask[:, None]
                means = []
                for group in groups:
                    sizes = torch.zeros(int(group.max()) + 1).index_add(0, group, mask).clamp(min=1)
                    sums = torch.zeros(len(sizes), HIDDEN).index_add(0, group, found)
                    means.append((sums / sizes[:, None])[group])
                sums = torch.cat([found.new_zeros(1, HIDDEN), found.cumsum(0)])
                near = (sums[high] - sums[low]) / (total[high] - total[low]).clamp(min=1)[:, None]
                seen = [found, *means[: line_forms.OF_FORMS], near, *means[line_forms.OF_FORMS :]]
                rows = (rows + torch.relu(mix(self.drop(torch.cat(seen, 1))))) * mask[:, None]
            return self.out(rows)

    return Net()


def _go_on_from(path: Path, net: Any) -> None:
    """Give a network stored weights; its further ones are small."""
    import torch

    with np.load(path) as stored, torch.no_grad():
        for name, value in net.state_dict().items():
            given = torch.from_numpy(stored[name].astype(np.float32))
            value.copy_(0.01 * torch.randn_like(value))
            value[tuple(map(slice, given.shape))] = given


def _drawing(rows: Sequence[Labelled], rng: np.random.Generator) -> Callable[[], list[Labelled]]:
    """Return a function that draws pages: of HTML five with comments and three without, of each site alike; then dumps:
    three with comments, three rewritten, two without comments, and eight that are made, three of them without.
    """

    def having(made: Sequence[str], *, comments: bool) -> list[list[Labelled]]:
        pages: dict[str, list[Labelled]] = {}
        for row in rows:
            if row.made in made and bool(row.labels[0].any()) is comments:
                pages.setdefault(row.page, []).append(row)
        return list(pages.values())

    kinds = (
        (5, having(["html"], comments=True)),
        (3, having(["html", "html cut"], comments=False)),
        (3, having(["page"], comments=True)),
        (3, having(["rewritten"], comments=True)),
        (2, having(["page", "cut"], comments=False)),
        (5, having(["made"], comments=True)),
        (3, having(["made"], comments=False)),
    )

    def one(kind: Sequence[Any]) -> Any:
        return kind[rng.integers(len(kind))]

    return lambda: [one(one(pages)) for count, pages in kinds for _ in range(count if pages else 0)]


def _batch(rows: Sequence[Labelled], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Join dumps, with padding between them; of long ones a part. The last two arrays have all numbers and groups."""
    parts, offset = [], 0
    for row in rows:
        n = len(row.x)
        own = slice(0, n)
        if n > LONGEST:
            texts = np.flatnonzero(row.labels[0])
            center = int(rng.choice(texts)) if len(texts) else int(rng.integers(n))
            start = max(0, min(n - LONGEST, center - int(rng.integers(LONGEST))))
            own = slice(start, start + LONGEST)
        plain, labels = row.x[own].astype(np.float32), row.labels[:, own]
        x = _noisy(plain, rng)
        lone = rng.random((len(row.groups), 1)) < UNGROUPED
        whole = row.groups[:, own] + offset
        groups = np.where(lone, np.arange(len(x)) + offset, whole)
        mask = np.pad(np.ones(len(x), np.float32), (0, PADDING))
        added = np.tile(np.arange(PADDING) + offset + n, (len(groups), 1))
        groups, whole = (np.concatenate([each, added], 1) for each in (groups, whole))
        x, plain = (np.pad(each, ((0, PADDING), (0, 0))) for each in (x, plain))
        parts.append((x, groups, mask, np.pad(labels, ((0, 0), (0, PADDING))), plain, whole))
        offset += n + PADDING
    x, groups, mask, labels, plain, whole = zip(*parts, strict=True)
    groups, whole = (np.concatenate(each, 1).astype(np.int64) for each in (groups, whole))
    labels = np.concatenate(labels, 1).astype(np.float32)
    return np.concatenate(x), groups, np.concatenate(mask), labels, np.concatenate(plain), whole


def _noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave out some numbers of a page, and blur the others."""
    keep = (rng.random(x.shape[1]) > 0.05).astype(np.float32)
    keep[WORDS] *= float(rng.random() > 1 / 7)
    for kind in KINDS:
        keep[list(kind)] *= float(rng.random() > HIDDEN_KINDS)
    keep[[OF_LINES + number for number in OF_NAMES]] *= float(rng.random() < NAMED_PAGES)
    noisy: np.ndarray = (x + 0.02 * rng.standard_normal(x.shape).astype(np.float32)) * keep
    if not x[:, OF_LINES:].any():
        noisy[:, OF_LINES:] = 0
    return noisy


# Columns of names -----------------------------------------------------------------------------------------------------

COLUMNS_PENALTY, SHARPNESS = 1.0, 2
"""Weight of squared weights of the numbers of columns, in standard deviations; power of the shares of right names."""


class Choice(NamedTuple):
    """The columns of a page: their numbers, and for each the share of the texts with a name whose name it holds."""

    numbers: np.ndarray
    shares: np.ndarray
    site: str


def column_choices(folders: Sequence[Path], nets: Sequence[Path]) -> Iterator[Choice]:
    """Yield the columns of each page, read by the net that has not learned from its site."""
    for name, site, way, gold, text in (each for folder in folders for each in dumps_of(folder, (*WAYS, MARKUP))):
        tags.MODEL = name_columns.MODEL = nets[1 - half_of(name, site)]
        if choice := choice_of(*page_of(text, way), gold, site_of(name, site)):
            yield choice


def choice_of(page: CuedLines, places: Places | None, gold: Gold, site: str) -> Choice | None:
    """Return the columns of the texts that a page's tags give; None where no name was found beside them."""
    labels, _ = labels_of(page.lines, gold)
    read = tags.read_tags(page, places)
    named = [labels[1, max(text.start - name_columns.HEADER, 0) : text.start].any() for text in read.texts]
    named = [
        has or labels[2, text.stop : text.stop + name_columns.FOOTER].any()
        for has, text in zip(named, read.texts, strict=True)
    ]
    if not any(named):
        return None
    columns, rows = name_columns.columns_of(page, read.texts, read.forms, read.names)
    right = [sum(i is not None and labels[1 + each.is_below, i] for i in each.lines) for each in columns]
    shares = np.minimum(np.array(right) / sum(named), 1.0)
    return Choice(rows, shares, site) if shares.any() else None


def fit_columns(choices: Sequence[Choice]) -> np.ndarray:
    """Fit the weights of numbers by the probability of the columns with most names; sites count by the root of them."""
    counts = Counter(each.site for each in choices)
    scale = np.concatenate([each.numbers for each in choices]).std(0) + 1e-6

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = COLUMNS_PENALTY * weights @ weights, 2 * COLUMNS_PENALTY * weights
        for each in choices:
            rows, weight = each.numbers / scale, counts[each.site] ** -0.5
            totals = rows @ weights
            chances = np.exp(totals - np.logaddexp.reduce(totals))
            best = chances * each.shares**SHARPNESS
            value -= weight * np.log(best.sum() + 1e-9)
            slope = slope + weight * ((chances - best / (best.sum() + 1e-9)) @ rows)
        return value, slope

    found: np.ndarray = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x
    return found / scale


def train_columns(folders: Sequence[Path], nets: Sequence[Path], output: Path) -> None:
    """Add the weights of columns to a net, and print the share of right names in folds by site."""
    choices = list(column_choices(folders, nets))
    shares = []
    for number in range(FOLDS):
        weights = fit_columns([each for each in choices if fold_of(each.site) != number])
        own = (each for each in choices if fold_of(each.site) == number)
        shares += [each.shares[(each.numbers @ weights).argmax()] for each in own]
    best = np.mean([each.shares.max() for each in choices])
    print(f"{len(choices)} pages, names right {np.mean(shares):.3f}, of the best column {best:.3f}")
    with np.load(output) as stored:
        arrays = {**stored, "columns": fit_columns(choices).astype(np.float32)}
    np.savez_compressed(output, **arrays)


# The end of the last comment ------------------------------------------------------------------------------------------


def save(path: Path, rows: Sequence[Labelled]) -> None:
    arrays = {f"{i} {name}": getattr(row, name) for i, row in enumerate(rows) for name in ("x", "groups", "labels")}
    pages = np.array([(row.page, str(row.half), row.made) for row in rows])
    np.savez_compressed(path, pages=pages, **arrays)


def load(path: Path) -> list[Labelled]:
    with np.load(path) as stored:
        given = [(stored[f"{i} x"], stored[f"{i} groups"], stored[f"{i} labels"]) for i in range(len(stored["pages"]))]
        named = [(str(page), int(half), str(made)) for page, half, made in stored["pages"]]
    return [Labelled(*arrays, *names) for arrays, names in zip(given, named, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("stage", choices=("flatten", "words", "table", "net", "columns"))
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--words", nargs=2, type=Path)
    parser.add_argument("--table", nargs="+", type=Path)
    parser.add_argument("--nets", nargs=2, type=Path)
    parser.add_argument("--half", choices=("0", "1", "both"), default="both")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    if given.stage == "flatten":
        write_dumps(*given.folders)
    elif given.stage == "words":
        train_words(given.folders, given.half, given.output)
    elif given.stage == "table":
        save(given.table[0], list(table_of(given.folders, given.words)))
    elif given.stage == "net":
        rows = [row for table in given.table for row in load(table) if given.half in ("both", str(row.half))]
        trained = train_net(rows, given.steps, given.start, given.teacher)
        np.savez_compressed(given.output, **trained)
    else:
        train_columns(given.folders, given.nets, given.output)


if __name__ == "__main__":
    main()
