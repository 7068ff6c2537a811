# SPDX-License-Identifier: Apache-2.0
"""Checks that the folders of each module stand in the order of their dependencies.

    python -m structure.layers INDEX [--matrix [MODULE ...] | --uses MODULE USER USED]
"""

import argparse
import sys
from pathlib import Path

from .graph import ROOT, Graph, knots, modules
from .index import uses

# The folders of each module, from the ground up: a folder may use those before it and none behind it. The files
# beside the folders stand last: they may use every folder, and no folder uses them.
ORDER = {
    "Sources/AdEMAMix": "Configuration Tensors Geometry Numerics Kernels State Execution Optimizer Integration",
    "Sources/AdEMAMixCheckpoints": "Errors Format Sharded Loading Saving Periodic",
    "Sources/AdEMAMixMPI": "Errors Environment Agreement Exchange Overlap",
    "Sources/Digits": "Images Model Training Comparison Commands",
    "Sources/LanguageModel": "Data Model Training Workers Comparison Storages RareSymbols Commands",
    "Sources/SafeTensors": "Files Format Names Header",
    "Benchmarks": "Measuring Workloads Scenarios Ranks Report",
    "Tests/AdEMAMixCheckpointsTests": "Support",
    "Tests/AdEMAMixTests": "Fixtures",
    "Tests/LayersTests": "Support",
    "Tests/SafeTensorsTests": "Support",
}


def main() -> int:
    """Returns 1 where a folder uses one behind it."""
    parser = argparse.ArgumentParser(prog="scripts/layers")
    parser.add_argument("index", type=Path)
    parser.add_argument("--matrix", nargs="*", metavar="MODULE")
    parser.add_argument("--uses", nargs=3, metavar=("MODULE", "USER", "USED"))
    arguments = parser.parse_args()
    files = modules()
    for name in [*(arguments.matrix or []), *(arguments.uses or [])[:1]]:
        if name not in files:
            raise SystemExit(f"layers: {name} is no module with folders. They are: {' '.join(files)}")
    found = uses(arguments.index, [path for paths in files.values() for path in paths])
    graphs = {name: Graph(name, paths, found) for name, paths in files.items()}
    if arguments.uses:
        module, user, used = arguments.uses
        _print_uses(graphs[module], user, used)
        return 0
    if arguments.matrix is not None:
        for name in arguments.matrix or graphs:
            _print_matrix(graphs[name], _order(name))
        return 0
    failed = False
    for name in {**ORDER, **graphs}:
        complaints = _complaints(graphs[name], _order(name)) if name in graphs else [f"{name} has no folders to order"]
        for complaint in complaints:
            print(f"layers: {complaint}", file=sys.stderr)
        failed |= bool(complaints)
    return int(failed)


def _order(module: str) -> list[str]:
    return [*ORDER.get(module, "").split(), ROOT]


def _complaints(graph: Graph, order: list[str]) -> list[str]:
    unordered = graph.folders - set(order)
    if unordered:
        return [f"{graph.module}: layers.py does not say where {', '.join(sorted(unordered))} stand"]
    return [
        f"{user} ({order[place]}) uses {', '.join(sorted(names))} of {used} ({higher})"
        for place in range(len(order))
        for higher in order[place + 1 :]
        for (user, used), names in graph.between(order[place], higher).items()
    ]


def _print_matrix(graph: Graph, order: list[str]) -> None:
    """Prints for each folder how many of its files use how many files of each other folder, as pairs."""
    print(f"{graph.module}: pairs of files, of which the row's uses the column's")
    folders = [folder for folder in order if folder in graph.folders] + sorted(graph.folders - set(order))
    width = max(map(len, folders))
    print(" " * width, *(folder[:8].rjust(8) for folder in folders))
    for row in folders:
        counts = [len(graph.between(row, column)) for column in folders]
        print(row.ljust(width), *(str(count or ".").rjust(8) for count in counts))
    for kind, edges in (("folders", graph.folder_edges()), ("files", graph.file_edges())):
        for knot in knots(edges):
            names = (str(node.relative_to(graph.module)) if isinstance(node, Path) else node for node in knot)
            print(f"{len(knot)} {kind} that reach each other: {' '.join(sorted(names))}")
    print()


def _print_uses(graph: Graph, user: str, used: str) -> None:
    for (one, other), names in graph.between(user, used).items():
        print(f"{one} uses {', '.join(sorted(names))} of {other}")


if __name__ == "__main__":
    sys.exit(main())
