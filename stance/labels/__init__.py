"""Labels: what annotators said of comments, in the several forms in which people keep it."""

from stance.labels.settling import ADJUDICATED, Settled, comment_key, pair_key, settle
from stance.labels.tables import ALWAYS_JUDGED, LabelTable, load_labels

__all__ = [
    "ADJUDICATED",
    "ALWAYS_JUDGED",
    "LabelTable",
    "Settled",
    "comment_key",
    "load_labels",
    "pair_key",
    "settle",
]
