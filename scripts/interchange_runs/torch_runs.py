# SPDX-License-Identifier: Apache-2.0
"""Runs of PyTorch optimizers, saved with torch.save as their users save them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .problem import SHAPES, Problem


class TorchRun:
    """The parameters of a run in two groups, one with weight decay, and their optimizer."""

    suffix = ".pt"

    def __init__(self, make: Callable, problem: Problem, decay: float):
        self._problem = problem
        self._parameters = {
            name: torch.nn.Parameter(torch.from_numpy(values.copy()))
            for name, values in problem.initial.items()
        }
        groups = [
            {
                "params": [(name, self._parameters[name]) for name in shapes],
                "name": group,
                "weight_decay": decay if group == "decayed" else 0.0,
            }
            for group, shapes in SHAPES.items()
        ]
        self._optimizer = make(groups)

    def advance(self, first: int, count: int) -> None:
        """Makes steps."""
        for step in range(first, first + count):
            for name, parameter in self._parameters.items():
                gradient = self._problem.gradient(name, parameter.detach().numpy(), step)
                parameter.grad = torch.from_numpy(np.asarray(gradient))
            self._optimizer.step()

    def save(self, path: Path) -> None:
        """Writes the states of model and optimizer."""
        model = {name: parameter.detach() for name, parameter in self._parameters.items()}
        torch.save({"model": model, "optimizer": self._optimizer.state_dict()}, path)

    def load(self, path: Path) -> None:
        """Loads a file of `save` or of the converter."""
        content = torch.load(path, weights_only=True)
        assert set(content["model"]) == set(self._parameters)
        for name, parameter in self._parameters.items():
            parameter.data.copy_(content["model"][name])
        self._optimizer.load_state_dict(content["optimizer"])

    def parameters(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {name: p.detach().numpy().copy() for name, p in self._parameters.items()}
