# SPDX-License-Identifier: Apache-2.0
"""Decodes moments that the Swift library stores in fewer bits, with the same bits as its C kernels.

The codes are documented in
Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/FileFormat.md.
"""

import numpy as np

from .errors import InterchangeError, require, shown

_BLOCK = 256
_ONE = 0x3F800000  # the bits of 1
_LEAST_TOP = np.float32(2.0**-80)
_LIFT = np.float32(2.0**100)


def decoded(
    tensors: dict[str, np.ndarray], buffer: str, name: str, moment: str, storage: dict | None
) -> np.ndarray:
    """A decoded moment of a tensor, removed from `tensors` and not yet multiplied by its scale.

    `moment` is "fast", "slow" or "second", and `storage` that of the group's record.
    """
    kind = "scalar" if storage is None else storage[moment]
    elements = _taken(tensors, f"{buffer}/{name}")
    if kind == "scalar":
        return elements
    kinds = _STORED.get(kind, ())
    require(
        elements.dtype.name in kinds,
        f"'{buffer}/{name}' is stored as {shown(kind)}: it cannot have elements of {elements.dtype}",
    )
    if kind == "bfloat16":
        return (elements.astype(np.uint32) << 16).view(np.float32)
    decode = _CODES.get((kind, moment == "second"))
    require(decode is not None, f"'{buffer}/{name}' is stored as {shown(kind)}, which it cannot be")
    tops = _taken(tensors, f"{buffer}.tops/{name}")
    codes = elements.reshape(-1)
    require(
        tops.shape == (-(-codes.size // _BLOCK),) and tops.dtype == np.float32,
        f"'{buffer}.tops/{name}' has shape {list(tops.shape)} of {tops.dtype}, not one a block",
    )
    values, greatest, invalid = decode(codes)
    lift = np.where(np.abs(tops) < _LEAST_TOP, _LIFT, np.float32(1))
    factor = np.abs(tops) * lift * (np.float32(1) / greatest)
    # A negative maximum means that the block has elements that are not finite.
    spread = [np.repeat(block, _BLOCK)[: codes.size] for block in (factor, lift, np.signbit(tops))]
    values = spread[0] * values / spread[1]
    values[spread[2] & invalid] = np.nan
    return values.reshape(elements.shape)


def _taken(tensors: dict[str, np.ndarray], name: str) -> np.ndarray:
    if name not in tensors:
        raise InterchangeError(f"the checkpoint lacks the tensor '{name}'")
    return tensors.pop(name)


def _fourth_power(y: np.ndarray) -> np.ndarray:
    """The approximate fourth power of a number, whose bits serve as its logarithm."""
    bits = np.asarray(y, np.float32).view(np.uint32)
    return (bits * np.uint32(4) - np.uint32(3 * _ONE & 0xFFFFFFFF)).view(np.float32)


def _linear(codes: np.ndarray):
    return codes.astype(np.float32), np.float32(32766), codes == -32768


def _square(codes: np.ndarray):
    wide = codes.astype(np.float32)
    return wide * np.abs(wide), np.float32(126 * 126), codes == -128


def _of_upper_bits(codes: np.ndarray, width: int) -> np.ndarray:
    """The number from 1 on whose exponent and fraction have the bits of a code, less 1."""
    bits = np.uint32(_ONE) + (codes.astype(np.uint32) << np.uint32(28 - width))
    return bits.view(np.float32) - np.float32(1)


def _positive_float(codes: np.ndarray):
    width = 8 * codes.dtype.itemsize
    highest = 2**width - 1
    return _of_upper_bits(codes, width), _of_upper_bits(np.full(1, highest - 2), width)[0], codes == highest


def _signed_float(codes: np.ndarray):
    width = 8 * codes.dtype.itemsize
    highest = 2 ** (width - 1) - 1
    magnitudes = codes & codes.dtype.type(highest)
    values = np.copysign(_of_upper_bits(magnitudes, width), np.where(codes > highest, -1, 1).astype(np.float32))
    return values, _of_upper_bits(np.full(1, highest - 2), width)[0], magnitudes == highest


def _positive_fourth_power(codes: np.ndarray):
    one = np.float32(1)
    greatest = _fourth_power(np.full(1, 254, np.float32))[0] - one
    return _fourth_power(codes.astype(np.float32) + one) - one, greatest, codes == 255


# The NumPy types of the elements in a file.
_STORED = {
    "bfloat16": ("uint16",),
    "blockFloat16": ("uint16",),
    "blockFloat8": ("uint8",),
    "blockInt16": ("int16", "uint16"),
    "blockInt8": ("int8", "uint8"),
}
# For each format, and for second moments and others: the function from codes to values, the value of a block's
# maximum, and which codes stand for elements that are not finite.
_CODES = {
    ("blockFloat16", False): _signed_float,
    ("blockFloat8", False): _signed_float,
    ("blockFloat16", True): _positive_float,
    ("blockFloat8", True): _positive_float,
    ("blockInt16", False): _linear,
    ("blockInt8", False): _square,
    ("blockInt16", True): _positive_float,
    ("blockInt8", True): _positive_fourth_power,
}
