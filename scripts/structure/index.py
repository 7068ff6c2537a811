# SPDX-License-Identifier: Apache-2.0
"""Uses between the Swift files of the package, out of the index that the compiler writes.

The index is exact where a search for names is not: each occurrence of a symbol has the identity of the
declaration that the compiler resolved it to, members and operators included.
"""

import ctypes
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

# Of indexstore.h.
_RECORD_DEPENDENCY = 2
_EXTENSION_KIND = 9
_DEFINITION, _REFERENCE = 1 << 1, 1 << 2

# The names of the symbols by which a file uses another.
Uses = dict[tuple[Path, Path], set[str]]


class _String(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    def __str__(self) -> str:
        return ctypes.string_at(self.data, self.length).decode() if self.length else ""


_RESULTS = {
    "store_create": ctypes.c_void_p,
    "unit_reader_create": ctypes.c_void_p,
    "unit_reader_get_main_file": _String,
    "unit_dependency_get_kind": ctypes.c_int,
    "unit_dependency_get_filepath": _String,
    "unit_dependency_get_name": _String,
    "record_reader_create": ctypes.c_void_p,
    "occurrence_get_symbol": ctypes.c_void_p,
    "occurrence_get_roles": ctypes.c_uint64,
    "symbol_get_kind": ctypes.c_int,
    "symbol_get_usr": _String,
    "symbol_get_name": _String,
}


class _Library:
    """libIndexStore, which comes with the toolchain."""

    def __init__(self) -> None:
        swift = Path(shutil.which("swift")).resolve()
        self._library = ctypes.CDLL(str(swift.parent.parent / "lib/libIndexStore.so"))

    def __getattr__(self, name: str) -> Callable:
        function = self._library[f"indexstore_{name}"]
        function.restype = _RESULTS.get(name)
        return lambda *arguments: function(
            *(ctypes.c_void_p(each) if isinstance(each, int) else each for each in arguments)
        )

    def visit(self, name: str, subject: int, kind: type, visitor: Callable, *options: int) -> None:
        """Calls a function that calls back with each of something."""
        callback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, kind)(
            lambda _, each: visitor(each) is None
        )
        getattr(self, f"{name}_apply_f")(subject, *options, None, callback)


def uses(store_path: Path, of: Iterable[Path]) -> Uses:
    """All uses of one file's declarations by another one, of files that must all be indexed."""
    library = _Library()
    store = library.store_create(bytes(store_path), None)
    if not store:
        raise SystemExit(f"{store_path} is no index")
    root = Path.cwd().resolve()
    wanted, missing = set(of), set(of)
    records: dict[Path, str] = {}

    def visit_unit(name: _String) -> None:
        unit = library.unit_reader_create(store, str(name).encode(), None)
        main_file = Path(str(library.unit_reader_get_main_file(unit)))
        # A unit outlives its file, and the packages that this one depends on lie in .build.
        if main_file.is_relative_to(root) and main_file.relative_to(root) in wanted:
            missing.discard(main_file.relative_to(root))

            def visit_dependency(dependency: int) -> None:
                if (
                    library.unit_dependency_get_kind(dependency) == _RECORD_DEPENDENCY
                    and str(library.unit_dependency_get_filepath(dependency)) == str(main_file)
                ):
                    records[main_file.relative_to(root)] = str(library.unit_dependency_get_name(dependency))

            library.visit("unit_reader_dependencies", unit, ctypes.c_void_p, visit_dependency)
        library.unit_reader_dispose(unit)

    library.visit("store_units", store, _String, visit_unit, 0)

    if missing:
        raise SystemExit(f"{store_path} is not of a build of {min(missing)}")

    definitions: dict[str, Path] = {}
    references: dict[Path, dict[str, str]] = defaultdict(dict)
    for path, record in records.items():

        def visit_occurrence(occurrence: int) -> None:
            symbol = library.occurrence_get_symbol(occurrence)
            if library.symbol_get_kind(symbol) == _EXTENSION_KIND:
                return
            identity = str(library.symbol_get_usr(symbol))
            roles = library.occurrence_get_roles(occurrence)
            if roles & _DEFINITION:
                definitions[identity] = path
            elif roles & _REFERENCE and ":" not in (name := str(library.symbol_get_name(symbol))).partition("(")[0]:
                # getter:name comes beside the name.
                references[path][identity] = name

        reader = library.record_reader_create(store, record.encode(), None)
        library.visit("record_reader_occurrences", reader, ctypes.c_void_p, visit_occurrence)
        library.record_reader_dispose(reader)

    found: Uses = defaultdict(set)
    for path, names in references.items():
        for identity, name in names.items():
            target = definitions.get(identity)
            if target not in (None, path):
                found[path, target].add(name)
    return found
