# SPDX-License-Identifier: Apache-2.0
"""Files of tensors in the safetensors format, with the checksums that the Swift library requires.

The documentation in Sources/SafeTensors/SafeTensorsWriter.swift describes the checksums.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c
import numpy as np

from . import files
from .errors import InterchangeError, require, shown
from .tensors import DTYPES as TORCH_DTYPES
from .tensors import Tensor, can_be

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
# The types of elements, those of moments in fewer bits included. NumPy has no bfloat16: uint16 has its bits.
_READ_DTYPES = DTYPES | {
    "BF16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U16": np.dtype("<u2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
}
_TORCH_NAMES = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16"}
_PREFIX = "crc32c."
_ZEROED = b'"crc32c":"00000000"'
_GREATEST = 2**63 - 1


def name_of(dtype: np.dtype) -> str:
    """The format's name of a dtype, "F32" or "F64"."""
    for name, known in DTYPES.items():
        if known == dtype:
            return name
    raise InterchangeError(f"the Swift library has Float and Double, not {dtype}")


def read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors and the metadata of a file. The checksums must be right, and are left out."""
    data = Path(path).read_bytes()
    end, header = _header(path, data)
    metadata = header.pop("__metadata__", {})
    require(
        isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values()),
        f"{path}: the metadata is {shown(metadata)}, not text by keys",
    )
    require("crc32c" in metadata, f"{path}: the file has no checksums")
    own = metadata.pop("crc32c")
    zeroed = data[:end].replace(b'"crc32c":"%s"' % own.encode(), _ZEROED, 1)
    require(_sum(zeroed) == own, f"{path}: the header's checksum is wrong: the file is damaged")
    tensors = {}
    for name, kind, shape, content in _contents(path, data, end, header):
        require(
            _sum(content) == metadata.pop(_PREFIX + name, None),
            f"{path}: the checksum of tensor '{name}' is missing or wrong: the file is damaged",
        )
        dtype = _READ_DTYPES.get(kind)
        require(dtype is not None, f"{path}: tensor '{name}' is of type {shown(kind)}")
        _check_size(path, name, shape, content, dtype)
        tensors[name] = np.frombuffer(content, dtype).reshape(shape)
    return tensors, metadata


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """The tensors of another program's file, which has no checksums."""
    data = Path(path).read_bytes()
    end, header = _header(path, data)
    header.pop("__metadata__", None)
    tensors = {}
    for name, kind, shape, content in _contents(path, data, end, header):
        torch_name = _TORCH_NAMES.get(kind, str(kind))
        if torch_name in TORCH_DTYPES:
            dtype = np.dtype(TORCH_DTYPES[torch_name])
            _check_size(path, name, shape, content, dtype)
            elements = np.frombuffer(content, dtype).reshape(shape)
            tensors[name] = Tensor(torch_name, shape, lambda elements=elements: elements)
        else:
            tensors[name] = Tensor(torch_name, shape, lambda: np.empty(0))
    return tensors


def write(path: str | Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Replaces a file with one of these tensors, with checksums."""
    # Larger elements come first, so that all are aligned.
    names = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name.encode()))
    contents, header, end = [], {}, 0
    sums = {"crc32c": "00000000"}
    for name in names:
        tensor = tensors[name]
        kind = name_of(tensor.dtype)
        content = np.ascontiguousarray(tensor, DTYPES[kind]).tobytes()
        offsets = [end, end + len(content)]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": offsets}
        sums[_PREFIX + name] = _sum(content)
        contents.append(content)
        end += len(content)
    header = {"__metadata__": sums | metadata} | header
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    text = len(text).to_bytes(8, "little") + text
    text = text.replace(_ZEROED, b'"crc32c":"%s"' % _sum(text).encode(), 1)

    def fill(file: BinaryIO) -> None:
        file.writelines([text, *contents])

    files.replace(path, fill)


def _header(path: str | Path, data: bytes) -> tuple[int, dict]:
    """The place at which the tensors begin, and the header before them."""
    end = 8 + int.from_bytes(data[:8], "little")
    require(8 <= end <= len(data), f"{path}: this is no safetensors file")
    try:
        header = json.loads(data[8:end])
    except (ValueError, RecursionError) as error:
        raise InterchangeError(f"{path}: this is no safetensors file: {error}") from None
    require(isinstance(header, dict), f"{path}: this is no safetensors file: it has no names")
    return end, header


def _contents(
    path: str | Path, data: bytes, end: int, header: dict
) -> Iterator[tuple[str, str, tuple[int, ...], bytes]]:
    """The name, type, shape and bytes of each tensor."""
    for name, tensor in header.items():
        fields = tensor if isinstance(tensor, dict) else {}
        shape, offsets = fields.get("shape"), fields.get("data_offsets")
        require(
            _are_sizes(shape)
            and _are_sizes(offsets)
            and len(offsets) == 2
            and offsets[0] <= offsets[1] <= len(data) - end,
            f"{path}: tensor {shown(name)} is {shown(tensor)}: that does not lie in the file",
        )
        yield name, fields.get("dtype"), tuple(shape), data[end + offsets[0] : end + offsets[1]]


def _are_sizes(values) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v <= _GREATEST for v in values)


def _check_size(path, name: str, shape: tuple[int, ...], content: bytes, dtype: np.dtype) -> None:
    require(
        can_be(shape) and len(content) == math.prod(shape) * dtype.itemsize,
        f"{path}: tensor '{name}' has {len(content)} bytes, not those of the shape {shown(shape)}",
    )


def _sum(content: bytes) -> str:
    return format(google_crc32c.value(content), "08x")
