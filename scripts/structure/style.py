# SPDX-License-Identifier: Apache-2.0
"""Checks names of files, the prose of comments, pages and messages, and the lines of the licence.

    python -m structure.style
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from . import licences, sources
from .declarations import declarations

# The folders in which every type that other files can see is in a file of its name.
NAMES = (
    "Benchmarks",
    "Sources/AdEMAMix",
    "Sources/AdEMAMixCheckpoints",
    "Sources/AdEMAMixDifferentiation",
    "Sources/AdEMAMixMPI",
    "Sources/AdEMAMixStability",
    "Sources/AutomaticDifferentiation",
    "Sources/Commands",
    "Sources/Digits",
    "Sources/Guidance",
    "Sources/LanguageModel",
    "Sources/Layers",
    "Sources/LeastSquares",
    "Sources/Numerals",
    "Sources/Plots",
    "Sources/Progress",
    "Sources/Rosenbrock",
    "Sources/SafeTensors",
    "Sources/Stability",
    "Sources/Studies",
)

# The folders whose prose is checked, in the patterns of git.
PROSE = (
    ".ci",
    "Benchmarks",
    "Package.swift",
    "Sources",
    "Tests",
    "scripts",
)

# Beginnings of sentences that hide the noun which a reader looks for.
OPENINGS = re.compile(r"(What|Where|Which|Those that|One of them)\b|Like the\b.*\botherwise\b")
COLUMNS = 80


def main() -> int:
    """Returns 1 where a file breaks a rule."""
    complaints = [*_misplaced_types(), *_prose(), *_unlicensed()]
    for complaint in complaints:
        print(f"style: {complaint}", file=sys.stderr)
    return int(bool(complaints))


def _unlicensed() -> Iterator[str]:
    for path in licences.unlicensed():
        yield f"{path}: its head must have '{licences.LINE}'. python -m structure.licences adds it"


def _misplaced_types() -> Iterator[str]:
    for path in sources.files(*(f"{folder}/*.swift" for folder in NAMES)):
        for declaration in declarations(path):
            if (
                declaration.is_type
                and declaration.container is None
                and declaration.access not in ("private", "fileprivate")
                and declaration.name != path.stem
            ):
                yield f"{path}:{declaration.line}: {declaration.name} must be in a file of its name"


def _prose() -> Iterator[str]:
    for path in sources.files(*PROSE):
        for line, paragraph in _paragraphs(path):
            for sentence in re.split(r"(?<=[.!?])\s+", paragraph):
                if OPENINGS.match(sentence) and not sentence.endswith("?"):
                    yield f"{path}:{line}: begin with the noun: {sentence[:60]}"
        if path.suffix in (".swift", ".c", ".h", ".inc"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if len(line) > COLUMNS and re.search(r"^\s*(//|\*)", line):
                    yield f"{path}:{number}: a comment of more than {COLUMNS} columns"


def _paragraphs(path: Path) -> Iterator[tuple[int, str]]:
    """The paragraphs of a file's comments and messages, each with the line that it begins in."""
    block, first, last = [], 0, 0
    for line, text in _lines(path):
        # A list, a heading or another comment.
        if not text or line > last + 1 or re.match(r"[-*#|>]\s|[-*] |\d+\. |\"", text):
            if block:
                yield first, " ".join(block)
            block = []
        text = re.sub(r"^(?:[-*#>]+\s+)+(?:(?:Parameters?|Returns|Throws|Complexity|Note)\b[^:]*:\s*)?", "", text)
        text = re.sub(r"^\w+: (?=[A-Z])", "", text)
        if text:
            first = first if block else line
            block.append(text.strip('"'))
        last = line
    if block:
        yield first, " ".join(block)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are prose, without their marks."""
    if path.suffix in (".swift", ".c", ".h", ".inc"):
        for piece in sources.pieces(path):
            if piece.kind == "comment" or (piece.kind == "string" and " " in piece.text):
                for offset, text in enumerate(piece.text.split("\n")):
                    yield piece.line + offset, re.sub(r"^\s*(?:///?|/?\*+/?|#*\"\"\")?\s*", "", text)
    elif path.suffix == ".md":
        inside = False
        for number, text in enumerate(path.read_text().splitlines(), 1):
            inside ^= text.startswith("```")
            if not inside and not text.startswith(("```", "    ", "|")):
                yield number, text.strip()
    elif path.suffix == ".py" or path.read_bytes().startswith((b"#!", b"# ")):
        inside = False
        for number, text in enumerate(path.read_text().splitlines(), 1):
            marks = text.count('"""')
            if found := re.search(r"(?:^|\s)#\s(.*)", text) if not (inside or marks) else None:
                yield number, found[1].strip()
            elif inside or marks:
                yield number, text.replace('"""', "").strip()
            inside ^= marks % 2 == 1


if __name__ == "__main__":
    sys.exit(main())
