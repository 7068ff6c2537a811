# SPDX-License-Identifier: Apache-2.0
"""Reads files of torch.save without PyTorch, so that nothing in a file can run, and nothing large is installed.

A file is a zip archive. Its record data.pkl is a pickle, whose tensors refer to the records data/0,
data/1 and so on. Dictionaries, lists, tuples, numbers, texts and tensors are read. A `Foreign` takes the place
of any other object.
"""

import io
import math
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import InterchangeError, require, shown
from .tensors import DTYPES, Tensor, can_be

_GREATEST = 2**63 - 1
# The most bytes of all tensors over the bytes of the file: tied parameters and views occur more than once.
_GREATEST_RATIO = 4


@dataclass(frozen=True)
class Foreign:
    """A class or function that a pickle names, or an object made by it. The name is never looked up."""

    name: str

    def __repr__(self) -> str:
        return self.name

    def __call__(self, *arguments, **named):
        return self

    def __setitem__(self, key, value):
        pass

    def append(self, item):
        """Ignores an item."""

    extend = add = append


@dataclass
class _NumberType:
    """A dtype of NumPy: learning rates may be numbers of NumPy. The pickle's state has the byte order."""

    code: str
    order: str = "<"

    def number(self, content: bytes):
        """The number of these bytes."""
        require(self.code in _NUMBER_TYPES, f"there is a number of NumPy's type {shown(self.code)}")
        return np.frombuffer(content, self.order + self.code)[0].item()


@dataclass(frozen=True)
class _StorageType:
    """A class such as torch.FloatStorage. A storage without a type has bytes."""

    dtype: str | None


@dataclass(frozen=True)
class _Storage:
    """The elements of a tensor in a record, one behind the other."""

    archive: "_Archive"
    record: str
    dtype: str | None
    count: int  # of elements, or of bytes in a storage without a type

    def elements(self, dtype: str) -> np.ndarray:
        kind = np.dtype(DTYPES[dtype]).newbyteorder(self.archive.byte_order)
        content = self.archive.bytes(self.record)
        size = self.count * (1 if self.dtype is None else kind.itemsize)
        require(
            len(content) == size and size % kind.itemsize == 0,
            f"the record '{self.record}' has {len(content)} bytes, not those of {self.count} {dtype}",
        )
        return np.frombuffer(content, kind).astype(DTYPES[dtype], copy=False)


def read(path: str | Path):
    """The object that was given to torch.save, with a `Tensor` for each tensor."""
    try:
        with open(path, "rb") as file:
            archive = _Archive(path, file.read())
        return _Unpickler(archive).load()
    except InterchangeError as error:
        raise InterchangeError(f"{path}: this is no whole file of torch.save: {error}") from None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise InterchangeError(
            f"{path}: this is no whole file of torch.save, as PyTorch writes it since 1.6 "
            f"({type(error).__name__}: {str(error):.200})"
        ) from error


class _Archive:
    """The records of a file, which are not compressed."""

    def __init__(self, path: str | Path, content: bytes):
        self._content = memoryview(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            records = archive.infolist()
        pickles = [record.filename for record in records if record.filename.endswith("/data.pkl")]
        require(len(pickles) == 1, "there is no data.pkl")
        self._root = pickles[0].removesuffix("data.pkl")
        self._records = {}
        for record in records:
            self._records[record.filename] = self._span(record)
        require(len(self._records) == len(records), "a record occurs twice")
        spans = sorted(self._records.values())
        for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
            require(end <= start, "records overlap")
        order = bytes(self.bytes("byteorder")) if f"{self._root}byteorder" in self._records else b""
        require(order in (b"", b"little", b"big"), f"the byte order is {shown(order)}")
        self.byte_order = ">" if order == b"big" else "<"
        self._taken = 0

    def take(self, size: int) -> None:
        """Counts the bytes of tensors, to refuse a small file that has one storage under many names."""
        self._taken += size
        require(
            self._taken <= _GREATEST_RATIO * len(self._content),
            f"its tensors take more than {_GREATEST_RATIO} times its size: they share storages",
        )

    def bytes(self, name: str) -> memoryview:
        """The content of a record."""
        require(self._root + name in self._records, f"there is no record {shown(name)}")
        start, end = self._records[self._root + name]
        return self._content[start:end]

    def _span(self, record: zipfile.ZipInfo) -> tuple[int, int]:
        require(
            record.compress_type == zipfile.ZIP_STORED and not record.flag_bits & 1,
            f"the record {shown(record.filename)} is compressed or encrypted",
        )
        local = self._content[record.header_offset : record.header_offset + 30]
        require(bytes(local[:4]) == b"PK\3\4" and len(local) == 30, "its records are damaged")
        lengths = (int.from_bytes(local[first : first + 2], "little") for first in (26, 28))
        start = record.header_offset + 30 + sum(lengths)
        end = start + record.file_size
        require(
            record.file_size == record.compress_size and end <= len(self._content),
            f"the record {shown(record.filename)} does not lie in the file: it is cut off",
        )
        return start, end


class _Unpickler(pickle._Unpickler):
    """Python's unpickler, since the one in C allocates memory for any index in a hostile pickle."""

    def __init__(self, archive: _Archive):
        super().__init__(io.BytesIO(archive.bytes("data.pkl")), encoding="utf-8")
        self._archive = archive

    def find_class(self, module: str, name: str):
        """A stand-in for a name: nothing is imported."""
        full = f"{module}.{name}"
        if full in _KNOWN:
            return _KNOWN[full]
        if module == "torch" and name.endswith("Storage"):
            return _StorageType(_STORAGES.get(name, name))
        return Foreign(full)

    def persistent_load(self, pid):
        """The storage of a tensor."""
        kind, storage, key, _, count = pid
        known = kind == "storage" and isinstance(storage, _StorageType)
        require(known and type(count) is int and count >= 0, f"it refers to {shown(pid)}")
        return _Storage(self._archive, f"data/{key}", storage.dtype, count)

    def _made(self):
        arguments, made = self.stack.pop(), self.stack.pop()
        self.append(made(*arguments) if isinstance(made, Foreign) else Foreign(shown(made)))

    def _made_with_names(self):
        self.stack.pop()
        self._made()

    def _leave_state(self):
        # The state of an object of an unknown class, or the attributes of a dictionary.
        state = self.stack.pop()
        if isinstance(self.stack[-1], _NumberType) and state[1] == ">":
            self.stack[-1].order = ">"

    dispatch = pickle._Unpickler.dispatch | {
        pickle.NEWOBJ[0]: _made,
        pickle.NEWOBJ_EX[0]: _made_with_names,
        pickle.BUILD[0]: _leave_state,
    }


def _tensor(storage, offset, size, stride, gradient=None, hooks=None, marks=None, dtype=None):
    if marks:
        return Foreign(f"a tensor with {shown(marks)}")
    require(isinstance(storage, _Storage), "a tensor has no storage")
    numbers = (offset, *size, *stride)
    require(
        can_be(size)
        and len(size) == len(stride)
        and all(type(number) is int and 0 <= number <= _GREATEST for number in numbers),
        f"a tensor has shape {shown(size)}, strides {shown(stride)} and offset {shown(offset)}",
    )
    kind = storage.dtype or dtype
    place = (storage, offset, tuple(stride))
    return Tensor(kind, tuple(size), lambda: _elements(storage, kind, offset, size, stride), place)


def _elements(storage: _Storage, dtype: str, offset: int, size, stride) -> np.ndarray:
    elements = storage.elements(dtype)
    count = math.prod(size)
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    # A tensor with more elements than its storage repeats them, and may not fit into memory.
    require(
        count == 0 or (count <= elements.size and last < elements.size),
        f"a tensor of shape {shown(size)} lies outside the {elements.size} elements of its storage",
    )
    storage.archive.take(count * elements.itemsize)
    if count == 0:
        return np.empty(size, elements.dtype)
    strides = [step * elements.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(elements[offset:], size, strides, writeable=False)


def _tensor_of_type(storage, offset, size, stride, gradient, hooks, dtype, marks=None):
    name = dtype.name.removeprefix("torch.")
    return _tensor(storage, offset, size, stride, gradient, hooks, marks, name)


def _of_type(make, kind, arguments, state):
    plain = isinstance(kind, Foreign) and kind.name in ("torch.Tensor", "torch.nn.parameter.Parameter")
    return make(*arguments) if plain and make in _KNOWN.values() else Foreign(shown(kind))


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode("latin1")  # pickles of protocol 2 have bytes in this form


_NUMBER_TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")
# The names in a pickle of tensors and plain values, and the functions that stand for them.
_KNOWN = {
    "collections.OrderedDict": dict,
    "collections.defaultdict": lambda *arguments: {},
    "torch.Size": tuple,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_of_type,
    "torch._utils._rebuild_parameter": lambda data, *rest: data,
    "torch._utils._rebuild_parameter_with_state": lambda data, *rest: data,
    "torch._tensor._rebuild_from_type_v2": _of_type,
    "torch.storage.UntypedStorage": _StorageType(None),
    "torch.UntypedStorage": _StorageType(None),
    "_codecs.encode": _bytes,
    "numpy.dtype": lambda code, *rest: _NumberType(code),
    "numpy._core.multiarray.scalar": lambda kind, content: kind.number(content),
    "numpy.core.multiarray.scalar": lambda kind, content: kind.number(content),
    "copyreg._reconstructor": lambda kind, *rest: Foreign(shown(kind)),
}
_STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip
