"""Weights of encoders: they give the numbers of the whole graph, in whatever company, and can be freed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from research.benchmarks.material import make_wpdiscuz
from stance.resources import ENCODER, READER
from stance.scoring import weights
from stance.scoring.encoder import TextEncoder

pytestmark = pytest.mark.usefixtures("texts_read_anew")

TEXT = "NATO keeps the peace, and Russia knows it."

REPORT = """
import re
import sys
from pathlib import Path
from stance.__main__ import main
sys.argv = ["stance", "report", "pages", "-o", "report", "--jobs", "1", "--quiet"]
try:
    main()
except SystemExit as end:
    assert not end.code
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]) // 1024)
print(*{"nltk", "pandas", "sklearn"} & sys.modules.keys())
"""


@pytest.mark.slow
def test_unpacked_matrices_give_the_numbers_of_the_whole_graph() -> None:
    """Given the graph itself, onnxruntime unpacks the matrices, which takes 100 MB more."""
    encoder = TextEncoder(READER)
    runtime = weights.load_runtime()
    options, slow = runtime.SessionOptions(), ("SkipLayerNormFusion",)
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        weights.read_graph(READER, None), options, providers=["CPUExecutionProvider"], disabled_optimizers=slow
    )
    ids = encoder.tokenize(TEXT).ids
    words = weights.load_words(READER)[[0, *ids, 2]]
    rows = words["numbers"] * words["scale"][:, None].astype(np.float32)
    (tokens,) = session.run(["tokens"], {"words": rows[None]})
    assert np.array_equal(encoder.vectors(ids), tokens[0, 1:-1])


def test_freed_weights_are_loaded_again() -> None:
    encoder = TextEncoder(ENCODER)
    ids = encoder.tokenize(TEXT).ids
    before = encoder.vectors(ids)
    weights.free_encoders()
    assert np.array_equal(encoder.vectors(ids), before)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells how much memory was used")
def test_a_report_takes_less_than_450_mb(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.html").write_text(next(make_wpdiscuz(7)), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, cwd=tmp_path, check=True)
    megabytes, heavy = done.stdout.split("\n")[-3:-1]
    assert int(megabytes) < 450
    assert heavy == ""
