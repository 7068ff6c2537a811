# SPDX-License-Identifier: Apache-2.0
"""Values of schedules before, at and after each of their boundaries, and far beyond the end."""

import jax
import numpy as np

from . import optax_schedules, schedules
from .schedules import constant, half_life, linear

# optax evaluates schedules in float32, even under x64.
TOLERANCE = 1e-6

_FAR = [1_000_000, 2_147_483_647]


def _polynomial(start_value, end_value, power, over, start):
    return linear(start_value, end_value, over, start) | {"kind": "polynomial", "power": power}


def _cosine(start_value, end_value, over, exponent):
    return linear(start_value, end_value, over) | {"kind": "cosineDecay", "exponent": exponent}


def _exponential(start_value, rate, over, start=0, staircase=False, limit=None):
    return {"kind": "exponentialDecay", "from": start_value, "rate": rate, "over": over,
            "start": start, "staircase": staircase, "limit": limit}  # fmt: skip


def _warmup_cosine(start_value, peak, warmup, total, end_value, exponent=1.0):
    return {"kind": "warmupCosine", "from": start_value, "peak": peak, "warmup": warmup,
            "total": total, "to": end_value, "exponent": exponent}  # fmt: skip


def _stable(start_value, peak, warmup, stable, decay, end_value, shape):
    return {"kind": "warmupStableDecay", "from": start_value, "peak": peak, "warmup": warmup,
            "stable": stable, "decay": decay, "to": end_value, "shape": shape}  # fmt: skip


def _joined(boundaries, *parts):
    return {"kind": "joined", "schedules": list(parts), "boundaries": boundaries}


# Each schedule with the counts of its boundaries. The counts beside them are added below.
_TABLE = [
    (constant(3e-4), [0]),
    (linear(0.0, 8.0, 10), [0, 5, 10]),
    (linear(1.0, 0.1, 7, 3), [0, 3, 6, 10]),
    (linear(0.0, 5.0, 256_000), [0, 128_000, 256_000]),
    (_polynomial(1.0, 0.1, 2.0, 10, 0), [0, 5, 10]),
    (_polynomial(0.0, 3e-4, 2.0, 8, 4), [0, 4, 8, 12]),
    (_polynomial(1.0, 0.0, 0.5, 10, 2), [0, 2, 7, 12]),
    (_cosine(1e-3, 0.0, 10, 1.0), [0, 5, 10]),
    (_cosine(1e-3, 1e-5, 1000, 1.0), [0, 250, 500, 1000]),
    (_cosine(2.0, 0.5, 12, 2.0), [0, 6, 12]),
    (_exponential(1e-3, 0.5, 10), [0, 5, 10, 20]),
    (_exponential(1e-3, 0.5, 4, start=3, staircase=True), [0, 3, 7, 11]),
    (_exponential(1e-3, 0.5, 4, start=2, limit=2e-4), [0, 2, 6, 11]),
    (_exponential(1e-3, 0.9, 2, start=1, staircase=True, limit=5e-4), [0, 3, 13, 15]),
    (_exponential(0.5, 2.0, 5, limit=4.0), [0, 5, 10, 15]),
    (_warmup_cosine(0.0, 1e-3, 3, 10, 0.0), [0, 3, 10]),
    (_warmup_cosine(1e-5, 1e-3, 100, 1000, 1e-4), [0, 100, 550, 1000]),
    (_warmup_cosine(0.1, 1.0, 4, 16, 0.2, exponent=2.0), [0, 4, 10, 16]),
    (_stable(0.0, 1e-3, 5, 10, 8, 0.0, "linear"), [0, 5, 15, 19, 23]),
    (_stable(0.0, 1e-3, 5, 10, 8, 1e-5, "oneMinusSqrt"), [0, 5, 15, 19, 23]),
    (_stable(0.5, 1.0, 4, 0, 4, 0.25, "linear"), [0, 4, 8]),
    (_stable(0.0, 1.0, 0, 3, 4, 0.0, "oneMinusSqrt"), [0, 3, 7]),
    ({"kind": "piecewiseConstant", "value": 1.0, "factors": [[5, 0.5], [10, 0.1]]}, [0, 5, 10]),
    ({"kind": "piecewiseConstant", "value": 2.0, "factors": [[1, 0.1], [4, 0.0]]}, [0, 4]),
    (_joined([5, 12], linear(0.0, 1.0, 5), constant(1.0), _exponential(1.0, 0.5, 3)), [0, 5, 12]),
    (_joined([4], linear(1.0, 0.0, 10), _cosine(1.0, 0.1, 8, 1.0)), [0, 4, 8, 12]),
    (_joined([3], constant(1.0), _joined([4], linear(1.0, 0.0, 4), constant(0.5))), [0, 3, 7]),
    (_joined([2], constant(1.0), _stable(0.0, 1.0, 2, 2, 2, 0.0, "linear")), [0, 2, 4, 6, 8]),
    (half_life(0.9, 0.9999, 10), [0, 5, 10]),
    (half_life(0.9, 0.9999, 256_000), [0, 128_000, 256_000]),
    (half_life(0.0, 0.9999, 10), [0, 5, 10]),
    (half_life(0.0, 0.9999, 10_000), [0, 5_000, 10_000]),
    (half_life(0.99, 0.9, 8), [0, 4, 8]),
    (half_life(0.9, 0.999999, 1_000), [0, 500, 1_000]),
]


def fixtures():
    """The content of schedules.json, after checking the formulas against optax."""
    return [_entry(*row) for row in _TABLE]


def _entry(schedule, marks):
    neighbours = {mark + offset for mark in marks for offset in (-1, 0, 1)}
    counts = sorted(count for count in neighbours | set(_FAR) if count >= 0)
    values = [float(schedules.value(schedule, count)) for count in counts]
    _check(schedule, counts, values)
    return {"schedule": schedule, "counts": counts, "values": values, "source": _source(schedule)}


def _source(schedule):
    if optax_schedules.is_built_in(schedule):
        return "optax"
    return "paper" if schedule["kind"] == "halfLife" else "formula"


def _check(schedule, counts, values):
    with jax.enable_x64(True):
        function = optax_schedules.function_of(schedule)
        actual = [float(function(jax.numpy.asarray(count, dtype="int32"))) for count in counts]
    tolerance = TOLERANCE * max(map(abs, values))
    np.testing.assert_allclose(
        actual, values, rtol=TOLERANCE, atol=tolerance, err_msg=str(schedule)
    )
