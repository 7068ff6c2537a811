# SPDX-License-Identifier: Apache-2.0
"""Writes fixtures as JSON, with arrays as base64 of their little-endian bytes."""

import base64
import json

import numpy as np


def base64_of(array, dtype):
    """The exact bits of `array` in `dtype`, "f4" or "f8"."""
    array = np.asarray(array)
    encoded = np.ascontiguousarray(array, dtype=f"<{dtype}")
    if not np.array_equal(encoded, array, equal_nan=True):
        raise ValueError(f"the array does not fit into {dtype} exactly")
    return base64.b64encode(encoded.tobytes()).decode("ascii")


def history(arrays, dtype):
    """The recorded arrays of each quantity, as `base64_of` gives them."""
    return {name: [base64_of(array, dtype) for array in arrays[name]] for name in arrays}


def write(path, content):
    """Writes `content` to `path`; the same content always gives the same bytes."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
