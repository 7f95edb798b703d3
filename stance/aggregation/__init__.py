"""aggregate: scores and audit labels -> shares with intervals."""

from stance.aggregation.clusters import AuditLabels, AuditSource, ClusterSums, choose_audit
from stance.aggregation.estimation import FEWEST_ARTICLES, critical_value, wilson_interval
from stance.aggregation.shares import FEWEST_AUDITED, GroupEstimate, Mean, Tally, estimate_group, summarise

__all__ = [
    "FEWEST_ARTICLES", "FEWEST_AUDITED", "AuditLabels", "AuditSource", "ClusterSums", "GroupEstimate", "Mean", "Tally",
    "choose_audit", "critical_value", "estimate_group", "summarise",
    "wilson_interval",
]  # fmt: skip
