# SPDX-License-Identifier: Apache-2.0
"""Runs the study and prints its table. The first argument is the Swift program.

    python -m storage_study StorageProcess --steps 1000

A cell is an error relative to float64: the norm of the difference over the norm of the truth. The last column
is the root mean square of the relative errors of the roots of the elements of nu.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from interchange import safetensors_file

from . import bitsandbytes_run, problem

PEER = "bitsandbytes AdEMAMix8bit"
PRESETS = ("compact", "minimal", "compact of version 2", "minimal of version 2")
LARGEST_ERROR = 0.005  # of m2
COLUMNS = (*problem.QUANTITIES, "sqrt nu")
# With constant gradients, nearest rounding happens to leave the largest squares near a code, and they decide the
# norm of nu. Small squares are off by more than half. The column sqrt nu shows that, and has no exception.
EXCEPTION = (0.0, "nu")
# 8-bit floating-point numbers are as exact for elements far below the largest of a block as for the largest, which
# decide a norm: see scripts/storage-formats. They lose there what they gain below. The way of the parameters has no
# exception.
FLOATING = ("minimal", ("m1", "nu", "sqrt nu"))


def main() -> int:
    """Returns 0 if the presets keep their promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--steps", type=int, default=problem.STEPS)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.json and not os.access(options.json.parent, os.W_OK):
        # Before anything is computed.
        raise SystemExit(f"storage: --json {options.json} cannot be written")
    failures, exceptions, studies = [], [], []
    print(f"{'noise':7}{'moments':28}" + "".join(f"{column:>12}" for column in COLUMNS))
    for noise in problem.NOISES:
        rows = problem.gradients(noise, options.steps, options.seed)
        truth = problem.outcome(problem.Equations(), rows)
        errors = {}
        for name, state in _contestants(rows, options.program):
            errors[name] = list(problem.errors(state, truth))
            cells = "".join(f"{error:12.2e}" for error in errors[name])
            print(f"{noise:<7}{name:28}{cells}", flush=True)
        for is_exception, line in _excesses(noise, errors):
            (exceptions if is_exception else failures).append(line)
        found = [{"name": name, "errors": dict(zip(COLUMNS, row))} for name, row in errors.items()]
        studies.append({"noise": noise, "steps": options.steps, "rows": found})
    if options.json:
        options.json.write_text(json.dumps({"storageErrors": studies}, default=float, indent=2) + "\n")
    if options.steps != problem.STEPS:
        return 0  # After few steps, the errors of nearest rounding have not yet added up.
    for title, lines in (("Beyond a bound:", failures), ("Known to be:", exceptions)):
        if lines:
            print("\n".join(["", title, *lines]))
    return 1 if failures else 0


def _contestants(rows: np.ndarray, program: str) -> Iterator[tuple[str, problem.State]]:
    yield from _of_the_library(rows, program).items()
    yield PEER, bitsandbytes_run.outcome(rows)
    yield "bfloat16, nearest", problem.outcome(problem.NearestBFloat16(), rows)


def _of_the_library(rows: np.ndarray, program: str) -> dict[str, problem.State]:
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "gradients", Path(folder) / "states"
        metadata = {name: repr(value) for name, value in problem.HYPERPARAMETERS.items()}
        safetensors_file.write(given, {"gradients": rows}, metadata)
        subprocess.run([program, given, result], check=True)
        tensors, _ = safetensors_file.read(result)
    states: dict[str, problem.State] = {}
    for path in tensors:
        storage, quantity = path.split("/")
        states.setdefault(storage, {})[quantity] = tensors[path]
    # A file has its tensors in the order of their names.
    first = ("full", *PRESETS)
    return {name: states.pop(name) for name in first} | states


def _excesses(noise: float, errors: dict[str, list[float]]) -> Iterator[tuple[bool, str]]:
    for preset in PRESETS:
        for column, own, others in zip(COLUMNS, errors[preset], errors[PEER]):
            place = f"noise {noise}: {column} of {preset} is off by {own:.2e}"
            if column == "m2" and own > LARGEST_ERROR:
                yield False, f"{place}, more than {LARGEST_ERROR}"
            if own >= others:
                is_known = (noise, column) == EXCEPTION or (preset == FLOATING[0] and column in FLOATING[1])
                yield is_known, f"{place}, that of {PEER} by {others:.2e}"


if __name__ == "__main__":
    sys.exit(main())
