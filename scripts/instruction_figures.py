# SPDX-License-Identifier: Apache-2.0
"""Compares counts of instructions with the committed figures, or writes those.

    python -m instruction_figures FOLDER FIGURES --check|--update --with TEXT

The folder has what InstructionCounts printed, in `names`, and a file of callgrind for each line but the first.
"""

import argparse
import re
import sys
from pathlib import Path

# The percentage that a figure may move by, up or down. Counts of the same program in the same environment are equal, and
# so are those of a clean build. Environments of another length, which move the stack, change them by up to 0.25 %, and
# other variants of glibc's memcpy and memset by up to 1.7 %. With 2 % an instruction more for each vector of the kernel
# `fused` is seen, which is 2.7 % of it with AVX2, and 98 instructions more in the path around a step.
TOLERANCE = 2

SKIPPED = 77

HEAD = f"""\
# Instructions, as scripts/instructions counts and writes them: of kernels for an
# element, of steps on 1,000 parameters and of updates of averages for a call.
# They may move by {TOLERANCE} %.
"""


def main() -> int:
    """Returns 1 where a figure has moved, 77 where figures cannot be compared."""
    parser = argparse.ArgumentParser(prog="scripts/instructions")
    parser.add_argument("folder", type=Path)
    parser.add_argument("figures", type=Path)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--update", action="store_true")
    parser.add_argument("--with", dest="tools", required=True)
    arguments = parser.parse_args()
    library, *lines = (arguments.folder / "names").read_text().splitlines()
    tools = f"{arguments.tools}, {library}"
    counts = dict(_counts(arguments.folder, lines))
    if len(counts) != len(lines):
        raise SystemExit("instructions: two figures have the same name")
    if arguments.update:
        arguments.figures.write_text(_text(tools, counts))
        return 0

    expected_tools, expected = _read(arguments.figures)
    if tools != expected_tools:
        print(
            f"instructions: not compared, since the figures are of {expected_tools}, and this is {tools}",
            file=sys.stderr,
        )
        return SKIPPED
    complaints = list(_differences(counts, expected))
    for complaint in complaints:
        print(f"instructions: {complaint}", file=sys.stderr)
    if complaints:
        print("instructions: if this is meant to be, scripts/instructions --update writes the figures", file=sys.stderr)
    else:
        print(f"instructions: {len(counts)} figures are within {TOLERANCE} %", file=sys.stderr)
    return int(bool(complaints))


def _counts(folder: Path, lines: list[str]):
    """Each name with its figure."""
    for number, line in enumerate(lines, 1):
        divisor, _, name = line.partition(" ")
        total = re.search(r"^summary: (\d+)$", (folder / f"counts.{number}").read_text(), re.MULTILINE)
        if total is None:
            raise SystemExit(f"instructions: callgrind has no count of {name}")
        yield name, int(total[1]) / int(divisor)
    if (folder / f"counts.{len(lines) + 1}").exists():
        raise SystemExit("instructions: callgrind has more counts than there are names")


def _text(tools: str, counts: dict[str, float]) -> str:
    width = max(map(len, counts))
    return f"{HEAD}tools: {tools}\n" + "".join(
        f"{f'{name}:':{width + 1}} {_rounded(count):>7}\n" for name, count in sorted(counts.items())
    )


def _rounded(count: float) -> str:
    return f"{count:.3f}" if count < 1000 else f"{count:.0f}"


def _read(path: Path) -> tuple[str, dict[str, float]]:
    pairs = (line.split(": ", 1) for line in path.read_text().splitlines() if not line.startswith("#"))
    figures = {name: value.strip() for name, value in pairs}
    tools = figures.pop("tools")
    return tools, {name: float(value) for name, value in figures.items()}


def _differences(counts: dict[str, float], expected: dict[str, float]):
    for name in sorted(counts.keys() | expected.keys()):
        if name not in expected:
            yield f"{name} is new: {_rounded(counts[name])}"
        elif name not in counts:
            yield f"{name} is no longer counted"
        else:
            change = 100 * (counts[name] / expected[name] - 1)
            if abs(change) > TOLERANCE:
                old, new = _rounded(expected[name]), _rounded(counts[name])
                yield f"{name} has moved from {old} to {new}: {change:+.1f} %"


if __name__ == "__main__":
    sys.exit(main())
