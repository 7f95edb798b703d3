"""A demonstration with a known truth: pages of made-up outlets, read as a new user would, and the figures judged."""
