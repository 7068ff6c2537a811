# SPDX-License-Identifier: Apache-2.0
"""Writes every fixture into the folder given as the argument, and prints the distances of optax."""

import sys
from pathlib import Path

import numpy as np

from . import (
    cases,
    comparison,
    compositions,
    encoding,
    equations,
    inputs,
    optax_runs,
    parameter_average,
    published,
    schedule_table,
)
from .equations import QUANTITIES


def main():
    """Generates and checks all fixtures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    encoding.write(folder / "schedules.json", schedule_table.fixtures())
    encoding.write(folder / "published.json", published.fixtures())
    encoding.write(folder / "parameter-average.json", parameter_average.fixtures())

    print("L2 distance of optax in float32 to the equations in float64")
    print(f"{'':38}" + "".join(f"{name:>12}" for name in QUANTITIES))
    for case in cases.ALL:
        _write(folder, *_fixture(case))
    # Compositions are made for the numbers of the seed 0: with others, a norm may not be clipped.
    if inputs.SEED == 0:
        for content, distances in compositions.fixtures():
            _write(folder, content, distances)


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
        sizes = dict.fromkeys(QUANTITIES, case.sizes)
        comparison.check(double, expected, sizes, case.name)
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
        "expected": encoding.history(expected, "f8"),
        "optaxFloat64Parameters": double and encoding.history(double, "f8")["parameters"],
        "optaxFloat32": encoding.history(single, "f4"),
    }
    return content, comparison.distances(single, expected)


def _write(folder, content, distances):
    encoding.write(folder / f"{content['name']}.json", content)
    columns = [f"{distance:12.2e}" for distance in distances] if distances else ["not in optax"]
    print(f"{content['name']:38}" + "".join(columns))


if __name__ == "__main__":
    main()
