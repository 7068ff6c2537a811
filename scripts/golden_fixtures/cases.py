# SPDX-License-Identifier: Apache-2.0
"""The trajectories of the test suite."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import inputs, schedules
from .equations import SCHEDULABLE, hyperparameters
from .schedules import half_life, linear


@dataclass(frozen=True)
class Case:
    """One run: hyperparameters, the tensors' sizes, and what to record."""

    name: str
    description: str
    hyperparameters: dict
    clock: str = "fromZero"
    sizes: tuple[int, ...] = (480,)
    decayed: tuple[bool, ...] = ()  # all, if empty
    steps: int = 24
    recorded: tuple[int, ...] = (2, 24)
    weights: Callable = inputs.weights
    gradients: Callable = inputs.noisy

    def __post_init__(self):
        if not self.decayed:
            object.__setattr__(self, "decayed", (True,) * len(self.sizes))

    @property
    def count(self):
        """The number of parameters."""
        return sum(self.sizes)

    @property
    def is_constant(self):
        """Whether all hyperparameters are constant."""
        return all(schedules.is_constant(self.hyperparameters[name]) for name in SCHEDULABLE)

    def inputs(self):
        """The initial parameters, and the gradients as one row for each step."""
        random = inputs.generator(self.name)
        initial = self.weights(random, self.count)
        return initial, self.gradients(random, self.steps, self.count)

    def element_decayed(self):
        """The mask of weight decay, for each element."""
        return np.repeat(self.decayed, self.sizes)


_EDGES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 512)
_LONG = {"sizes": (4,), "steps": 10_000, "recorded": (1, 10, 100, *range(250, 10_001, 250))}


def _paper(beta_start, over):
    return {"alpha": linear(0.0, 5.0, over), "beta3": half_life(beta_start, 0.9999, over)}


def _learning_rate(name, description, kind, **values):
    rate = {"kind": kind} | values
    return Case(name, description, hyperparameters(learningRate=rate, weightDecay=0.1))


ALL = [
    Case("defaults", "Default hyperparameters, tensor sizes around the edges of vectors and tiles.",
         hyperparameters(), sizes=_EDGES, steps=12, recorded=(12,)),
    Case("beta1-zero", "No fast average: the numerator holds the gradient itself.",
         hyperparameters(beta1=0.0)),
    Case("alpha-zero", "No slow average in the update: AdamW.",
         hyperparameters(alpha=0.0, weightDecay=0.1)),
    Case("epsilon-root", "A term inside the square root.", hyperparameters(epsilonRoot=1e-4)),
    Case("decay-mask", "Weight decay on the first and the last of three tensors.",
         hyperparameters(weightDecay=0.1), sizes=(200, 131, 149), decayed=(True, False, True)),
    Case("special-gradients",
         "Gradients around 1e-20, 1e15, 0, 1e-40 and the smallest normal Float, a tensor each.",
         hyperparameters(), sizes=(40,) * 5, recorded=(1, 2, 24),
         weights=inputs.half_zero, gradients=inputs.special),

    _learning_rate("rate-linear", "Linear learning rate that starts late.", "linear",
                   **{"from": 1e-2, "to": 1e-3, "over": 12, "start": 4}),
    _learning_rate("rate-polynomial", "Quadratic learning rate.", "polynomial",
                   **{"from": 1e-2, "to": 1e-3, "power": 2.0, "over": 16, "start": 2}),
    _learning_rate("rate-cosine-decay", "Cosine decay of the learning rate.", "cosineDecay",
                   **{"from": 1e-2, "to": 1e-3, "over": 20, "exponent": 1.0}),
    _learning_rate("rate-exponential-decay", "Exponential decay of the learning rate, bounded.",
                   "exponentialDecay", **{"from": 1e-2, "rate": 0.5, "over": 6, "start": 3},
                   staircase=False, limit=2e-3),
    _learning_rate("rate-warmup-cosine", "Warm-up, then cosine decay of the learning rate.",
                   "warmupCosine", **{"from": 0.0, "to": 1e-4},
                   peak=1e-2, warmup=6, total=20, exponent=1.0),
    _learning_rate("rate-warmup-stable-decay", "Warm-up, plateau and 1-sqrt decay.",
                   "warmupStableDecay", **{"from": 0.0, "to": 1e-4},
                   peak=1e-2, warmup=5, stable=8, decay=8, shape="oneMinusSqrt"),
    _learning_rate("rate-piecewise-constant", "A learning rate that drops twice.",
                   "piecewiseConstant", value=1e-2, factors=[[6, 0.5], [15, 0.2]]),
    _learning_rate("rate-joined", "A warm-up joined to a constant and an exponential decay.",
                   "joined", boundaries=[5, 10], schedules=[
                       linear(0.0, 1e-2, 5), schedules.constant(1e-2),
                       {"kind": "exponentialDecay", "from": 1e-2, "rate": 0.8, "over": 1,
                        "start": 0, "staircase": False, "limit": None}]),

    Case("alpha-and-decay-scheduled", "Schedules on alpha and on weight decay.",
         hyperparameters(alpha=linear(0.0, 8.0, 16), weightDecay=linear(0.1, 0.01, 20))),
    Case("paper-from-zero", "The paper's schedulers, called with 0 at the first step.",
         hyperparameters(**_paper(0.9, 16), weightDecay=0.1)),
    Case("paper-from-one", "The paper's schedulers, called with 1 at the first step.",
         hyperparameters(**_paper(0.9, 16), weightDecay=0.1), clock="fromOne"),
    Case("paper-beta1-zero", "The paper's schedulers from beta 0, without a fast average.",
         hyperparameters(**_paper(0.0, 16), beta1=0.0)),

    Case("long", "Ten thousand steps with constants.",
         hyperparameters(learningRate=1e-3), **_LONG),
    Case("long-paper", "Ten thousand steps with the paper's schedulers.",
         hyperparameters(learningRate=1e-3, weightDecay=0.1, **_paper(0.9, 10_000)), **_LONG),
]  # fmt: skip
