"""Measure `default` beside transformers of the shapes that people use for stance, in turns, on one core, in fp32.

    python -m research.benchmarks.transformers_speed [--pairs 160] [--rounds 5] [-o build/speed.md]

Weights are random: speed does not depend on them, and nothing is downloaded. RoBERTa-base reads a text once, as a
classifier of three classes does; DeBERTa-v3-base reads each pair of a text and a target, as natural language inference
does. Both get 40 token numbers, one by one and in batches of 16; the faster counts. `default` gets texts that name a
target and have 40 of its tokens, and does all its work on them: tokens, encoder, network. Needs torch and
transformers, which the project itself does not.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import torch
import transformers

from research.benchmarks.material import make_comment
from research.benchmarks.speed import line, publish, ratio
from stance.limits import threads_limited
from stance.scoring.encoder import default_encoder
from stance.scoring.instances import Instance, make_instance
from stance.scoring.persistence import load_model
from stance.scoring.targets import load_targets

TOKENS, BATCH = 40, 16
ROBERTA = transformers.RobertaConfig(max_position_embeddings=514, type_vocab_size=1, num_labels=3)
DEBERTA = transformers.DebertaV2Config(
    hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, vocab_size=128_100,
    type_vocab_size=0, relative_attention=True, position_buckets=256, share_att_key=True,
    pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm", position_biased_input=False, num_labels=3,
)  # fmt: skip


def make_instances() -> Iterator[Instance]:
    """Make pairs of texts, cut at a word where they have 40 tokens, and the targets that they name."""
    draw, targets, encoder = random.Random(TOKENS), load_targets(), default_encoder()
    while True:
        text = "NATO knows it."
        while len(encoder.tokenize(text).ids) < TOKENS:
            text += " " + make_comment(draw, 1)
        while len(encoder.tokenize(text).ids) > TOKENS:
            text = text.rpartition(" ")[0]
        mentions = targets.find(text)
        for target in dict.fromkeys(mention.target for mention in mentions):
            if target in targets.ids:
                yield make_instance(text, target, mentions)


def read_all(model: torch.nn.Module, numbers: torch.Tensor, batch: int) -> None:
    with torch.inference_mode():
        for start in range(0, len(numbers), batch):
            part = numbers[start : start + batch]
            model(input_ids=part, attention_mask=torch.ones_like(part))


def rows(pairs: int, rounds: int) -> Iterator[str]:
    """Time each reader of so many pairs in every round, first to last and last to first."""
    instances, default = list(islice(make_instances(), pairs)), load_model("default")
    numbers = torch.randint(5, 50_000, (pairs, TOKENS), generator=torch.Generator().manual_seed(0))
    readers: dict[str, Callable[[], object]] = {"`default`": partial(default.judge, instances)}
    for name, model in (
        ("RoBERTa-base", transformers.RobertaForSequenceClassification(ROBERTA)),
        ("DeBERTa-v3-base", transformers.DebertaV2ForSequenceClassification(DEBERTA)),
    ):
        for batch in (1, BATCH):
            readers[f"{name}, batches of {batch}"] = partial(read_all, model.float().eval(), numbers, batch)
    times: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(rounds + 1):
        for name in list(readers)[:: 1 if turn % 2 else -1]:
            begun = time.process_time()
            readers[name]()
            if turn:  # the first fills caches
                times[name].append(time.process_time() - begun)
    yield line("random weights, 40 tokens, one core", "a second", "its time / time of `default`")
    for name, seconds in times.items():
        yield line(name, f"{pairs / statistics.median(seconds):,.1f}", ratio(seconds, times["`default`"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pairs", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-o", "--output", type=Path, help="report whose table is replaced")
    options = parser.parse_args()
    torch.set_num_threads(1)
    how = f"python -m research.benchmarks.transformers_speed --pairs {options.pairs} --rounds {options.rounds}"
    with threads_limited(1):
        publish("default", rows(options.pairs, options.rounds), how, options.output)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")


if __name__ == "__main__":
    main()
