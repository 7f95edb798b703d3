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
# The parts that call these packages; files, processes, time and whole runs change with no release. Warnings of old releases
# are no errors.
parts=(aggregation api choosing cli comparison counts discourse_words encoder estimation html html_metadata index_page labels_tables
       language outputs persistence reader reading reporting scorers sentiment sources store_export systems targets tone training vader voices)
files=()
for part in "${parts[@]}"; do
    files+=($(find tests -name "test_$part.py"))
done
test "${#files[@]}" -ge 20
"$place/venv/bin/python" -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --hypothesis-profile lowest \
    -m "not browser and not slow and not exhaustive and not floors" -p no:cacheprovider -W default "${files[@]}"
