# SPDX-License-Identifier: Apache-2.0
"""The problem of which Python and Swift compute the same gradients: see Problem.swift."""

from pathlib import Path

import numpy as np
from interchange import safetensors_file

ROWS = 16
# The tensors by group. The second group has no weight decay.
SHAPES = {
    "decayed": {"encoder/weight": (6, 5), "decoder/weight": (2, 3, 4)},
    "plain": {"encoder/bias": (5,), "scale": ()},
}


class Problem:
    """A quadratic whose minimum moves from step to step, in float32 or float64."""

    def __init__(self, dtype: type):
        random = np.random.default_rng(20240905)
        self.dtype = np.dtype(dtype)
        self.initial, self._curvatures, self._targets = {}, {}, {}
        for shapes in SHAPES.values():
            for name, shape in shapes.items():
                self.initial[name] = self._drawn(random, shape)
                self._curvatures[name] = np.exp(self._drawn(random, shape)).astype(dtype)
                self._targets[name] = 2 * self._drawn(random, (ROWS, *shape))

    def gradient(self, name: str, parameter, step: int):
        """The gradient at a parameter, a NumPy array. `step` counts from 0."""
        return self._curvatures[name] * (parameter - self._targets[name][step % ROWS])

    def save(self, path: Path) -> None:
        """Writes a file for Problem.swift."""
        tensors = {f"curvature/{name}": values for name, values in self._curvatures.items()}
        tensors |= {f"target/{name}": values for name, values in self._targets.items()}
        safetensors_file.write(path, tensors, {})

    def _drawn(self, random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        # The numbers are rounded to float32, so that both types have the same problem.
        return np.asarray(random.standard_normal(shape, np.float32)).astype(self.dtype)
