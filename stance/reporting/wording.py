"""Write the sentiment of groups as a table, and count how sides sound."""

from collections import Counter
from collections.abc import Iterable

from stance.datamodels import SIDES, Record, Stance
from stance.records import cell_of, csv_head, csv_text

SENTIMENT_FILE = "sentiment.csv"

SENTIMENT_COLUMNS = (
    "by", "group", "target", "method", "n", "mean", "low", "high", "negative", "positive", "population", "may_print",
)  # fmt: skip
"""Words: the columns of ``sentiment.csv``. ``by`` says what the group is: all, document, or what was compared."""

ALL = "all"
"""Name of the group of all comments."""

SOUNDS = ("negative", "neutral", "positive")


def sentiment_csv(means: Iterable[tuple[str, Record]]) -> str:
    """Write means as the text of a table; empty where there are none.

    :param means: Each with what its group is.
    """
    rows = []
    for by, mean in means:
        low, high = mean["interval"] or (None, None)
        row = {**mean, "by": by, "low": low, "high": high}
        rows.append([cell_of(row.get(column)) for column in SENTIMENT_COLUMNS])
    return csv_head(SENTIMENT_COLUMNS) + csv_text(rows) if rows else ""


def sentiment_sides(rows: Iterable[Record]) -> list[Record]:
    """Sum the counts of how sides sound over groups; sides that no comment is read as are left out."""
    sums: dict[tuple[str, str, str], Counter[str]] = {}
    for row in rows:
        counts = sums.setdefault((row["target"], row["method"], row["stance"]), Counter())
        counts.update({name: row[name] for name in SOUNDS})
    keys = ("target", "method", "stance")
    order = list(dict.fromkeys(key[:2] for key in sums))
    ordered = sorted(sums.items(), key=lambda each: (order.index(each[0][:2]), SIDES.index(Stance(each[0][2]))))
    return [dict(zip(keys, key, strict=True)) | counts for key, counts in ordered if counts.total()]
