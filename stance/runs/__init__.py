"""Parts of a run: documents, the choice of the model, scores, labels, samples, comparisons, checks of outputs."""
