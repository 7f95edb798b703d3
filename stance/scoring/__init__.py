"""Score: a text and a target become a stance, a sentiment and the words that are evidence for it."""
