"""Count the modules that a command enters, its calls, and how often a call leads into another module.

    python -m research.benchmarks.modules report seeds/000_a88b90113f26c970.txt -o build/report

Calls of functions of the package count; what runs while a module is imported does not. Templates are counted by
themselves. Worker processes are not seen, so the command runs with one job. Settings in the environment make all
commands load: give them as options.
"""

import os
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

PACKAGE = str(Path(__file__).parents[2] / "stance") + os.sep


def main() -> int:
    """Run a command of ``stance`` under a profile function and print the counts."""
    entered: Counter[str] = Counter()
    changes, importing, last = 0, 0, ""

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal changes, importing, last
        code = frame.f_code
        if code.co_name == "<module>" and event in ("call", "return"):
            importing += 1 if event == "call" else -1
        elif event == "call" and importing < 1 and code.co_filename.startswith(PACKAGE):
            entered[code.co_filename] += 1
            changes += code.co_filename != last
            last = code.co_filename

    from stance.cli import main as run_command

    sys.argv = ["stance", *sys.argv[1:], "--jobs", "1"]
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run_command()
    except SystemExit as ended:
        code = ended.code
    else:
        code = 0
    sys.setprofile(None)
    loaded = sum(name.startswith("stance.") for name in sys.modules)
    modules = [name for name in entered if name.endswith(".py")]
    print(
        f"{len(modules)} modules entered of {loaded} imported, and {len(entered) - len(modules)} templates;"
        f" {entered.total():,} calls, {changes:,} changes of module"
    )
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
