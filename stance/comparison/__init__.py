"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Shares of two groups can differ because a model makes more errors in one of them. So differences are tested only if
audit labels correct both groups; for other pairs the tipping point is reported.
"""

from stance.comparison.contrasts import Difference, adjust, compare_pair
from stance.comparison.results import Comparison, comparison_to_record
from stance.comparison.tally import ComparisonTally

__all__ = [
    "Comparison", "ComparisonTally", "Difference", "adjust", "compare_pair", "comparison_to_record",
]  # fmt: skip
