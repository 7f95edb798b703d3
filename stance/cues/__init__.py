"""Work on the cues themselves: checked, weighed anew from labels, rewritten. What fires them is in ``scoring``."""
