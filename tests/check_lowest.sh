#!/usr/bin/env bash
# Run the tests with the oldest releases that pyproject.toml allows of the packages it names.
# Usage: check_lowest.sh PYTHON
set -euo pipefail
python=$(realpath --no-symlinks "$1")
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$python" -m uv venv --quiet --python 3.11 "$place/venv"
"$python" -m uv pip install --quiet --python "$place/venv/bin/python" --resolution lowest-direct --editable '.[dev]'
# For each of these packages, tests of a part that calls it; files, processes, time and whole runs change with no release.
# Warnings of old releases are no errors.
parts=(
    api cli            # pandas, typer, zstandard
    language html      # lxml, trafilatura, babel
    encodings sources  # charset-normalizer, ftfy
    discourse_words    # nltk, scipy
    encoder tone       # onnxruntime, tokenizers
    estimation training  # numpy, scipy, scikit-learn
    index_page         # jinja2
    persistence        # safetensors
    reading            # pyarrow
    sentiment          # vaderSentiment
    store_export       # xlsxwriter, networkx
    targets            # pyahocorasick
)
files=()
for part in "${parts[@]}"; do
    files+=("$(find tests -name "test_$part.py")")
done
"$place/venv/bin/python" -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --hypothesis-profile lowest \
    -m "not browser and not slow and not exhaustive and not floors" -p no:cacheprovider -W default "${files[@]}"
