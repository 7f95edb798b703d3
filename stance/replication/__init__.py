"""Figures of reports and bundles, computed again from their scores, labels and seeds."""
