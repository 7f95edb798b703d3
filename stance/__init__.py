"""Separate articles from reader comments, score stance toward targets, and write reports.

| stage     | module                           | input -> output                                |
|-----------|----------------------------------|------------------------------------------------|
| read      | `stance/reading/`                | file, folder, table, stdin -> pages, documents |
| parse     | `stance/parsing/`                | page -> document with comments                 |
| find      | `stance/scoring/targets/`        | text -> mentions of targets                    |
| score     | `stance/scoring/`                | text, target -> stance, sentiment, evidence    |
| aggregate | `stance/aggregation/`            | scores -> shares with intervals                |
| compare   | `stance/comparison/`             | scores of groups -> differences between groups |
| analyse   | `stance/discourse/`              | comments, scores -> copies, words, replies ... |
| report    | `stance/reporting/`              | documents, shares -> HTML, JSON, CSV           |
| label     | `stance/labels/`, `stance/app/`  | comments -> labelled comments                  |
| train     | `stance/learn/training.py`       | labelled comments -> model                     |
| evaluate  | `stance/learn/assessment.py`     | gold, predicted -> measures and baselines      |

``stance/pipeline.py`` puts the stages in order; ``stance/api.py`` and ``stance/cli/`` are the Python API and the
command line.
"""

from importlib import import_module

from stance.resources import VERSION

__version__ = VERSION

__all__ = [
    *("StanceError", "compare", "evaluate", "find", "load_scorer", "parse", "report", "sample", "score", "train"),
    "verify",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: ``stance --help`` waits for none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'stance' has no attribute {name!r}")
    return getattr(import_module("stance.exceptions" if name == "StanceError" else "stance.api"), name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
