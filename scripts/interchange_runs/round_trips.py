# SPDX-License-Identifier: Apache-2.0
"""Takes each run from Python to Swift and back, and compares it with the run that stayed in Python.

The difference of two runs is that of their final parameters: the largest difference in a tensor, relative to
the largest magnitude in it, and of all tensors the largest.
"""

import contextlib
import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from interchange import __main__ as converter

from .cases import Case
from .problem import Problem

# Steps in Python, in Swift, and in Python again. Warm-ups are under way at the first change of sides,
# and end before and after the second.
BEFORE, BETWEEN, AFTER = 20, 15, 20
BOUNDS = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-12}
TYPES = {np.dtype(np.float32): "Float", np.dtype(np.float64): "Double"}


@dataclass(frozen=True)
class Result:
    """The difference of two runs of a case, and the distance that its run went."""

    case: Case
    dtype: np.dtype
    difference: float
    movement: float
    end: dict[str, np.ndarray]

    @property
    def is_good(self) -> bool:
        """Whether the difference is within the bound of the type."""
        return self.difference <= BOUNDS[self.dtype]


class Tools:
    """The commands under test: the converter, and the Swift program."""

    def __init__(self, program: Path):
        self._program = str(program)

    def convert(self, *arguments: str | Path) -> str:
        """Runs the converter's command line. Returns what it prints."""
        with contextlib.redirect_stderr(io.StringIO()) as said:
            status = converter.main([str(argument) for argument in arguments])
        if status:
            raise RuntimeError(f"{arguments}: {said.getvalue()}")
        return said.getvalue()

    def swift(self, *arguments: str | Path) -> None:
        """Runs InterchangeProcess."""
        subprocess.run([self._program, *map(str, arguments)], check=True)


def run(case: Case, dtype: type, tools: Tools, folder: Path) -> Result:
    """Makes a round trip. The checkpoints `before` and `after` the steps of Swift stay in the folder."""
    problem = Problem(dtype)
    problem.save(folder / "problem.safetensors")
    stayed = case.make(problem)
    suffix, start = stayed.suffix, stayed.parameters()
    stayed.advance(0, BEFORE)
    stayed.save(folder / f"before{suffix}")
    _to_swift(case, tools, folder, "before")

    tools.swift(
        "continue", folder / "before.safetensors", folder / "swift.safetensors",
        folder / "problem.safetensors", BEFORE, BETWEEN,
    )  # fmt: skip
    like = ["--like", folder / f"before{suffix}"] if case.peer == "optax" else []
    tools.convert("to", case.peer, folder / "swift.safetensors", folder / f"back{suffix}", *like)
    returned = case.make(problem)
    returned.load(folder / f"back{suffix}")
    returned.advance(BEFORE + BETWEEN, AFTER)

    stayed.advance(BEFORE, BETWEEN)
    stayed.save(folder / f"after{suffix}")
    _to_swift(case, tools, folder, "after")
    stayed.advance(BEFORE + BETWEEN, AFTER)
    end = stayed.parameters()
    return Result(
        case, np.dtype(dtype), _difference(returned.parameters(), end), _difference(start, end), end
    )


def _to_swift(case: Case, tools: Tools, folder: Path, name: str) -> None:
    given = []
    if case.hyperparameters is not None:
        given = ["--hyperparameters", json.dumps(case.hyperparameters)]
    source = folder / f"{name}{case.make(Problem(np.float32)).suffix}"
    tools.convert("from", case.peer, source, folder / f"{name}.safetensors", *given)


def _difference(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    assert set(actual) == set(expected)
    return max(
        float(np.abs(actual[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in expected
    )


def table(results: list[Result]) -> Iterator[str]:
    """The results in lines. Those in Float have the difference of Python's Float and Double beside them."""
    doubles = {id(r.case): r.end for r in results if r.dtype == np.float64}
    yield (
        f"{'peer':19}{'case':21}{'type':8}{'movement':>9}{'difference':>13}{'bound':>8}"
        f"{'Python itself':>15}"
    )
    for result in results:
        own = ""
        if result.dtype == np.float32 and id(result.case) in doubles:
            own = f"{_difference(result.end, doubles[id(result.case)]):15.1e}"
        yield (
            f"{result.case.peer:19}{result.case.name:21}{TYPES[result.dtype]:8}"
            f"{result.movement:9.2f}{result.difference:13.1e}{BOUNDS[result.dtype]:8.0e}{own}"
            f"{'' if result.is_good else '  FAILED'}"
        )
