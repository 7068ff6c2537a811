# SPDX-License-Identifier: Apache-2.0
"""Moving averages of parameters: the recursion in NumPy float64, and optax's incremental_update."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from . import encoding, inputs, schedules
from .schedules import constant, half_life

# The tolerance of optax under x64. It rounds 1 - decay, and adds in another order.
TOLERANCE = 1e-12


@dataclass(frozen=True)
class _Case:
    name: str
    description: str
    decay: dict
    sizes: tuple[int, ...] = (257, 1, 14)
    steps: int = 40
    recorded: tuple[int, ...] = (1, 2, 40)

    def inputs(self):
        """A random walk: the initial parameters and those after each step, all exact in float32."""
        random = inputs.generator(f"average {self.name}")
        count = sum(self.sizes)
        initial = inputs.weights(random, count)
        walk = np.cumsum(1e-3 * random.standard_normal((self.steps, count)), axis=0)
        return initial, (initial + walk).astype(np.float32)


_CASES = [
    _Case("constant", "A constant decay.", constant(0.9)),
    _Case("zero", "A decay of 0: the parameters themselves.", constant(0.0), steps=2,
          recorded=(1, 2)),
    _Case("warming-up", "A decay that rises with its half-life.", half_life(0.1, 0.999, 30)),
    _Case("long", "Ten thousand updates.", constant(0.9999), sizes=(4,), steps=10_000,
          recorded=tuple(range(250, 10_001, 250))),
]  # fmt: skip


def fixtures():
    """The content of parameter-average.json, after checking the recursion against optax."""
    return [_fixture(case) for case in _CASES]


def _fixture(case):
    initial, parameters = case.inputs()
    expected = _recursion(case, initial, parameters)
    double = _optax_run(case, initial, parameters, np.float64)
    single = _optax_run(case, initial, parameters, np.float32)
    np.testing.assert_allclose(double, expected, rtol=TOLERANCE, atol=1e-14, err_msg=case.name)
    return {
        "name": case.name,
        "description": case.description,
        "decay": case.decay,
        "tensorSizes": case.sizes,
        "steps": case.steps,
        "recordedSteps": case.recorded,
        "initialParameters": encoding.base64_of(initial, "f4"),
        "parameters": encoding.base64_of(parameters, "f4"),
        "expected": [encoding.base64_of(values, "f8") for values in expected],
        "optaxFloat32": [encoding.base64_of(values, "f4") for values in single],
    }


def _recursion(case, initial, parameters):
    average = initial.astype(np.float64)
    recorded = []
    for step, row in enumerate(parameters.astype(np.float64), start=1):
        decay = schedules.value(case.decay, step - 1)
        average = decay * average + (1 - decay) * row
        if step in case.recorded:
            recorded.append(average)
    return recorded


def _optax_run(case, initial, parameters, dtype):
    with jax.enable_x64(dtype == np.float64):
        average = jnp.asarray(initial, dtype=dtype)
        updates = {}  # compiled once for each decay
        recorded = []
        for step, row in enumerate(parameters, start=1):
            size = 1 - schedules.value(case.decay, step - 1)
            if size not in updates:
                updates[size] = jax.jit(partial(optax.incremental_update, step_size=size))
            average = updates[size](jnp.asarray(row, dtype=dtype), average)
            if step in case.recorded:
                recorded.append(np.asarray(average))
        return recorded
