# SPDX-License-Identifier: Apache-2.0
"""The source files, cut into code, comments and strings."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of a file."""

    kind: str  # "code", "comment" or "string"
    text: str
    line: int  # of its first character


def files(*patterns: str) -> list[Path]:
    """Files in git or about to be, that match any of the patterns."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(path for path in map(Path, set(names)) if path.is_file())


def pieces(path: Path) -> Iterator[Piece]:
    """Cuts a Swift or C file into pieces, in order and without a gap."""
    text = path.read_text()
    swift = path.suffix == ".swift"
    start = place = 0
    line = 1

    def piece(kind: str, end: int) -> Piece:
        nonlocal start, line
        made = Piece(kind, text[start:end], line)
        line += made.text.count("\n")
        start = end
        return made

    opening = re.compile(r'//|/\*|#*"' if swift else r"//|/\*|\"|'")
    while found := opening.search(text, place):
        if start < found.start():
            yield piece("code", found.start())
        if found[0] == "//":
            place = (text + "\n").index("\n", start)
            yield piece("comment", place)
        elif found[0] == "/*":
            place = _comment_end(text, start, nested=swift)
            yield piece("comment", place)
        else:
            place = _string_end(text, start, swift)
            yield piece("string", place)
    if start < len(text):
        yield piece("code", len(text))


def code(path: Path) -> str:
    """The file with its comments as spaces and its strings as `""`."""
    blank = {"code": lambda text: text, "comment": lambda text: " ", "string": lambda text: '""'}
    return "".join(
        blank[piece.kind](piece.text) + ("\n" * piece.text.count("\n") if piece.kind != "code" else "")
        for piece in pieces(path)
    )


def _comment_end(text: str, start: int, nested: bool) -> int:
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(text, start):
        if found[0] == "*/":
            depth -= 1
            if depth == 0:
                return found.end()
        elif nested or depth == 0:
            depth += 1
    return len(text)


def _string_end(text: str, start: int, swift: bool) -> int:
    """The place behind the string literal that begins at `start`."""
    if not swift:
        quote = text[start]
        return re.compile(rf"{quote}(?:\\.|[^{quote}\\])*{quote}", re.DOTALL).match(text, start).end()
    # Three quotes that a line does not end with are an empty string and more.
    opening = re.compile(r'(#*)("""(?=\n)|")').match(text, start)
    hashes, quote = opening[1], opening[2]
    place = opening.end()
    while not text.startswith(quote + hashes, place):
        if text.startswith("\\" + hashes, place):
            place += 1 + len(hashes)
            if text[place] == "(":
                place = _interpolation_end(text, place)
                continue
        place += 1
    return place + len(quote + hashes)


def _interpolation_end(text: str, start: int) -> int:
    depth, place = 0, start
    while True:
        if text[place] == '"':
            place = _string_end(text, place, swift=True)
            continue
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
        if depth == 0:
            return place
