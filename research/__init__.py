"""How the models and figures of the package are made. The package never imports this folder."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
LABELLED = ROOT / "research" / "data"
"""Labels, and the texts that were written for the project."""
REPORTS = ROOT / "research" / "reports"
