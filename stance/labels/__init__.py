"""Labels: what annotators said of comments, in the several forms in which people keep it."""

from stance.labels.columns import parse_columns
from stance.labels.settling import ADJUDICATED, Settled, comment_key, pair_key, plain_number, settle
from stance.labels.tables import ALWAYS_JUDGED, LabelTable, load_labels, read_records
from stance.labels.writing import FORMATS, write_labels

__all__ = [
    "ADJUDICATED",
    "ALWAYS_JUDGED",
    "FORMATS",
    "LabelTable",
    "Settled",
    "comment_key",
    "load_labels",
    "pair_key",
    "parse_columns",
    "plain_number",
    "read_records",
    "settle",
    "write_labels",
]
