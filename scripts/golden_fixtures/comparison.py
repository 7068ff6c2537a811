# SPDX-License-Identifier: Apache-2.0
"""The distance of optax's runs from the equations."""

import numpy as np

from .equations import QUANTITIES

# The tolerances of optax under x64: relative to an element, and relative to the largest element of its
# tensor. The second is for elements that pass near zero, which keep the rounding errors of their earlier,
# larger values.
TOLERANCE = 1e-12
TENSOR_TOLERANCE = 1e-14


def check(actual, expected, sizes, name):
    """Raises an error unless two histories agree; `sizes` are those of the recorded tensors."""
    for quantity in QUANTITIES:
        boundaries = np.cumsum(sizes[quantity])[:-1]
        tensors = np.split(np.stack(actual[quantity]), boundaries, axis=1)
        truths = np.split(np.stack(expected[quantity]), boundaries, axis=1)
        for tensor, truth in zip(tensors, truths, strict=True):
            absolute = TENSOR_TOLERANCE * np.abs(truth).max(initial=0.0)
            np.testing.assert_allclose(tensor, truth, TOLERANCE, absolute, err_msg=name)


def distances(actual, expected):
    """The L2 distance of two histories in each quantity."""
    return [
        np.linalg.norm(np.subtract(actual[name], expected[name], dtype=np.float64))
        for name in QUANTITIES
    ]
