"""Sentences of articles: whether the outlet says them itself or quotes them, who speaks, and in which tone."""
