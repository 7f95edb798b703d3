"""Draw comments with known probabilities, and label them on a web page."""
