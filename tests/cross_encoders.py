"""A cross-encoder whose numbers are drawn, for tests of what is done with one."""

import numpy as np

from stance.scoring.cross_encoder import CrossEncoder, slots
from stance.scoring.encoder import SIZE, default_encoder


def drawn(seed: int = 0) -> CrossEncoder:
    """Draw one; it knows nothing, and says something else for each pair."""
    generator = np.random.default_rng(seed)
    own = slots(default_encoder())
    kernels, scales, _ = own.sizes
    # Norms around 1 and biases around 0, as those of encoders are.
    floats = [generator.normal(float("Norm.weight" in name), 0.02, shape) for name, shape in own.floats]
    return CrossEncoder(
        generator.integers(-64, 65, kernels).astype(np.int8),
        np.full(scales, 1e-3, np.float32),
        np.concatenate(floats).astype(np.float32),
        generator.normal(0, 0.1, (4, SIZE)).astype(np.float32).astype(np.float64),
        np.zeros(4),
    )
