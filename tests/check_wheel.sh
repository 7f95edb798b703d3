#!/usr/bin/env bash
# Build wheel and source twice, byte for byte the same; install the wheel into an empty environment outside the checkout,
# and use it there with the network blocked.
# Usage: check_wheel.sh PYTHON
set -euo pipefail
python=$(realpath --no-symlinks "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

export SOURCE_DATE_EPOCH=1700000000  # whenever it is built
"$python" -m build --quiet --no-isolation --outdir "$place/dist" "$root"
(umask 077 && cd / && TZ=Asia/Tokyo "$python" -m build --quiet --no-isolation --outdir "$place/again" "$root")
for built in "$place"/dist/*; do
    cmp "$built" "$place/again/$(basename "$built")"
done
echo "wheel: $(ls "$place/dist" | wc -l) files, built again the same"

"$python" -m uv venv --quiet --python "$python" "$place/venv"
"$python" -m uv pip install --quiet --python "$place/venv/bin/python" "$place"/dist/*.whl
cp "$root"/seeds/000_*.txt "$place/page.txt"
awk 'NR % 20 == 0' "$root"/research/data/comments/[a-d].jsonl >"$place/labels.jsonl"
cd "$place"
# As for a user with an empty home: libraries that report to their makers do not where they see that this is a test.
for name in $(compgen -e); do
    case $name in PATH | TMPDIR) ;; *) unset "$name" ;; esac
done
mkdir home
export HOME="$place/home" PYTHONPATH="$root/tests/offline"
if venv/bin/python -c 'import socket; socket.create_connection(("127.0.0.1", 9))' 2>/dev/null || [ $? -ne 99 ]; then
    echo "wheel: the network was not blocked" >&2
    exit 1
fi
venv/bin/stance --version
venv/bin/stance parse page.txt -o documents.jsonl --quiet
venv/bin/stance score documents.jsonl -o scores.csv --quiet
printf 'id,text\n1,De NAVO is een stel oorlogshitsers en moet hier weg\n' >dutch.csv
venv/bin/stance score dutch.csv --target nato --quiet | grep -q '"stance": "against".*"sentiment_method": "learned"'
venv/bin/stance report page.txt -o out --quiet
venv/bin/stance compare page.txt --by outlet -o out --quiet
# Saved pages load urllib3 through trafilatura, which binds a socket to ::1 to learn whether there is IPv6; no packet is sent.
env --unset=PYTHONPATH venv/bin/stance demo -o demo --quiet
test -f demo/report/comparison.html
venv/bin/stance train labels.jsonl --from light -o mine --quiet --json >training.json
venv/bin/python - <<'PY'
import json, pathlib, stance
assert pathlib.Path(stance.__file__).is_relative_to(pathlib.Path.cwd() / "venv"), stance.__file__
summary = json.loads(pathlib.Path("out/summary.json").read_text())
(document,) = summary["documents"]
assert document["comments"] == 15, document
assert (pathlib.Path("out") / f"{document['id']}.html").is_file()
assert not list(pathlib.Path.home().rglob("*")), list(pathlib.Path.home().rglob("*"))
print("wheel: a page reported,", document["comments"], "comments; the network was not asked")
PY
