"""The AdEMAMix update in NumPy float64: the truth that the fixtures hold.

Pagliardini et al., 2024, "The AdEMAMix Optimizer: Better, Faster, Older", Algorithm 1, with one
addition of optax: `epsilonRoot` inside the square root. Only additions, multiplications, divisions
and square roots touch arrays, so the results do not depend on the machine.
"""

import math

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


def trajectory(hyper, clock, decayed, initial, gradients, recorded):
    """Runs the equations over the rows of `gradients`.

    `clock` is the argument of a schedule at the first step: "fromZero" (optax) or "fromOne" (the
    paper). `decayed` tells for each element whether it takes part in weight decay. Returns, for
    each of `QUANTITIES`, its arrays after the `recorded` numbers of steps.
    """
    theta = np.array(initial, dtype=np.float64)
    m1, m2, nu = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    beta1, beta2 = hyper["beta1"], hyper["beta2"]
    history = {name: [] for name in QUANTITIES}

    for step, gradient in enumerate(np.asarray(gradients, dtype=np.float64), start=1):
        count = step if clock == "fromOne" else step - 1
        rate, beta3, alpha, decay = (schedules.value(hyper[name], count) for name in SCHEDULABLE)

        m1 = beta1 * m1 + (1 - beta1) * gradient
        m2 = beta3 * m2 + (1 - beta3) * gradient
        nu = beta2 * nu + (1 - beta2) * gradient**2
        numerator = m1 / _correction(beta1, step) + alpha * m2
        denominator = np.sqrt(nu / _correction(beta2, step) + hyper["epsilonRoot"])
        update = numerator / (denominator + hyper["epsilon"])
        theta = theta - rate * (update + decay * np.where(decayed, theta, 0.0))

        if step in recorded:
            for name, array in zip(QUANTITIES, (theta, m1, m2, nu), strict=True):
                history[name].append(array)
    return history


def _correction(beta, step):
    """1 - beta**step without cancellation."""
    return -math.expm1(step * math.log(beta)) if beta > 0 else 1.0
