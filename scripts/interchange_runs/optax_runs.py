# SPDX-License-Identifier: Apache-2.0
"""Runs of optax.contrib.ademamix, pickled with their whole state."""

import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .problem import SHAPES, Problem

RATE, BETA1, BETA3, ALPHA, DECAY = 0.01, 0.9, 0.999, 5.0, 0.1
RATE_STEPS, ALPHA_STEPS, BETA3_STEPS = 80, 45, 30
# The schedules below, in the converter's form.
OVERRIDES = {
    "learningRate": {"polynomial": {"from": RATE, "to": 0, "over": RATE_STEPS}},
    "alpha": {"polynomial": {"from": 0, "to": ALPHA, "over": ALPHA_STEPS}},
    "beta3": {"halfLife": {"from": BETA1, "to": BETA3, "over": BETA3_STEPS}},
    "weightDecay": DECAY,
    "groups": {"plain": {"tensors": ["*bias", "scale"], "weightDecay": 0}},
}


def _progress(count, over):
    # The division is in float64 if JAX has that switched on: an int32 over an int would be a float32.
    return jnp.minimum(jnp.asarray(count, jnp.result_type(float)) / over, 1)


def _rate(count):
    return RATE * (1 - _progress(count, RATE_STEPS))


def _alpha(count):
    return ALPHA * _progress(count, ALPHA_STEPS)


def _beta3(count):
    progress = _progress(count, BETA3_STEPS)
    return jnp.exp(1 / ((1 - progress) / np.log(BETA1) + progress / np.log(BETA3)))


class OptaxRun:
    """A run with nested parameters, and with weight decay by a mask or by labels of `partition`."""

    suffix = ".pkl"

    def __init__(self, problem: Problem, is_partitioned: bool):
        self._problem = problem
        self._x64 = problem.dtype == np.float64
        labels = {name: group for group, shapes in SHAPES.items() for name in shapes}
        with jax.enable_x64(self._x64):
            if is_partitioned:
                self._optimizer = optax.partition(
                    {"decayed": self._made(DECAY), "plain": self._made(0.0)}, _nested(labels)
                )
            else:
                mask = {name: label == "decayed" for name, label in labels.items()}
                self._optimizer = self._made(DECAY, _nested(mask))
            self._params = _nested({n: jnp.asarray(v) for n, v in problem.initial.items()})
            self._state = self._optimizer.init(self._params)

    def _made(self, decay, mask=None):
        return optax.contrib.ademamix(
            _rate, b1=BETA1, b3=_beta3, alpha=_alpha, weight_decay=decay, mask=mask
        )

    def advance(self, first: int, count: int) -> None:
        """Makes steps."""
        with jax.enable_x64(self._x64):
            for step in range(first, first + count):
                gradients = _nested(
                    {
                        name: jnp.asarray(self._problem.gradient(name, value, step))
                        for name, value in self.parameters().items()
                    }
                )
                updates, self._state = self._optimizer.update(gradients, self._state, self._params)
                self._params = optax.apply_updates(self._params, updates)

    def save(self, path: Path) -> None:
        """Writes the parameters and the optimizer's state."""
        content = {"params": self._params, "opt_state": self._state}
        path.write_bytes(pickle.dumps(jax.device_get(content)))

    def load(self, path: Path) -> None:
        """Loads a file of `save` or of the converter."""
        content = pickle.loads(path.read_bytes())
        with jax.enable_x64(self._x64):
            content = jax.tree.map(jnp.asarray, content)
        assert jax.tree.structure(content["opt_state"]) == jax.tree.structure(self._state)
        self._params, self._state = content["params"], content["opt_state"]

    def parameters(self) -> dict[str, np.ndarray]:
        """Copies of the parameters."""
        return {
            f"{outer}/{inner}" if inner else outer: np.array(value)
            for outer, values in self._params.items()
            for inner, value in (values.items() if isinstance(values, dict) else [("", values)])
        }


def _nested(flat: dict) -> dict:
    """Nested dictionaries: "encoder/weight" becomes ["encoder"]["weight"]."""
    nested: dict = {}
    for name, value in flat.items():
        *folders, last = name.split("/")
        inner = nested
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = value
    return nested
