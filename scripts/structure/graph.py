# SPDX-License-Identifier: Apache-2.0
"""The graph of files and folders of a module."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from pathlib import Path

from . import sources
from .index import Uses

ROOT = "(root)"


def modules(with_folders: bool = True) -> dict[str, list[Path]]:
    """The Swift files of every module, or of those that have folders of them, by the module's folder."""
    found = defaultdict(list)
    for path in sources.files("Sources/*.swift", "Tests/*.swift", "Benchmarks/*.swift"):
        found["Benchmarks" if path.parts[0] == "Benchmarks" else "/".join(path.parts[:2])].append(path)
    if not with_folders:
        return found
    return {module: paths for module, paths in found.items() if {folder(module, path) for path in paths} != {ROOT}}


def folder(module: str, path: Path) -> str:
    """The folder of the module that a file is in."""
    rest = path.relative_to(module).parts
    return rest[0] if len(rest) > 1 else ROOT


class Graph:
    """The uses within a module."""

    def __init__(self, module: str, paths: Iterable[Path], uses: Uses) -> None:
        self.module = module
        self.paths = set(paths)
        self.uses = {pair: names for pair, names in uses.items() if self.paths.issuperset(pair)}
        self.folders = {folder(module, path) for path in self.paths}

    def between(self, user: str, used: str) -> Uses:
        """The uses between the files of two folders."""
        return {
            pair: names
            for pair, names in sorted(self.uses.items())
            if [folder(self.module, path) for path in pair] == [user, used]
        }

    def file_edges(self) -> dict[Path, set[Path]]:
        """The files that each file uses."""
        return _edges(self.paths, self.uses)

    def folder_edges(self) -> dict[str, set[str]]:
        """The folders that each folder uses."""
        return _edges(self.folders, ([folder(self.module, path) for path in pair] for pair in self.uses))


def _edges(nodes: Iterable, pairs: Iterable) -> dict:
    edges = {node: set() for node in nodes}
    for user, used in pairs:
        if user != used:
            edges[user].add(used)
    return edges


def knots(edges: dict[Hashable, set]) -> list[set]:
    """The sets of nodes that reach each other, of more than one node, the largest first."""
    reached = {node: _reached(edges, node) for node in edges}
    found = {frozenset(other for other in reached[node] if node in reached[other]) for node in edges}
    return sorted((set(knot) for knot in found if len(knot) > 1), key=len, reverse=True)


def _reached(edges: dict, start: Hashable) -> set:
    found, left = set(), [start]
    while left:
        for node in edges[left.pop()] - found:
            found.add(node)
            left.append(node)
    return found
