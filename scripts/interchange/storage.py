"""Moments that the Swift library stores in fewer bits, decoded: as its C kernels do, to the bit.

The codes are documented in
Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/FileFormat.md.
"""

import numpy as np

from .errors import InterchangeError, require

_BLOCK = 256
_ONE = 0x3F800000  # the bits of 1
_LEAST_TOP = np.float32(2.0**-80)
_LIFT = np.float32(2.0**100)


def decoded(
    tensors: dict[str, np.ndarray], buffer: str, name: str, moment: str, storage: dict | None
) -> np.ndarray:
    """Takes a moment of a tensor out of `tensors`; it is still to be multiplied by its scale.

    `moment` is "fast", "slow" or "second", and `storage` what the group's record has.
    """
    kind = "scalar" if storage is None else storage[moment]
    elements = _taken(tensors, f"{buffer}/{name}")
    if kind == "scalar":
        return elements
    if kind == "bfloat16":
        return (elements.astype(np.uint32) << 16).view(np.float32)
    decode = _CODES.get((kind, moment == "second"))
    require(decode is not None, f"'{buffer}/{name}' is stored as {kind!r}, which is not known")
    tops = _taken(tensors, f"{buffer}.tops/{name}")
    codes = elements.reshape(-1)
    require(
        tops.shape == (-(-codes.size // _BLOCK),),
        f"'{buffer}.tops/{name}' has shape {list(tops.shape)}, not one number per block",
    )
    values, greatest, invalid = decode(codes)
    lift = np.where(np.abs(tops) < _LEAST_TOP, _LIFT, np.float32(1))
    factor = np.abs(tops) * lift * (np.float32(1) / greatest)
    # A negative number says that the block has elements that are not finite.
    spread = [np.repeat(block, _BLOCK)[: codes.size] for block in (factor, lift, np.signbit(tops))]
    values = spread[0] * values / spread[1]
    values[spread[2] & (codes == invalid)] = np.nan
    return values.reshape(elements.shape)


def _taken(tensors: dict[str, np.ndarray], name: str) -> np.ndarray:
    if name not in tensors:
        raise InterchangeError(f"the checkpoint lacks the tensor '{name}'")
    return tensors.pop(name)


def _fourth_power(y: np.ndarray) -> np.ndarray:
    """As if the bits of a number were its logarithm."""
    bits = np.asarray(y, np.float32).view(np.uint32)
    return (bits * np.uint32(4) - np.uint32(3 * _ONE & 0xFFFFFFFF)).view(np.float32)


def _linear(codes: np.ndarray):
    return codes.astype(np.float32), np.float32(32766), -32768


def _square(codes: np.ndarray):
    wide = codes.astype(np.float32)
    return wide * np.abs(wide), np.float32(126 * 126), -128


def _positive_upper_bits(codes: np.ndarray):
    def number(codes: np.ndarray) -> np.ndarray:
        bits = np.uint32(_ONE) + (codes.astype(np.uint32) << np.uint32(12))
        return bits.view(np.float32) - np.float32(1)

    return number(codes), number(np.full(1, 65533))[0], 65535


def _positive_fourth_power(codes: np.ndarray):
    one = np.float32(1)
    greatest = _fourth_power(np.full(1, 254, np.float32))[0] - one
    return _fourth_power(codes.astype(np.float32) + one) - one, greatest, 255


# By format, and whether the moment is the second: the code's value, that of the block's largest
# magnitude, and the code of what is not finite.
_CODES = {
    ("blockInt16", False): _linear,
    ("blockInt8", False): _square,
    ("blockInt16", True): _positive_upper_bits,
    ("blockInt8", True): _positive_fourth_power,
}
