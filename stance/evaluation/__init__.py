"""Evaluate: predicted stances against gold labels, annotators against each other, models beside simple baselines."""
