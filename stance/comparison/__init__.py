"""Comparison of groups of comments: grouping, sums, tests of differences, trends, topics."""
