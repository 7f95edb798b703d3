"""Labels: what annotators said of comments, in the several forms in which people keep it."""

from stance.labels.tables import ALWAYS_JUDGED, LabelTable, load_labels

__all__ = ["ALWAYS_JUDGED", "LabelTable", "load_labels"]
