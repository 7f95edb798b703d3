"""From saved news pages to stance reports: articles apart from their comments, stance apart from sentiment.

| stage     | room                             | from -> to                                     |
|-----------|----------------------------------|------------------------------------------------|
| read      | `stance/reading/`                | file, folder, table, stdin -> pages            |
| parse     | `stance/parsing/`, `language.py` | page -> document with comments                 |
| find      | `stance/targets.py`              | text -> mentions of targets                    |
| score     | `stance/scoring/`                | text, target -> stance, sentiment, evidence    |
| aggregate | `stance/aggregation/`            | scores -> shares with intervals                |
| compare   | `stance/comparison/`             | scores of groups -> shares side by side        |
| report    | `stance/reporting/`              | documents, shares -> HTML, JSON, CSV           |
| label     | `stance/labelling/`, `labels/`   | scores -> labelled comments                    |
| train     | `stance/training.py`             | labelled comments -> model                     |
| evaluate  | `stance/evaluation/`             | gold, predicted -> measures beside baselines   |
| agree     | `stance/agreement.py`            | labels of annotators -> alpha, kappa           |
| keep      | `stance/registry/`               | models -> versions, and why one is current     |

`stance/pipeline.py` and `stance/findings.py` order the stages; `stance/api.py` and `stance/cli/` are their doors.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stance.api import InputWarning, compare, evaluate, load_scorer, parse, report, sample, score, train
    from stance.datamodels import Comment, Document, Evaluation, LabelledComment, Mention, Page, Score, Share, Stance
    from stance.exceptions import StanceError

__version__ = "0.1.0"

_ROOMS = {
    "stance.api": ("InputWarning", "compare", "evaluate", "load_scorer", "parse", "report", "sample", "score", "train"),
    "stance.datamodels": (
        "Comment",
        "Document",
        "Evaluation",
        "LabelledComment",
        "Mention",
        "Page",
        "Score",
        "Share",
        "Stance",
    ),
    "stance.exceptions": ("StanceError",),
}

__all__ = [
    "Comment",
    "Document",
    "Evaluation",
    "InputWarning",
    "LabelledComment",
    "Mention",
    "Page",
    "Score",
    "Share",
    "Stance",
    "StanceError",
    "__version__",
    "compare",
    "evaluate",
    "load_scorer",
    "parse",
    "report",
    "sample",
    "score",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: `stance --help` waits for none of them."""
    for room, names in _ROOMS.items():
        if name in names:
            value = getattr(import_module(room), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'stance' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
