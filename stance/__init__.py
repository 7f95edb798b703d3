"""Separate articles from reader comments, score stance toward targets, and write reports.

| stage     | module                           | input -> output                                |
|-----------|----------------------------------|------------------------------------------------|
| read      | `stance/reading/`                | file, folder, table, stdin -> pages, documents |
| parse     | `stance/parsing/`                | page -> document with comments                 |
| find      | `stance/targets.py`              | text -> mentions of targets                    |
| score     | `stance/scoring/`                | text, target -> stance, sentiment, evidence    |
| aggregate | `stance/aggregation/`            | scores -> shares with intervals                |
| compare   | `stance/comparison/`             | scores of groups -> differences between groups |
| analyse   | `stance/discourse/`              | comments, scores -> copies, words, replies ... |
| report    | `stance/reporting/`              | documents, shares -> HTML, JSON, CSV           |
| label     | `stance/labelling/`, `labels/`   | comments -> labelled comments                  |
| train     | `stance/training/`               | labelled comments -> model                     |
| evaluate  | `stance/evaluation/`             | gold, predicted -> measures beside baselines   |

``stance/pipeline.py`` puts the stages in order; ``stance/api.py`` and ``stance/cli/`` are the Python API and the
command line.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stance.resources import VERSION

if TYPE_CHECKING:
    from stance.api import compare, estimator, evaluate, find, load_scorer, parse, report, sample, score, train
    from stance.datamodels import Comment, Document, Evaluation, LabelledComment, Mention, Page, Score, Share, Stance
    from stance.exceptions import StanceError
    from stance.log import InputWarning

__version__ = VERSION

_MODULES = ("stance.datamodels", "stance.exceptions", "stance.log", "stance.api")
"""Modules of public names, those that load fast first."""

__all__ = [
    "Comment", "Document", "Evaluation", "InputWarning", "LabelledComment", "Mention", "Page", "Score", "Share",
    "Stance", "StanceError", "__version__", "compare", "estimator", "evaluate", "find", "load_scorer", "parse",
    "report", "sample", "score", "train",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: `stance --help` waits for none of them."""
    for module in _MODULES if name in __all__ else ():
        if (value := getattr(import_module(module), name, None)) is not None:
            globals()[name] = value
            return value
    raise AttributeError(f"module 'stance' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
