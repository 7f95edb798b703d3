"""aggregate: scores and audit labels -> shares with intervals.

The labels and sample sizes of a group decide the method by which its shares and means are estimated.
"""
