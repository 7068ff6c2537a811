# SPDX-License-Identifier: Apache-2.0
"""Prints numbers of the structure of the sources, and checks them against targets.

    python -m structure.measures INDEX [--check]
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from . import sources
from .declarations import Declaration, declarations
from .graph import Graph, knots, modules
from .index import uses

PRODUCTS = (
    "AdEMAMix",
    "AdEMAMixCheckpoints",
    "AdEMAMixDifferentiation",
    "AdEMAMixMPI",
    "AdEMAMixStability",
    "SafeTensors",
)

# The most that --check lets pass. A new public declaration has to replace another, or to raise the number knowingly.
TARGETS: dict[str, int] = {
    "folders that reach each other": 0,
    "public declarations": 525,
    "codes of public errors": 70,
    "macros of C that build identifiers": 0,
}


def main() -> int:
    """Returns 1 where a number is beyond its target."""
    parser = argparse.ArgumentParser(prog="scripts/measure-structure")
    parser.add_argument("index", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    failed = False
    for name, parts, meaning in _measures(arguments.index):
        total = (max if name == "files in the largest knot" else sum)(parts.values())
        listed = ", ".join(f"{part} {count}" for part, count in parts.items() if count)
        if not arguments.check:
            print(f"{total:6} {name}" + (f": {listed}" if len(parts) > 1 and total else ""))
            print(f"       ({meaning})")
        target = TARGETS.get(name)
        if arguments.check and target is not None and total > target:
            print(f"measure-structure: {total} {name}, at most {target} may be: {listed}", file=sys.stderr)
            failed = True
    return int(failed)


def _measures(index: Path) -> Iterator[tuple[str, Counter, str]]:
    """Names of numbers, the parts that add up to them, and their meaning."""
    everything = {name: paths for name, paths in modules(with_folders=False).items() if not name.startswith("Tests")}
    found = uses(index, [path for paths in everything.values() for path in paths])
    folders, files = Counter(), Counter()
    for module, paths in everything.items():
        graph = Graph(module, paths, found)
        folders[module] = sum(map(len, knots(graph.folder_edges())))
        files[module] = max(map(len, knots(graph.file_edges())), default=0)
    yield "folders that reach each other", folders, "of modules in Sources and Benchmarks, by uses of declarations"
    yield "files in the largest knot", files, "the most files of a module that reach each other"

    api, requirements, cases, codes, package = (Counter() for _ in range(5))
    for product in PRODUCTS:
        everything = [one for path in sources.files(f"Sources/{product}/*.swift") for one in declarations(path)]
        public = [one for one in everything if one.is_public and one.kind != "extension"]
        required = [one for one in public if one.container and one.container.kind == "protocol"]
        requirements[product] = len(required)
        cases[product] = sum(one.kind == "case" for one in public)
        api[product] = len(public) - requirements[product] - cases[product]
        codes[product] = sum(_is_code(one) for one in public)
    for path in sources.files("Sources/*.swift"):
        package[path.parts[1]] += sum(
            one.access == "package" and one.kind not in ("extension", "case") for one in declarations(path)
        )
    yield "public declarations", api, "types, members and functions of the products; neither cases nor requirements"
    yield "public cases", cases, "cases of public enumerations of the products"
    yield "public requirements", requirements, "members of public protocols of the products"
    yield "codes of public errors", codes, (
        "cases, and static constants, of public types called …Error, …Fault or …Code, and of types in them called Code"
    )
    yield "package declarations", package, "without cases, of all modules"

    macros, uses_of_macros = _identifier_macros()
    yield "macros of C that build identifiers", macros, "function-like macros with ## in their text"
    yield "uses of them", uses_of_macros, "in other macros and in code, through macros around them too"

    lines, long = Counter(), Counter()
    for path in sources.files("Sources"):
        language = {".swift": "Swift", ".c": "C", ".h": "C", ".inc": "C"}.get(path.suffix)
        if language:
            count = path.read_text().count("\n")
            lines[language] += count
            long[str(path)] = int(count > 300)
    yield "lines", lines, "of Sources, comments included"
    yield "files of more than 300 lines", long, "of Sources"


def _is_code(declaration: Declaration) -> bool:
    container = declaration.container
    if container is None or declaration.name == "allCases":
        return False
    name = container.name if container.kind != "extension" else container.name.rpartition(".")[2]
    return name.endswith(("Error", "Fault", "Code")) and (
        declaration.kind == "case" or (declaration.kind == "let" and "static" in declaration.modifiers)
    )


def _identifier_macros() -> tuple[Counter, Counter]:
    """The macros that make one word out of others, and how often each is used."""
    texts = {path: sources.code(path) for path in sources.files("Sources/*.c", "Sources/*.h", "Sources/*.inc")}
    definitions = {}
    for text in texts.values():
        for found in re.finditer(r"^#\s*define\s+(\w+)\(((?:.*\\\n)*.*)$", text, re.MULTILINE):
            definitions[found[1]] = found[2]
    building = {name for name, text in definitions.items() if "##" in text}
    around = building
    while around:
        around = {
            name
            for name, text in definitions.items()
            # Short ones stand for a name; long ones declare something with it.
            if name not in building and re.fullmatch(rf"[^)]*\)\s*(?:{'|'.join(around)})\([^;{{]*\)", text)
        }
        building |= around
    counts = Counter({name: 0 for name in building})
    for text in texts.values():
        for name in building:
            counts[name] += len(re.findall(rf"(?<!define )\b{name}\(", text))
    return Counter({name: 1 for name in building}), counts


if __name__ == "__main__":
    sys.exit(main())
