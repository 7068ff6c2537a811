# SPDX-License-Identifier: Apache-2.0
"""The gradients of the study, and the states that the equations and nearest rounding make of them."""

from collections.abc import Iterator

import numpy as np

STEPS = 10_000
COUNT = 4096
NOISES = (0.0, 0.1, 1.0)
HYPERPARAMETERS = {
    "learningRate": 1e-4, "beta1": 0.9, "beta2": 0.999, "beta3": 0.9999, "alpha": 5.0, "epsilon": 1e-8,
}  # fmt: skip
QUANTITIES = ("m1", "m2", "nu", "parameters")
State = dict[str, np.ndarray]


def gradients(noise: float, steps: int, seed: int) -> np.ndarray:
    """Rows of gradients in float32, normally distributed around means of three decades and both signs."""
    random = np.random.default_rng(seed)
    means = 10 ** (-3 * random.random(COUNT)) * np.where(random.random(COUNT) < 0.5, -1, 1)
    rows = np.empty((steps, COUNT), np.float32)
    for row in rows:
        row[:] = means + noise * random.standard_normal(COUNT)
    return rows


class Equations:
    """AdEMAMix in float64, from parameters 0."""

    def __init__(self):
        self.state = {name: np.zeros(COUNT) for name in QUANTITIES}
        self._step = 0

    def take(self, gradient: np.ndarray) -> None:
        """Makes a step with a gradient."""
        state, h = self.state, HYPERPARAMETERS
        gradient = gradient.astype(np.float64)
        self._step += 1
        for moment, beta, term in (
            ("m1", h["beta1"], gradient), ("m2", h["beta3"], gradient), ("nu", h["beta2"], gradient**2),
        ):  # fmt: skip
            state[moment] = self.stored(beta * state[moment] + (1 - beta) * term)
        fast = state["m1"] / (1 - h["beta1"] ** self._step)
        second = state["nu"] / (1 - h["beta2"] ** self._step)
        update = (fast + h["alpha"] * state["m2"]) / (np.sqrt(second) + h["epsilon"])
        state["parameters"] = state["parameters"] - h["learningRate"] * update

    def stored(self, moment: np.ndarray) -> np.ndarray:
        """A moment as it is stored, here without rounding."""
        return moment


class NearestBFloat16(Equations):
    """AdEMAMix with moments rounded to the nearest bfloat16, as a cast rounds them."""

    def stored(self, moment: np.ndarray) -> np.ndarray:
        """The upper half of a float32, with ties rounded to even."""
        bits = moment.astype(np.float32).view(np.uint32)
        bits += 0x7FFF + (bits >> 16 & 1)
        bits &= 0xFFFF0000
        return bits.view(np.float32).astype(np.float64)


def outcome(equations: Equations, rows: np.ndarray) -> State:
    """The state after a step with each row."""
    for row in rows:
        equations.take(row)
    return equations.state


def errors(actual: State, truth: State) -> Iterator[float]:
    """The relative L2 error of each quantity, and the last column, in which small elements weigh as much as large."""
    for name in QUANTITIES:
        yield np.linalg.norm(actual[name] - truth[name]) / np.linalg.norm(truth[name])
    ratio = np.sqrt(actual["nu"].astype(np.float64) / truth["nu"])
    yield np.sqrt(np.mean((ratio - 1) ** 2))
