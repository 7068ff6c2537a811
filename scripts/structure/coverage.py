# SPDX-License-Identifier: Apache-2.0
"""Prints how much of each file the tests run, and fails where much is left out without a reason.

    python -m structure.coverage SUMMARY

The summary is that of `llvm-cov export -summary-only`. A file of which less than the limit is run needs a line in
scripts/coverage.txt: its path, and why.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

LIMIT = 80  # per cent of the lines
REASONS = Path("scripts/coverage.txt")
LIBRARY = tuple(f"Sources/{name}" for name in ("AdEMAMix", "SafeTensors/", "ThreadTeam/", "CAdEMAMixKernels/", "CSafeTensors/", "CThreadTeam/"))


def main() -> int:
    """Returns 1 where a file has too little coverage and no reason, or a reason that it no longer needs."""
    shares = dict(_shares(json.loads(Path(sys.argv[1]).read_text())))
    reasons = dict(_reasons())
    width = max(map(len, shares), default=0)
    for path, (covered, count) in sorted(shares.items()):
        print(f"{path:{width}}{_percentage(covered, count):7.1f} % of {count:5} lines  {reasons.get(path, '')}".rstrip())
    total = [sum(numbers) for numbers in zip(*shares.values())]
    print(f"{'all':{width}}{_percentage(*total):7.1f} % of {total[1]:5} lines")
    complaints = [*_complaints(shares, reasons)]
    for complaint in complaints:
        print(f"coverage: {complaint}", file=sys.stderr)
    return int(bool(complaints))


def _shares(summary: dict) -> Iterator[tuple[str, tuple[int, int]]]:
    """The lines of each file of the library that tests run, and all lines."""
    root = f"{Path.cwd()}/"
    for file in summary["data"][0]["files"]:
        path, lines = file["filename"].removeprefix(root), file["summary"]["lines"]
        if path.startswith(LIBRARY) and lines["count"]:
            yield path, (lines["covered"], lines["count"])


def _reasons() -> Iterator[tuple[str, str]]:
    for line in REASONS.read_text().splitlines():
        if line and not line.startswith("#"):
            path, _, reason = line.partition(": ")
            yield path, reason


def _complaints(shares: dict[str, tuple[int, int]], reasons: dict[str, str]) -> Iterator[str]:
    low = {path for path, share in shares.items() if _percentage(*share) < LIMIT}
    for path in sorted(low - set(reasons)):
        yield f"{path}: tests run less than {LIMIT} % of it. Test it, or say in {REASONS} why not"
    for path in sorted(set(reasons) - low):
        yield f"{REASONS}: {path} needs no reason"


def _percentage(covered: int, count: int) -> float:
    return 100 * covered / count


if __name__ == "__main__":
    sys.exit(main())
