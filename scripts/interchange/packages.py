# SPDX-License-Identifier: Apache-2.0
"""Finds the packages of Python that a script needs, or installs them below .build.

    folders="$(python3 -P -m interchange.packages storage requirements.txt)"

It prints the folders that Python is to look into first, with ":" between them, or nothing if the interpreter
has the packages in these versions. It says so before it installs a package. A folder is made whole or not at
all, and used again.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".build" / "python"
_MODULES = {"absl-py": "absl"}
# Packages go to a folder of their own. pip's user folder and its guards of installed packages do not apply.
_PIP_OPTIONS = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore"}
# PyTorch without CUDA, a fifth of the size.
_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


class PackageError(Exception):
    """A missing package that could not be installed."""


@dataclass(frozen=True)
class Requirement:
    """A line of a requirements file: a package, its version, and in a comment its size."""

    line: str
    size: str

    @property
    def name(self) -> str:
        """The name of the package."""
        return self.line.split("==")[0]

    def is_there(self, exactly: bool) -> bool:
        """Whether this interpreter has the package, and in exactly this version if asked."""
        if importlib.util.find_spec(_MODULES.get(self.name, self.name.replace("-", "_"))) is None:
            return False
        if not exactly:
            return True
        try:
            found = importlib.metadata.version(self.name)
        except importlib.metadata.PackageNotFoundError:
            return False
        return found.split("+")[0] == self.line.split("==")[1]


def listed(path: Path) -> list[Requirement]:
    """The requirements of a file, and of the files that it names."""
    found = []
    for line in path.read_text().splitlines():
        if included := re.fullmatch(r"--requirement (\S+)", line):
            found += listed(path.parent / included[1])
        elif wanted := re.fullmatch(r"(\S+==\S+)(?:  # (.+))?", line):
            found.append(Requirement(wanted[1], wanted[2] or ""))
    return found


def provide(
    program: str, requirements: list[Requirement], exactly: bool = False, together: bool = True
) -> list[Path]:
    """The folders to look into first, so that all requirements are met.

    Missing packages are installed in the versions of the file. If `together` is true, because the packages do
    not work with other versions of each other, those that are there are installed too.
    """
    missing = [requirement for requirement in requirements if not requirement.is_there(exactly)]
    if not missing:
        return []
    if not together:
        requirements = missing
    lines = sorted(requirement.line for requirement in requirements)
    made_for = f"{sys.implementation.cache_tag}-{hashlib.sha256(repr(lines).encode()).hexdigest()[:12]}"
    folder = FOLDER / made_for
    if not folder.is_dir():
        sizes = [f"{r.line} ({r.size})" if r.size else r.line for r in requirements]
        print(
            f"{program}: {sys.executable} has no {', '.join(r.name for r in missing)}: installing "
            f"{', '.join(sizes)} into {folder}. PYTHON may name an interpreter that has all.",
            file=sys.stderr,
            flush=True,
        )
        _install(lines, folder)
    return [folder]


def _install(lines: list[str], folder: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix="new-", dir=FOLDER))
    try:
        command = [*_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input", *_indices(lines)]
        status = subprocess.run(
            [*command, "--target", str(temporary / "packages"), *lines],
            stdout=sys.stderr,
            env=os.environ | _PIP_OPTIONS,
        ).returncode
        if status:
            raise PackageError(f"installing {', '.join(lines)} has failed: pip says why above")
        try:
            os.rename(temporary / "packages", folder)
        except OSError:
            if not folder.is_dir():  # unless another run has made it meanwhile
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _indices(lines: list[str]) -> list[str]:
    """Options that name an index of PyTorch's, if PyTorch is wanted and the index can be reached."""
    if not any(line.startswith("torch==") for line in lines) or "PIP_NO_INDEX" in os.environ:
        return []
    try:
        urllib.request.urlopen(f"{_TORCH_INDEX}/torch/", timeout=5).close()
    except OSError:
        return []
    return ["--extra-index-url", _TORCH_INDEX]


def _pip() -> list[str]:
    """The command of the interpreter's pip, or if it has none that of a new environment."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    python = FOLDER / f"pip-{sys.implementation.cache_tag}" / "bin" / "python"
    if not python.exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(python.parents[1])], stdout=sys.stderr
        )
        if made.returncode:
            raise PackageError(
                f"{sys.executable} has neither pip nor venv: install python3-pip or python3-venv, or "
                "set PYTHON to another interpreter"
            )
    return [str(python), "-m", "pip"]


def main() -> int:
    """Provides packages. The arguments are the name of the script and a requirements file."""
    program, path = sys.argv[1:]
    try:
        folders = provide(program, listed(Path(path)), exactly=True)
    except (PackageError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    print(":".join(str(folder) for folder in folders))
    return 0


if __name__ == "__main__":
    sys.exit(main())
