# SPDX-License-Identifier: Apache-2.0
"""The declarations of a Swift file, as far as they can be seen from outside a function."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import sources

TYPES = ("struct", "class", "enum", "protocol", "actor")
_ACCESS = r"(?:public|open|package|internal|fileprivate|private)"
_MODIFIER = (
    rf"(?:@[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?|{_ACCESS}(?:\(set\))?|static|final|mutating|nonmutating|consuming"
    r"|borrowing|override|required|convenience|lazy|indirect|unowned|weak|nonisolated(?:\(\w+\))?|dynamic"
    r"|prefix|postfix|infix|isolated|async)"
)
_TOKEN = re.compile(
    rf"[{{}}]|(?<![\w.`])(?P<modifiers>(?:{_MODIFIER}\s+)*)(?:class\s+(?=func|var))?"
    r"(?P<kind>struct|class|enum|protocol|actor|extension|func|var|let|init|subscript|typealias|associatedtype|case)\b"
    r"\s*(?P<name>[^\s({:=<]*)"
)


@dataclass
class Declaration:
    """A declaration, and what it is declared in."""

    kind: str
    name: str
    access: str
    path: Path
    line: int
    container: "Declaration | None"
    modifiers: list[str] = field(default_factory=list)

    @property
    def is_type(self) -> bool:
        return self.kind in TYPES

    @property
    def is_public(self) -> bool:
        return self.access in ("public", "open")


def declarations(path: Path) -> Iterator[Declaration]:
    """The types, members, extensions and global declarations of a file."""
    # Stand-ins for names that the trait MPI would bring are no API.
    code = re.sub(
        r"^#if !MPI$.*?^#endif$",
        lambda block: "\n" * block[0].count("\n"),
        sources.code(path),
        flags=re.MULTILINE | re.DOTALL,
    )
    containers: list[Declaration | None] = []  # `None` for a body of code
    pending = None
    for found in _TOKEN.finditer(code):
        if found[0] == "{":
            containers.append(pending)
            pending = None
        elif found[0] == "}":
            containers.pop()
        elif not containers or containers[-1] is not None:
            container = containers[-1] if containers else None
            kind, modifiers = found["kind"], found["modifiers"].split()
            if kind == "case" and container.kind != "enum":
                continue
            access = next((word for word in modifiers if re.fullmatch(_ACCESS, word)), "")
            if not access and container is not None and (container.kind in ("extension", "protocol") or kind == "case"):
                access = container.access
            line = code.count("\n", 0, found.start("kind")) + 1
            text = code[found.start("name") : found.start("name") + 2000]
            for name in _names(kind, text):
                made = Declaration(kind, name, access or "internal", path, line, container, modifiers)
                yield made
            if made.is_type or kind == "extension":
                pending = made


def _names(kind: str, text: str) -> list[str]:
    """The names of a declaration, which are several in `case a, b` and `let a, b: Int`."""
    if kind in ("var", "let"):
        return re.split(r"\s*,\s*", re.match(r"[\w`]+(?:\s*,\s*[\w`]+)*", text)[0])
    if kind != "case":
        return [re.match(r"[^\s({:=<]*", text)[0] or kind]
    # Payloads have commas of their own.
    flat = text
    while (less := re.sub(r"\([^()]*\)", "", flat)) != flat:
        flat = less
    value = r"(?:\s*=\s*[^,\s]+)?"
    listed = re.match(rf"[\w`]+{value}(?:\s*,\s*[\w`]+{value})*", flat)[0]
    return [re.match(r"[\w`]+", one.strip())[0] for one in listed.split(",")]
