"""Check cues, and estimate their weights anew from labels; for people who write cues."""
