#!/usr/bin/env bash
# Run the tests with the oldest releases that pyproject.toml allows of the packages it names.
# Usage: check_lowest.sh PYTHON
set -euo pipefail
python=$(realpath --no-symlinks "$1")
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$python" -m pip install --quiet uv
"$python" -m uv venv --quiet --python 3.11 "$place/venv"
"$python" -m uv pip install --quiet --python "$place/venv/bin/python" --resolution lowest-direct --editable '.[dev]'
"$place/venv/bin/python" -m pytest --numprocesses auto --hypothesis-profile lowest -m "not browser and not slow" -p no:cacheprovider -W default  # what old releases warn of is theirs
