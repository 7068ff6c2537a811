# SPDX-License-Identifier: Apache-2.0
"""Runs all round trips, exact returns and refusals.

The arguments are the folder of the package, its program InterchangeProcess, and options. With `--write` the
fixtures of the Swift tests are made anew.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from . import cases, refusals, returns, round_trips, torch_fixtures


def main() -> int:
    """Returns 0 if all checks pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("program", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    fixtures = options.root / "Tests/AdEMAMixCheckpointsTests/Interchange"
    tools = round_trips.Tools(options.program)
    if options.write:
        torch_fixtures.write(options.root / "scripts/interchange_tests/fixtures")
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for case in cases.all_cases():
            for dtype in case.dtypes:
                results.append(round_trips.run(case, dtype, tools, folder))
                if options.write and case.is_fixture:
                    _keep(folder, fixtures, case, np.dtype(dtype))
        print("\n".join(round_trips.table(results)))
        print("\nSwift to Python to Swift, the same bits: " + ", ".join(returns.check(tools, folder)))
    returns.check_program()
    print(f"{refusals.check()} refusals and notes")
    return 0 if all(result.is_good for result in results) else 1


def _keep(folder: Path, fixtures: Path, case: cases.Case, dtype: np.dtype) -> None:
    fixtures.mkdir(parents=True, exist_ok=True)
    kind = round_trips.TYPES[dtype]
    name = f"{case.peer}-{case.name}".replace(", ", "-").replace(" ", "-")
    for part in ("before", "after"):
        shutil.copyfile(folder / f"{part}.safetensors", fixtures / f"{name}.{kind}.{part}.safetensors")
    shutil.copyfile(folder / "problem.safetensors", fixtures / f"problem.{kind}.safetensors")


if __name__ == "__main__":
    sys.exit(main())
