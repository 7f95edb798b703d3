"""Compare predicted stances with gold labels, annotators with each other, models with simple baselines."""
