"""`default` beside transformers of its own shape and those that people use for stance, in turns, on one core.

Weights are random: speed does not depend on them, and nothing is downloaded. MPNet is the encoder of `default`: it gets
the tokens of the same texts, in 32 bits. RoBERTa-base reads a text once, as a classifier of three classes does;
DeBERTa-v3-base reads each pair of a text and a target, as natural language inference does; both get as many tokens. All
read one by one and in batches of 16; the faster counts. `default` gets pairs of texts of 80 tokens and a target, and does
all its work on them: tokens, encoder, network. Needs torch and transformers, which the project itself does not.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import torch
import transformers

from research.benchmarks.material import make_comment
from research.benchmarks.speed import Bench, line, ratio
from stance.limits import threads_limited
from stance.scoring.encoder import TextEncoder
from stance.scoring.instances import Instance, make_instance
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model
from stance.scoring.reader import PairReader, _shown
from stance.scoring.targets.target_set import load_targets

PAIRS, TOKENS, BATCH = 160, 80, 16
MPNET = transformers.MPNetConfig()
ROBERTA = transformers.RobertaConfig(max_position_embeddings=514, type_vocab_size=1, num_labels=3)
DEBERTA = transformers.DebertaV2Config(
    hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072, vocab_size=128_100,
    type_vocab_size=0, relative_attention=True, position_buckets=256, share_att_key=True,
    pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm", position_biased_input=False, num_labels=3,
)  # fmt: skip


def encoder_of(model: StanceModel) -> TextEncoder:
    """Return the encoder of a model."""
    assert isinstance(model.columns, PairReader)
    return model.columns.encoder


def make_instances(encoder: TextEncoder) -> Iterator[Instance]:
    """Make pairs of texts, cut at a word where they have 80 tokens, and the first target that each names."""
    draw, targets = random.Random(TOKENS), load_targets()
    while True:
        text = "NATO knows it."
        while len(encoder.tokenize(text).ids) < TOKENS:
            text += " " + make_comment(draw, 1)
        while len(encoder.tokenize(text).ids) > TOKENS:
            text = text.rpartition(" ")[0]
        mentions = targets.find(text)
        yield make_instance(text, next(each.target for each in mentions if each.target in targets.ids), mentions)


def read_default(model: StanceModel, instances: list[Instance]) -> None:
    """Read pairs as in a run of texts that are all different."""
    _shown.cache_clear()
    model.columns.read(instances)


def read_all(model: torch.nn.Module, numbers: torch.Tensor, batch: int) -> None:
    with torch.inference_mode():
        for start in range(0, len(numbers), batch):
            part = numbers[start : start + batch]
            model(input_ids=part, attention_mask=torch.ones_like(part))


def transformers_rows(bench: Bench) -> Iterator[str]:
    """Time each reader of the pairs in every round, first to last and last to first, on one thread."""
    torch.set_num_threads(1)
    with threads_limited(1):
        yield from _rows(bench.rounds)


def _rows(rounds: int) -> Iterator[str]:
    default = load_model("default")
    encoder = encoder_of(default)
    instances = list(islice(make_instances(encoder), PAIRS))
    numbers = torch.randint(5, 50_000, (PAIRS, TOKENS), generator=torch.Generator().manual_seed(0))
    same = [encoder.tokenize(each.text).ids for each in instances]
    texts = torch.tensor([(ids * 2)[:TOKENS] for ids in same])  # a cut may leave a token less
    # Its columns: answers of the model would be remembered from the first round.
    readers: dict[str, Callable[[], object]] = {"`default`": partial(read_default, default, instances)}
    mpnet = transformers.MPNetModel(MPNET, add_pooling_layer=False)
    for batch in (1, BATCH):
        readers[f"MPNet, batches of {batch}"] = partial(read_all, mpnet.float().eval(), texts, batch)
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
    yield line("random weights, 80 tokens, one core", "a second", "its time / time of `default`")
    for name, seconds in times.items():
        yield line(name, f"{PAIRS / statistics.median(seconds):,.1f}", ratio(seconds, times["`default`"]))
