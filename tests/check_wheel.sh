#!/usr/bin/env bash
# Build the wheel, install it into an empty environment outside the checkout, and report on a page from there.
# Usage: check_wheel.sh PYTHON
set -euo pipefail
python=$(realpath --no-symlinks "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$python" -m build --quiet --wheel --outdir "$place/dist" "$root"
"$python" -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet "$place"/dist/*.whl
cp "$root"/seeds/000_*.txt "$place/page.txt"
cd "$place"
export XDG_CONFIG_HOME="$place/config"
venv/bin/stance --version
venv/bin/stance report page.txt -o out --quiet
venv/bin/python - <<'PY'
import json, pathlib, stance
assert pathlib.Path(stance.__file__).is_relative_to(pathlib.Path.cwd() / "venv"), stance.__file__
summary = json.loads(pathlib.Path("out/summary.json").read_text())
(document,) = summary["documents"]
assert document["comments"] == 15, document
assert (pathlib.Path("out") / f"{document['id']}.html").is_file()
print("wheel: a page reported,", document["comments"], "comments")
PY
