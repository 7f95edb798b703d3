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
# Left out are tests of files, processes, time and the project itself, which no release changes, and tests of whole runs,
# whose parts are tested. Warnings of old releases are no errors.
own=(adapted budget bundle cue_check cues demo docs dump_forms engines environment estimation_cli faults forget fuzzing hashing
     hostile_inputs hostile_limits hostile_outputs html_cost labelling_attack labelling_widths loop newcomers saves store_file
     store_merge store_update supply text tree window)
"$place/venv/bin/python" -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --hypothesis-profile lowest -m "not browser and not slow and not exhaustive" \
    -p no:cacheprovider -W default $(printf -- "--ignore=tests/test_%s.py " "${own[@]}") tests
