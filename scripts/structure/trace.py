# SPDX-License-Identifier: Apache-2.0
"""Prints the stack of a step, and the functions that it ran.

    python -m structure.trace FRAMES COVERAGE
"""

import json
import subprocess
import sys
from pathlib import Path

THUNKS = ("partial apply", "protocol witness", "reabstraction thunk", "merged")


def main() -> int:
    """Prints both."""
    frames_path, coverage_path = sys.argv[1:]
    frames = _frames(Path(frames_path).read_text())
    counts = {kind: sum(frame[0] == kind for frame in frames) for kind in ("function", "closure", "thunk", "other")}
    print(
        f"{counts['function']} functions and {counts['closure']} closures of the package are on the stack of a "
        f"plain step, beside {counts['thunk']} thunks and {counts['other']} frames of other code:"
    )
    for kind, name, place in frames:
        print(f"  {kind:8}  {name}  {place}")
    functions = _executed(json.loads(Path(coverage_path).read_text()))
    files = sorted({path for path, _ in functions})
    swift = sum(path.endswith(".swift") for path in files)
    print(
        f"\nThe step runs {len(functions)} functions and closures, in {swift} files of Swift and "
        f"{len(files) - swift} of C:"
    )
    for path in files:
        print(f"  {path}: {sum(one == path for one, _ in functions)}")
    return 0


def _frames(text: str) -> list[tuple[str, str, str]]:
    """Kinds, names and places of the frames from the client's down to the arithmetic."""
    rows = [line.split(" ", 2)[1:] for line in text.splitlines() if line.startswith("frame ")]
    names = _demangled([name for name, _ in rows])
    found = []
    for name, (symbol, place) in zip(names, rows):
        if symbol.endswith("main"):
            return found[::-1]
        path, _, line = place.rpartition(" ")
        # Functions of the standard library that are compiled with the package have its files.
        inside = _inside(path) if not symbol.startswith("$s") or "AdEMAMix" in symbol else None
        if name.startswith(THUNKS):
            kind = "thunk"
        elif inside is None:
            kind = "other"
        else:
            kind = "closure" if name.startswith("closure #") else "function"
        found.append((kind, name, f"{inside}:{line}" if inside else ""))
    raise SystemExit("trace-step: gdb has not come to cblas_saxpy")


def _executed(coverage: dict) -> list[tuple[str, str]]:
    """Files and names of the functions of the package that ran."""
    found = set()
    for function in coverage["data"][0]["functions"]:
        inside = _inside(function["filenames"][0])
        if function["count"] and inside is not None:
            found.add((inside, function["name"]))
    return sorted(found)


def _inside(path: str) -> str | None:
    """The path below the package's sources, if it is there."""
    root = Path.cwd() / "Sources"
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else None


def _demangled(names: list[str]) -> list[str]:
    command = ["swift", "demangle", "--compact", "--simplified"]
    text = subprocess.run(command, input="\n".join(names), check=True, capture_output=True, text=True).stdout
    return text.splitlines()


if __name__ == "__main__":
    sys.exit(main())
