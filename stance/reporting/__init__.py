"""Report: scored documents and their shares become pages to read and files to compute with."""

from stance.reporting.comparison import write_comparison
from stance.reporting.pages import ReportWriter
from stance.reporting.public import PublicReportWriter, write_public_comparison
from stance.reporting.summary import ModelNote

__all__ = [
    "ModelNote", "PublicReportWriter", "ReportWriter", "write_comparison",
"write_public_comparison",
]  # fmt: skip
