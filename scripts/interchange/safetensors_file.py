"""Files of tensors in the safetensors format, with the checksums that the Swift library requires.

What is checked, and how, says the documentation of Sources/SafeTensors/SafeTensorsWriter.swift.
"""

import json
import math
import os
import secrets
from pathlib import Path

import google_crc32c
import numpy as np

from .errors import InterchangeError, require

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
# What moments are stored as in fewer bits, too; NumPy has no bfloat16, so those are its bits.
_READ_DTYPES = DTYPES | {
    "BF16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U16": np.dtype("<u2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
}
_PREFIX = "crc32c."
_ZEROED = b'"crc32c":"00000000"'


def name_of(dtype: np.dtype) -> str:
    """The format's name of a dtype, "F32" or "F64"."""
    for name, known in DTYPES.items():
        if known == dtype:
            return name
    raise InterchangeError(f"the Swift library has Float and Double, not {dtype}")


def read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors and the metadata of a file, without its checksums, which must be right."""
    data = Path(path).read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    require(8 <= end <= len(data), f"{path}: this is no safetensors file")
    try:
        header = json.loads(data[8:end])
    except ValueError as error:
        raise InterchangeError(f"{path}: this is no safetensors file: {error}") from error
    metadata = header.pop("__metadata__", {})
    require("crc32c" in metadata, f"{path}: the file has no checksums")
    own = metadata.pop("crc32c")
    zeroed = data[:end].replace(b'"crc32c":"%s"' % own.encode(), _ZEROED, 1)
    require(_sum(zeroed) == own, f"{path}: the header's checksum is wrong: the file is damaged")
    tensors = {}
    for name, tensor in header.items():
        first, last = (end + offset for offset in tensor["data_offsets"])
        content = data[first:last]
        require(
            _sum(content) == metadata.pop(_PREFIX + name, None),
            f"{path}: the checksum of tensor '{name}' is missing or wrong: the file is damaged",
        )
        dtype = _READ_DTYPES.get(tensor["dtype"])
        require(dtype is not None, f"{path}: tensor '{name}' is of type {tensor['dtype']}")
        count = math.prod(tensor["shape"])
        require(
            len(content) == count * dtype.itemsize,
            f"{path}: tensor '{name}' has {len(content)} bytes, not those of {count} elements",
        )
        tensors[name] = np.frombuffer(content, dtype).reshape(tensor["shape"])
    return tensors, metadata


def write(path: str | Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Replaces a file by one of these tensors, with checksums."""
    # The format wants larger elements first, so that all of them are aligned.
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
    _replace(Path(path), [text, *contents])


def _sum(content: bytes) -> str:
    return format(google_crc32c.value(content), "08x")


def _replace(path: Path, contents: list[bytes]) -> None:
    """Writes beside the file first, so that a failure leaves the old one."""
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(contents)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
