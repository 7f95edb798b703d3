"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Two groups' shares can lie apart because a model errs more in one of them. So a difference is tested, and perhaps
claimed, only where audit labels correct both; of any other pair it is said how little a difference in errors would undo
it.
"""

from stance.comparison.differences import adjust, compare_pair, holm, tipping_point
from stance.comparison.groups import Comparison, Difference, Group
from stance.comparison.records import comparison_to_record
from stance.comparison.tallies import ComparisonTally, compare_scores

__all__ = [
    "Comparison",
    "ComparisonTally",
    "Difference",
    "Group",
    "adjust",
    "compare_pair",
    "compare_scores",
    "comparison_to_record",
    "holm",
    "tipping_point",
]
