# SPDX-License-Identifier: Apache-2.0
"""Tensors of PyTorch: those of files, which are read without PyTorch, and those of programs with PyTorch."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .errors import InterchangeError, note, require, shown

# NumPy's types by PyTorch's names. NumPy has no bfloat16: uint16 has its bits.
DTYPES = {
    "float32": "<f4", "float64": "<f8", "float16": "<f2", "bfloat16": "<u2",
    "int64": "<i8", "int32": "<i4", "int16": "<i2", "int8": "i1", "uint8": "u1", "bool": "?",
}  # fmt: skip
FLOATS = ("float32", "float64", "float16", "bfloat16")


@dataclass(frozen=True, eq=False, repr=False)
class Tensor:
    """A tensor of a file. Its elements are read when they are asked for."""

    dtype: str
    shape: tuple[int, ...]
    elements: Callable[[], np.ndarray]
    place: object = None  # in the file: two tensors of one place are one tensor under two names

    def __repr__(self) -> str:
        return f"a tensor of {self.dtype}, shape {list(self.shape)}"


def is_tensor(value) -> bool:
    """Whether a value is a tensor of a file or of PyTorch."""
    return isinstance(value, Tensor) or hasattr(value, "detach")


def is_real(value) -> bool:
    """Whether a value is a tensor of floating-point numbers."""
    return is_tensor(value) and _dtype(value) in FLOATS


def shape(value) -> tuple[int, ...]:
    """The shape of a tensor."""
    return tuple(int(length) for length in value.shape)


def can_be(shape) -> bool:
    """Whether NumPy can have an array of a shape. The product of the sizes other than 0 must not overflow."""
    return len(shape) <= 32 and math.prod(max(length, 1) for length in shape) < 2**59


def place(value):
    """The place of a tensor's elements, or `None` if it is not known."""
    if isinstance(value, Tensor):
        return value.place
    return value.data_ptr() if value.numel() else None


def array(value, what: str) -> np.ndarray | None:
    """The elements in float64, or in float32 for that and shorter types. `None` gives `None`."""
    if value is None or isinstance(value, np.ndarray):
        return value
    require(is_tensor(value), f"{what} is {shown(value)}, not a tensor")
    dtype = _dtype(value)
    require(dtype in FLOATS, f"{what} is of {dtype}: parameters and moments are real numbers")
    if dtype not in ("float32", "float64"):
        note(f"{dtype} becomes float32, which holds the same values")
    if not isinstance(value, Tensor):
        value = value.detach().cpu()
        return (value if dtype == "float64" else value.float()).numpy().copy()
    try:
        found = value.elements()
    except InterchangeError as error:
        raise InterchangeError(f"{what}: {error}") from None
    if dtype == "bfloat16":
        return (found.astype("<u4") << np.uint32(16)).view("<f4")
    return np.array(found, "<f8" if dtype == "float64" else "<f4", order="C")


def item(value, what: str):
    """The number in a tensor of one element. Other values are returned unchanged."""
    if not is_tensor(value):
        return value
    require(
        shape(value) in ((), (1,)) and _dtype(value) in DTYPES,
        f"{what} is {shown(value)}: it must be one number",
    )
    if not isinstance(value, Tensor):
        return value.item()
    if _dtype(value) in FLOATS:
        return array(value, what).item()
    return value.elements().item()


def of_torch(content):
    """Dictionaries and lists with PyTorch's tensors in place of NumPy's arrays.

    `load_state_dict` takes the result of `write` in this form.
    """
    import torch

    if isinstance(content, dict):
        return {key: of_torch(value) for key, value in content.items()}
    if isinstance(content, list):
        return [of_torch(value) for value in content]
    return torch.from_numpy(content.copy()) if isinstance(content, np.ndarray) else content


def _dtype(value) -> str:
    return str(value.dtype).removeprefix("torch.")
