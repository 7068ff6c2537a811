# SPDX-License-Identifier: Apache-2.0
"""A program that makes steps."""

from abc import ABC, abstractmethod

import numpy as np


class Contestant(ABC):
    """A flat tensor of float32 with its gradients, and a program that makes steps on it.

    `is_ademamix` is false where the program computes something else that moves memory.
    """

    is_ademamix = True

    def __init__(self, count: int, threads: int):
        """Makes a contestant that is to run on so many threads. It may compile its step at the first steps."""

    @abstractmethod
    def step(self) -> None:
        """Makes a step, and waits until it is complete."""

    @abstractmethod
    def set_gradients(self, values: np.ndarray) -> None:
        """Replaces the gradients."""

    @abstractmethod
    def parameters(self) -> np.ndarray:
        """A copy of the parameters."""
