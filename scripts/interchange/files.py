# SPDX-License-Identifier: Apache-2.0
"""Files that are replaced whole or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .errors import require


def replace(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Replaces a file with one that `write` fills. If that fails, the old file stays."""
    path = Path(path)
    require(path.parent.is_dir(), f"{path}: there is no folder {path.parent}")
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
