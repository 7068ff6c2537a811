# SPDX-License-Identifier: Apache-2.0
"""Compositions of AdEMAMix with other transformations, as plain values."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from . import inputs, schedules
from .equations import is_simplified


@dataclass(frozen=True)
class Group:
    """Tensors, by their indices, that share hyperparameters."""

    name: str
    tensors: tuple[int, ...]
    hyperparameters: dict
    learning_rate_factor: float = 1.0
    is_frozen: bool = False
    direction_limit: float | None = None
    skips_zero_gradients: bool = False

    @property
    def is_restrained(self):
        """Whether the step is more than the equations."""
        return self.direction_limit is not None or self.skips_zero_gradients

    def has_moment(self, quantity):
        """Whether there is such a moment: "m1", "m2" or "nu"."""
        if self.is_frozen or quantity == "m2" and is_simplified(self.hyperparameters):
            return False
        return quantity != "m1" or self.hyperparameters["beta1"] != 0


@dataclass(frozen=True)
class Options:
    """The options of a step, which change gradients before the equations, and the update after them.

    A gradient is scaled, accumulated, checked and clipped, in this order. If gradients are
    accumulated, each one is checked for itself.
    """

    gradientScale: float = 1.0
    accumulation: dict | None = None
    nonFiniteGradients: dict = field(default_factory=lambda: {"kind": "propagate"})
    clipping: dict | None = None
    isCautious: bool = False
    updateClipping: float | None = None


@dataclass(frozen=True)
class Composition:
    """One run: what is composed, the tensors' sizes, and what to record."""

    name: str
    description: str
    groups: tuple[Group, ...] | Group | dict  # a dict has the hyperparameters of one group
    options: Options = Options()
    edits: tuple[dict, ...] = ()
    clock: str = "fromZero"
    sizes: tuple[int, ...] = (40, 33, 27)
    calls: int = 8
    recorded: tuple[int, ...] = (8,)
    gradients: Callable = inputs.noisy
    is_update_alone: bool = False  # the updates are recorded, and change no parameter
    adamw_calls: int = 0  # steps of AdamW that come before

    def __post_init__(self):
        if isinstance(self.groups, dict):
            everything = Group("all", tuple(range(len(self.sizes))), self.groups)
            object.__setattr__(self, "groups", (everything,))
        elif isinstance(self.groups, Group):
            object.__setattr__(self, "groups", (self.groups,))

    @property
    def form(self):
        """The form of the equations."""
        if self.is_update_alone:
            return "updateAlone"
        simple = is_simplified(self.groups[0].hyperparameters)
        return "simplified" if simple else "ademamix"

    @property
    def is_in_optax(self):
        """Whether optax has all parts of the composition."""
        options = self.options
        hyper = [group.hyperparameters for group in self.groups]
        return not (
            options.isCautious
            or any(group.is_restrained for group in self.groups)
            or options.updateClipping
            or (options.clipping or {}).get("rule") == "torch"
            or any(edit["name"] == "isFrozen" for edit in self.edits)
            or any(is_simplified(h) and not schedules.is_constant(h["beta1"]) for h in hyper)
        )

    def recorded_tensors(self, quantity):
        """Indices of the tensors whose `quantity` is recorded, if their groups stay as they are."""
        tensors = range(len(self.sizes))
        if quantity == "parameters":
            return tensors
        groups = [self.group_of(tensor) for tensor in tensors]
        return [tensor for tensor in tensors if groups[tensor].has_moment(quantity)]

    def inputs(self):
        """The initial parameters, and the gradients as one row for each call."""
        random = inputs.generator(self.name)
        count = sum(self.sizes)
        initial = inputs.weights(random, count)
        return initial, self.gradients(random, self.adamw_calls + self.calls, count)

    def split(self, flat):
        """The tensors that lie one after the other in `flat`."""
        return np.split(flat, np.cumsum(self.sizes)[:-1])

    def group_of(self, tensor):
        """The group of the tensor with this index."""
        return next(group for group in self.groups if tensor in group.tensors)

    def described(self):
        """The description of the composition in its fixture."""
        return {
            "name": f"composition-{self.name}",
            "description": self.description,
            "form": self.form,
            "clock": self.clock,
            "groups": [
                {
                    "name": group.name,
                    "tensors": group.tensors,
                    "hyperparameters": group.hyperparameters,
                    "learningRateFactor": group.learning_rate_factor,
                    "isFrozen": group.is_frozen,
                }
                | _restraints(group)
                for group in self.groups
            ],
            "options": asdict(self.options),
            "edits": self.edits,
            "tensorSizes": self.sizes,
            "calls": self.calls,
            "recordedCalls": self.recorded,
        }


def _restraints(group):
    """Restraints that hold a group back from the equations; nothing for a group without."""
    if not group.is_restrained:
        return {}
    return {
        "directionLimit": group.direction_limit,
        "skipsZeroGradients": group.skips_zero_gradients,
    }
