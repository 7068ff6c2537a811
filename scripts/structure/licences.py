# SPDX-License-Identifier: Apache-2.0
"""Adds the line that names the licence to sources without one.

    python -m structure.licences
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from . import sources

LINE = "SPDX-License-Identifier: Apache-2.0"
_PART = "// Part of the AdEMAMix library for Swift"
_PATTERNS = ("*.swift", "*.c", "*.h", "*.inc", "*.modulemap", "*.py", "*.sh", "scripts/*", ".ci/*")


def unlicensed() -> Iterator[Path]:
    """The sources whose head does not name the licence."""
    for path in sources.files(*_PATTERNS):
        text = path.read_text(errors="replace")
        is_source = f"*{path.suffix}" in _PATTERNS or text.startswith("#!")
        if is_source and not any(LINE in line for line in text.splitlines()[:6]):
            yield path


def main() -> int:
    """Returns 0."""
    for path in unlicensed():
        path.write_text(_licensed(path, path.read_text()))
        print(path)
    return 0


def _licensed(path: Path, text: str) -> str:
    mark = "//" if path.suffix in (".swift", ".c", ".h", ".inc", ".modulemap") else "#"
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines[:6]):
        if line.startswith(_PART):
            lines[index] = f"{_PART}. {LINE}\n"
            return "".join(lines)
    added = f"{mark} {LINE}\n"
    if text.startswith("#!"):
        # The line in between is empty, or is kept.
        return "".join([lines[0], added, *(lines[2:] if lines[1:2] == ["#\n"] else lines[1:])])
    return added + ("\n" if text.startswith(f"{mark} ") else "") + text


if __name__ == "__main__":
    sys.exit(main())
