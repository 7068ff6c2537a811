# SPDX-License-Identifier: Apache-2.0
"""Checks that every public symbol has documentation.

    python -m structure.documentation FOLDER

The folder has symbol graphs, as `swift symbolgraph-extract` writes them.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path


def main() -> int:
    """Returns 1 where a public symbol has no documentation."""
    paths = sorted(Path(sys.argv[1]).rglob("*.symbols.json"))
    if not paths:
        raise SystemExit(f"documentation: {sys.argv[1]} has no symbol graphs")
    complaints = [complaint for path in paths for complaint in _undocumented(json.loads(path.read_text()))]
    for complaint in complaints:
        print(f"documentation: {complaint}", file=sys.stderr)
    return int(bool(complaints))


def _undocumented(graph: dict) -> Iterator[str]:
    for symbol in graph["symbols"]:
        # An extension of another module's type stands for its members.
        if "docComment" in symbol or symbol["kind"]["identifier"] == "swift.extension":
            continue
        place = symbol.get("location")
        where = f"{place['uri'].removeprefix('file://')}:{place['position']['line'] + 1}: " if place else ""
        yield f"{where}{'.'.join(symbol['pathComponents'])} has no documentation"


if __name__ == "__main__":
    sys.exit(main())
