# SPDX-License-Identifier: Apache-2.0
"""The numbers of all contestants, the gradients of long runs, and the equations in double precision."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np

COUNT = 1024
CHECKPOINTS = (1_000, 10_000)
# An error beyond that of moments in 8 bits (.02): the contestant computes something else.
LARGEST_ERROR = 0.1


@dataclass(frozen=True)
class Numbers:
    """The hyperparameters."""

    rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.999
    beta3: float = 0.9999
    alpha: float = 5.0
    epsilon: float = 1e-8
    decay: float = 0.1

    @property
    def betas(self) -> tuple[float, float, float]:
        """The betas, in the order of PyTorch."""
        return self.beta1, self.beta2, self.beta3

    def array(self) -> np.ndarray:
        """All numbers for C, in double precision."""
        return np.array(astuple(self))


NUMBERS = Numbers()


def parameters(count: int) -> np.ndarray:
    """Parameters to begin with, in float32."""
    return np.random.default_rng(5).standard_normal(count, np.float32)


def gradients(count: int) -> Iterator[np.ndarray]:
    """Gradients without an end, in float32: means that differ from each other, and as much noise."""
    random = np.random.default_rng(17)
    means = random.standard_normal(count, np.float32)
    while True:
        yield means + random.standard_normal(count, np.float32)


def truths() -> dict[int, np.ndarray]:
    """The parameters after the steps of `CHECKPOINTS`, computed in double precision."""
    n = NUMBERS
    theta = parameters(COUNT).astype(np.float64)
    fast, slow, second = np.zeros((3, COUNT))
    found = {}
    for step, gradient in zip(range(1, CHECKPOINTS[-1] + 1), gradients(COUNT)):
        gradient = gradient.astype(np.float64)
        fast += (1 - n.beta1) * (gradient - fast)
        slow += (1 - n.beta3) * (gradient - slow)
        second += (1 - n.beta2) * (gradient**2 - second)
        root = np.sqrt(second / (1 - n.beta2**step)) + n.epsilon
        theta -= n.rate * ((fast / (1 - n.beta1**step) + n.alpha * slow) / root + n.decay * theta)
        if step in CHECKPOINTS:
            found[step] = theta.copy()
    return found


def error(found: np.ndarray, truth: np.ndarray) -> float:
    """The distance from the truth, over the way that the truth has come."""
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth - parameters(COUNT)))
