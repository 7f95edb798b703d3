"""Train models on labelled comments and measure them."""
