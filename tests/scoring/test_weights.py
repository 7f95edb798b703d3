"""Weights of encoders: cut into parts, mapped and shared, they give the numbers of the whole graph."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from research.benchmarks.material import make_wpdiscuz
from stance.resources import ENCODER, READER, VOICES
from stance.scoring import weights
from stance.scoring.encoder import LAYERS, TextEncoder
from stance.scoring.graphs import cut_graph

pytestmark = pytest.mark.usefixtures("texts_read_anew")

TEXT = "NATO keeps the peace, and Russia knows it."

READ = """
import sys
from pathlib import Path
from stance.resources import ENCODER
from stance.scoring.encoder import TextEncoder
from stance.scoring.weights import SharedWeights
SharedWeights.folder = Path(sys.argv[1])
encoder = TextEncoder(ENCODER)
sys.stdout.buffer.write(encoder.vectors(encoder.tokenize(sys.argv[2]).ids).tobytes())
"""

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
def test_parts_give_the_numbers_of_the_whole_graph() -> None:
    """The parts hold matrices that onnxruntime made of the graph at the start of a run, at the cost of 450 MB."""
    encoder = TextEncoder(READER)
    runtime = weights.load_runtime()
    options, slow = runtime.SessionOptions(), ("SkipLayerNormFusion",)
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        bytes(encoder.graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=slow
    )
    ids = encoder.tokenize(TEXT).ids
    words = weights.load_words(READER)[[0, *ids, 2]]
    rows = words["numbers"] * words["scale"][:, None].astype(np.float32)
    (tokens,) = session.run(["tokens"], {"words": rows[None]})
    assert np.array_equal(encoder.vectors(ids), tokens[0, 1:-1])
    assert len(list(cut_graph(encoder.graph))) == 6


def test_a_batch_gives_the_numbers_of_each_text() -> None:
    encoder = TextEncoder(changes=VOICES / LAYERS)
    ids = [encoder.tokenize(f"{TEXT} " * n).ids for n in (1, 3, 0, 2)] * 5
    for tokens, vectors in zip(ids, encoder.vectors_of(ids), strict=True):
        assert np.array_equal(vectors, encoder.vectors(tokens))


def test_freed_weights_are_loaded_again() -> None:
    encoder = TextEncoder(ENCODER)
    ids = encoder.tokenize(TEXT).ids
    before = encoder.vectors(ids)
    weights.free_encoders()
    assert np.array_equal(encoder.vectors(ids), before)


@pytest.mark.parametrize("has_room", [True, False])
def test_weights_are_read_with_and_without_temporary_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, has_room: bool
) -> None:
    encoder = TextEncoder(ENCODER)
    ids = encoder.tokenize(TEXT).ids
    before = encoder.vectors(ids)
    weights.free_encoders()
    monkeypatch.setattr(weights, "large_temporary", lambda: tmp_path if has_room else None)
    assert np.array_equal(encoder.vectors(ids), before)
    assert list(tmp_path.iterdir()) == []
    assert isinstance(weights.load_words(ENCODER), np.memmap) is has_room
    weights.free_encoders()


@pytest.mark.skipif(sys.platform == "win32", reason="no locks")
def test_processes_share_weights(tmp_path: Path) -> None:
    encoder = TextEncoder(ENCODER)
    expected = encoder.vectors(encoder.tokenize(TEXT).ids).tobytes()
    command = [sys.executable, "-c", READ, str(tmp_path), TEXT]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as first,
        subprocess.Popen(command, stdout=subprocess.PIPE) as second,
    ):
        assert [first.communicate()[0], second.communicate()[0]] == [expected, expected]
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("encoder-layers/*")}
    assert len(written) == 2
    assert subprocess.run(command, capture_output=True, check=True).stdout == expected
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("encoder-layers/*")} == written


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells how much memory was used")
def test_a_report_takes_less_than_300_mb(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "page.html").write_text(next(make_wpdiscuz(7)), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, cwd=tmp_path, check=True)
    megabytes, heavy = done.stdout.split("\n")[-3:-1]
    assert int(megabytes) < 300
    assert heavy == ""
