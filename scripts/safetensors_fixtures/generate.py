# SPDX-License-Identifier: Apache-2.0
"""Writes every fixture into the folder given as the argument.

The reference implementation writes `reference.safetensors`. This program writes
`checksummed.safetensors` itself, with the checksums that SafeTensorsWriter.swift documents: the
Swift tests write the same bytes. The reference implementation must read both files.
"""

import json
import sys
from pathlib import Path

import google_crc32c
import ml_dtypes
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

NAMES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "I16": np.int16,
    "U16": np.uint16,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "I32": np.int32,
    "U32": np.uint32,
    "F32": np.float32,
    "C64": np.complex64,
    "F64": np.float64,
    "I64": np.int64,
    "U64": np.uint64,
}
# The types in the order of the reference implementation. NumPy does not have all of them.
ORDER = (
    "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 "
    "I32 U32 F32 C64 F64 I64 U64"
).split()
BITS = dict.fromkeys(ORDER, 8) | {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}
BITS |= {name: 8 * np.dtype(NAMES[name]).itemsize for name in NAMES}
METADATA = {"step": "1000", 'é"\\/\b\t\n\f\r\x01\x7f😀': "\x00 Ω"}


def main():
    """Generates and checks all fixtures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    reference = save(_arrays(), metadata={"format": "np"})
    (folder / "reference.safetensors").write_bytes(reference)
    path = folder / "checksummed.safetensors"
    path.write_bytes(_checksummed(_tensors(), METADATA))
    _check(path)


def _bytes(index, count):
    return bytes((37 * index + 11 * byte) % 251 for byte in range(count))


def _arrays():
    """A tensor of each type that NumPy has, a scalar and an empty one."""
    arrays = {}
    for index, name in enumerate(NAMES):
        dtype = np.dtype(NAMES[name])
        content = _bytes(index, 6 * dtype.itemsize)
        if name == "BOOL":
            content = bytes(byte % 2 for byte in content)
        arrays[f"tensor.{name}"] = np.frombuffer(content, dtype).reshape(2, 3)
    arrays["scalar"] = np.array(1.5, np.float64)
    arrays["empty"] = np.zeros((3, 0), np.float32)
    return arrays


def _tensors():
    """Names, types, shapes and bytes: four elements of each type, a scalar and an empty tensor."""
    tensors = [
        (f"tensor.{name}", name, [2, 2], _bytes(index, BITS[name] * 4 // 8))
        for index, name in enumerate(ORDER)
    ]
    tensors.append(("scalar", "F64", [], np.float64(1.5).tobytes()))
    tensors.append(("empty", "F32", [3, 0], b""))
    tensors.append(('é"\n', "U8", [1], b"x"))
    return tensors


def _crc(content):
    return format(google_crc32c.value(content), "08x")


def _checksummed(tensors, metadata):
    tensors = sorted(tensors, key=lambda tensor: (-ORDER.index(tensor[1]), tensor[0].encode()))
    sums = {"crc32c." + name: _crc(content) for name, _, _, content in tensors}
    user = dict(sorted(metadata.items(), key=lambda entry: entry[0].encode()))
    header = {"__metadata__": {"crc32c": "00000000"} | sums | user}
    end = 0
    for name, dtype, shape, content in tensors:
        offsets = [end, end + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        end += len(content)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    text = len(text).to_bytes(8, "little") + text
    text = text.replace(b'"crc32c":"00000000"', b'"crc32c":"%s"' % _crc(text).encode(), 1)
    return text + b"".join(content for _, _, _, content in tensors)


def _check(path):
    """Reads a file by the reference implementation, and by the recipe in SafeTensorsWriter.swift."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    sums = header.pop("__metadata__")
    own = b'"crc32c":"%s"' % sums["crc32c"].encode()
    zeroed = data[:end].replace(own, b'"crc32c":"00000000"', 1)
    assert google_crc32c.value(zeroed) == int(sums["crc32c"], 16)
    for name, tensor in header.items():
        first, last = tensor["data_offsets"]
        assert google_crc32c.value(data[end + first : end + last]) == int(sums["crc32c." + name], 16)
    with safe_open(path, framework="np") as file:
        assert set(file.keys()) == set(header)
        stored = file.metadata()
        assert all(stored[key] == METADATA[key] for key in METADATA)
        assert file.get_tensor("scalar") == 1.5
        assert file.get_slice("tensor.F4").get_shape() == [2, 2]


if __name__ == "__main__":
    main()
