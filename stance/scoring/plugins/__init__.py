"""Models that are plugged in: each module loads one kind, and has a row in ``stance.scoring.loading.PLUGINS``."""
