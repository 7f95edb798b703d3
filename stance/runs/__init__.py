"""Parts of a run: what is read, the model that is chosen, scores, labels, samples, figures and outputs."""
