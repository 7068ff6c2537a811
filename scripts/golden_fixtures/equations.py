# SPDX-License-Identifier: Apache-2.0
"""The AdEMAMix update in NumPy float64: the truth that the fixtures hold.

Pagliardini et al., 2024, "The AdEMAMix Optimizer: Better, Faster, Older", Algorithm 1, with one
addition of optax: `epsilonRoot` inside the square root. The simplified form is that of Morwani et
al., 2025, "Connections between Schedule-Free Optimizers, AdEMAMix, and Accelerated SGD Variants".
Only additions, multiplications, divisions and square roots touch arrays, so the results do not
depend on the machine.
"""

import math
from dataclasses import dataclass

import numpy as np

from . import schedules

QUANTITIES = ("parameters", "m1", "m2", "nu")
SCHEDULABLE = ("learningRate", "beta3", "alpha", "weightDecay")


def hyperparameters(**changes):
    """The defaults of the Swift library with `changes`; plain numbers become constant schedules."""
    values = {
        "learningRate": 1e-2,
        "beta1": 0.9,
        "beta2": 0.999,
        "beta3": 0.9999,
        "alpha": 5.0,
        "epsilon": 1e-8,
        "epsilonRoot": 0.0,
        "weightDecay": 0.0,
    } | changes
    for name in SCHEDULABLE:
        if not isinstance(values[name], dict):
            values[name] = schedules.constant(values[name])
    return values


def simplified(**changes):
    """Hyperparameters of the simplified form, whose beta1 may be a schedule too."""
    values = hyperparameters(**{"beta1": 0.99, "beta2": 0.95, "alpha": 0.0} | changes)
    if not isinstance(values["beta1"], dict):
        values["beta1"] = schedules.constant(values["beta1"])
    del values["beta3"]
    return values


def is_simplified(hyper):
    """Whether `hyper` is of the simplified form: it has no slow average."""
    return "beta3" not in hyper


@dataclass
class Moments:
    """Averages of gradients, and the numbers of steps in which they were updated."""

    m1: np.ndarray
    m2: np.ndarray
    nu: np.ndarray
    steps: int = 0  # of nu
    fast_steps: int = 0
    slow_steps: int = 0  # the count of the schedules of alpha and beta3

    @classmethod
    def zero(cls, count):
        """The moments before the first step."""
        return cls(*(np.zeros(count) for _ in range(3)))

    def update(self, hyper, clock, gradient):
        """Updates the averages with `gradient`. Returns the update before learning rate and weight decay."""
        if is_simplified(hyper):
            return self._simplified_update(hyper, clock, gradient)
        count = schedule_count(clock, self.slow_steps)
        beta1, beta2 = hyper["beta1"], hyper["beta2"]
        beta3, alpha = (schedules.value(hyper[name], count) for name in ("beta3", "alpha"))
        self.steps += 1
        self.fast_steps += 1
        self.slow_steps += 1

        self.m1 = beta1 * self.m1 + (1 - beta1) * gradient
        self.m2 = beta3 * self.m2 + (1 - beta3) * gradient
        self.nu = beta2 * self.nu + (1 - beta2) * gradient**2
        numerator = self.m1 / _correction(beta1, self.fast_steps) + alpha * self.m2
        return numerator / (np.sqrt(self.corrected_second(hyper)) + hyper["epsilon"])

    def _simplified_update(self, hyper, clock, gradient):
        count = schedule_count(clock, self.steps)
        beta1, alpha = (schedules.value(hyper[name], count) for name in ("beta1", "alpha"))
        beta2 = hyper["beta2"]
        self.steps += 1

        self.m1 = beta1 * self.m1 + gradient
        self.nu = beta2 * self.nu + (1 - beta2) * gradient**2
        numerator = self.m1 + alpha * gradient
        return numerator / (np.sqrt(self.corrected_second(hyper)) + hyper["epsilon"])

    def corrected_second(self, hyper):
        """The bias-corrected second moment, of which the denominator has the root."""
        return self.nu / _correction(hyper["beta2"], self.steps) + hyper["epsilonRoot"]


def schedule_count(clock, completed):
    """The argument of a schedule in the step after `completed` ones.

    At the first step, "fromZero" (optax) shows 0 to schedules and "fromOne" (the paper) shows 1.
    """
    return completed + 1 if clock == "fromOne" else completed


def rate_and_decay(hyper, count):
    """The factor of a step and the weight decay, when schedules are called with `count`."""
    return tuple(schedules.value(hyper[name], count) for name in ("learningRate", "weightDecay"))


def trajectory(hyper, clock, decayed, initial, gradients, recorded):
    """Runs the equations over the rows of `gradients`.

    `decayed` has for each element whether it has weight decay. Returns, for each of `QUANTITIES`,
    its arrays after the `recorded` numbers of steps.
    """
    theta = np.array(initial, dtype=np.float64)
    moments = Moments.zero(theta.size)
    history = {name: [] for name in QUANTITIES}

    for step, gradient in enumerate(np.asarray(gradients, dtype=np.float64), start=1):
        count = schedule_count(clock, step - 1)
        rate, decay = rate_and_decay(hyper, count)
        update = moments.update(hyper, clock, gradient)
        theta = theta - rate * (update + decay * np.where(decayed, theta, 0.0))

        if step in recorded:
            for name, array in zip(
                QUANTITIES, (theta, moments.m1, moments.m2, moments.nu), strict=True
            ):
                history[name].append(array)
    return history


def _correction(beta, step):
    """1 - beta**step without cancellation."""
    return -math.expm1(step * math.log(beta)) if beta > 0 else 1.0
