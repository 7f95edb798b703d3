"""Labels of annotators, in the forms in which people keep them."""

from stance.datamodels import ADJUDICATED
from stance.labels.adjudication import adjudicate, pair_key
from stance.labels.tables import load_labels, read_records, write_labels

__all__ = ["ADJUDICATED", "adjudicate", "load_labels", "pair_key", "read_records", "write_labels"]
