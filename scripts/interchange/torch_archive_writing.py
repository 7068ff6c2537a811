# SPDX-License-Identifier: Apache-2.0
"""Writes files for torch.load without PyTorch."""

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from . import files
from .torch_archive import Foreign

_ALIGNMENT = 64  # of elements in files of PyTorch, which so can be mapped into memory


def write(path: str | Path, content) -> None:
    """Replaces a file with one for torch.load, which has a tensor for each NumPy array."""
    files.replace(path, lambda file: _write(file, content))


def _write(file: BinaryIO, content) -> None:
    pickled = io.BytesIO()
    pickler = _Pickler(pickled)
    pickler.dump(content)
    records = {"data.pkl": pickled.getvalue(), "byteorder": b"little"}
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in [*records.items(), *pickler.records.items(), ("version", b"3\n")]:
            record = zipfile.ZipInfo(f"archive/{name}")
            # As in files of PyTorch, an extra field of the record aligns the elements.
            start = file.tell() + 30 + len(record.filename) + 4
            padding = -start % _ALIGNMENT
            record.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
            if isinstance(values, np.ndarray):
                values = np.ascontiguousarray(values).tobytes()
            archive.writestr(record, values)


class _Pickler(pickle._Pickler):
    """Writes the names of PyTorch's classes without the classes."""

    def __init__(self, file: BinaryIO):
        super().__init__(file, protocol=2)
        self.records: dict[str, np.ndarray] = {}

    def persistent_id(self, obj):
        """The reference of a storage to its record."""
        if not isinstance(obj, Record):
            return None
        kind = {"float32": "FloatStorage", "float64": "DoubleStorage"}[obj.array.dtype.name]
        key = str(len(self.records))
        self.records[f"data/{key}"] = obj.array
        return ("storage", Foreign(f"torch.{kind}"), key, "cpu", obj.array.size)

    def reducer_override(self, obj):
        """The call that makes a tensor of its storage."""
        if not isinstance(obj, np.ndarray):
            return NotImplemented
        stride = tuple(math.prod(obj.shape[axis + 1 :]) for axis in range(obj.ndim))
        arguments = (Record(obj), 0, obj.shape, stride, False, OrderedDict())
        return Foreign("torch._utils._rebuild_tensor_v2"), arguments

    def _name(self, obj: Foreign):
        module, _, name = obj.name.rpartition(".")
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch = pickle._Pickler.dispatch | {Foreign: _name}


@dataclass(frozen=True, eq=False)
class Record:
    """The elements of an array, which a record of their own contains."""

    array: np.ndarray
