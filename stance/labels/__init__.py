"""Label tables and samples: how labelled comments are drawn, read, checked and written."""

from stance.labels.adjudication import adjudicate, pair_key
from stance.labels.formats import write_labels
from stance.labels.tables import load_labels, read_records

__all__ = ["adjudicate", "load_labels", "pair_key", "read_records", "write_labels"]
