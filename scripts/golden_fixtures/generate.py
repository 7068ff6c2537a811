"""Writes every fixture into the folder given as the argument, and prints how far optax is off."""

import sys
from pathlib import Path

import numpy as np

from . import cases, encoding, equations, optax_runs, published, schedule_table
from .equations import QUANTITIES

# optax under x64 against the equations, relative to an element. One that passes near zero keeps the
# rounding errors of its earlier, larger values: hence the second, relative to its tensor's largest.
TOLERANCE = 1e-12
TENSOR_TOLERANCE = 1e-14


def main():
    """Generates and checks all fixtures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    encoding.write(folder / "schedules.json", schedule_table.fixtures())
    encoding.write(folder / "published.json", published.fixtures())

    print("L2 distance of optax in float32 to the equations in float64")
    print(f"{'':26}" + "".join(f"{name:>12}" for name in QUANTITIES))
    for case in cases.ALL:
        content, distances = _fixture(case)
        encoding.write(folder / f"{case.name}.json", content)
        print(f"{case.name:26}" + "".join(f"{distance:12.2e}" for distance in distances))


def _fixture(case):
    initial, gradients = case.inputs()
    expected = equations.trajectory(
        case.hyperparameters, case.clock, case.element_decayed(), initial, gradients, case.recorded
    )
    optimizer = optax_runs.ademamix(case)
    single = optax_runs.trajectory(optimizer, case, initial, gradients, np.float32)
    double = None
    if case.is_constant:
        double = optax_runs.trajectory(optimizer, case, initial, gradients, np.float64)
        _check(double, expected, case)
    if case.hyperparameters["alpha"] == {"kind": "constant", "value": 0.0}:
        adamw = optax_runs.trajectory(optax_runs.adamw(case), case, initial, gradients, np.float64)
        np.testing.assert_array_equal(adamw["parameters"], double["parameters"])

    content = {
        "name": case.name,
        "description": case.description,
        "clock": case.clock,
        "hyperparameters": case.hyperparameters,
        "tensorSizes": case.sizes,
        "decayed": case.decayed,
        "steps": case.steps,
        "recordedSteps": case.recorded,
        "initialParameters": encoding.base64_of(initial, "f4"),
        "gradients": encoding.base64_of(gradients, "f4"),
        "expected": _encoded(expected, "f8"),
        "optaxFloat64Parameters": double and _encoded(double, "f8")["parameters"],
        "optaxFloat32": _encoded(single, "f4"),
    }
    return content, [_distance(single[name], expected[name]) for name in QUANTITIES]


def _encoded(history, dtype):
    return {name: [encoding.base64_of(array, dtype) for array in history[name]] for name in history}


def _check(double, expected, case):
    boundaries = np.cumsum(case.sizes)[:-1]
    for name in QUANTITIES:
        tensors = np.split(np.stack(double[name]), boundaries, axis=1)
        truths = np.split(np.stack(expected[name]), boundaries, axis=1)
        for actual, truth in zip(tensors, truths, strict=True):
            absolute = TENSOR_TOLERANCE * np.abs(truth).max()
            np.testing.assert_allclose(actual, truth, TOLERANCE, absolute, err_msg=case.name)


def _distance(actual, expected):
    return np.linalg.norm(np.subtract(actual, expected, dtype=np.float64))


if __name__ == "__main__":
    main()
