"""aggregate: scores and audit labels -> shares with intervals."""

from stance.aggregation.audit import AuditLabels, AuditSource, choose_audit, refuse_seen
from stance.aggregation.clusters import ClusterSums
from stance.aggregation.intervals import FEWEST_ARTICLES, clustered_interval, critical_value, wilson_interval
from stance.aggregation.shares import FEWEST_AUDITED, GroupEstimate, Mean, estimate_group
from stance.aggregation.tallies import (
    NEUTRAL_SENTIMENT,
    SENTIMENTS,
    Tally,
    TargetTally,
    model_share,
    sentiment_class,
    summarise,
)

__all__ = [
    "FEWEST_ARTICLES",
    "FEWEST_AUDITED",
    "NEUTRAL_SENTIMENT",
    "SENTIMENTS",
    "AuditLabels",
    "AuditSource",
    "ClusterSums",
    "GroupEstimate",
    "Mean",
    "Tally",
    "TargetTally",
    "choose_audit",
    "clustered_interval",
    "critical_value",
    "estimate_group",
    "model_share",
    "refuse_seen",
    "sentiment_class",
    "summarise",
    "wilson_interval",
]
