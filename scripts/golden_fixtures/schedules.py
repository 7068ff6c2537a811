# SPDX-License-Identifier: Apache-2.0
"""Schedules in float64.

A schedule is a dictionary of plain values, which is also its form in the fixtures. `value`
evaluates one at a count of steps. The formulas are those documented by optax.schedules, except:

* `halfLife`: the scheduler of beta3 in Pagliardini et al., 2024, "The AdEMAMix Optimizer: Better,
  Faster, Older", section 3 and appendix A.1, which moves the half-life linearly;
* `warmupStableDecay`: Hägele et al., 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed
  Training Durations", with the linear and the "1-sqrt" decay.

The paper's scheduler of alpha is `linear` from zero.
"""

import math

import numpy as np


def constant(value):
    """The schedule that always has one value."""
    return {"kind": "constant", "value": value}


def linear(start_value, end_value, over, start=0):
    """A straight line over `over` steps, beginning at `start`."""
    return {"kind": "linear", "from": start_value, "to": end_value, "over": over, "start": start}


def half_life(start_value, end_value, over):
    """A decay rate whose half-life moves linearly over `over` steps."""
    return {"kind": "halfLife", "from": start_value, "to": end_value, "over": over}


def is_constant(schedule):
    """Whether the schedule is a constant."""
    return schedule["kind"] == "constant"


def value(schedule, count):
    """The value of `schedule` at `count`, in float64."""
    return _FORMULAS[schedule["kind"]](schedule, count)


def _progress(count, over):
    return min(max(count / over, 0.0), 1.0)


def _constant(s, count):
    return s["value"]


def _polynomial(s, count):
    progress = _progress(count - s["start"], s["over"])
    return s["to"] + (s["from"] - s["to"]) * (1 - progress) ** s.get("power", 1)


def _cosine_decay(s, count):
    cosine = 0.5 * (1 + math.cos(math.pi * _progress(count, s["over"])))
    return s["to"] + (s["from"] - s["to"]) * cosine ** s["exponent"]


def _exponential_decay(s, count):
    exponent = max(count - s["start"], 0) / s["over"]
    if s["staircase"]:
        exponent = math.floor(exponent)
    with np.errstate(over="ignore"):  # growth without a limit ends at infinity, without a warning
        decayed = s["from"] * float(np.float64(s["rate"]) ** exponent)
    if s["limit"] is None:
        return decayed
    return max(decayed, s["limit"]) if s["rate"] < 1 else min(decayed, s["limit"])


def _warmup_cosine(s, count):
    if count < s["warmup"]:
        return s["from"] + (s["peak"] - s["from"]) * (count / s["warmup"])
    decay = {"from": s["peak"], "to": s["to"], "over": s["total"] - s["warmup"]}
    return _cosine_decay(decay | {"exponent": s["exponent"]}, count - s["warmup"])


def _warmup_stable_decay(s, count):
    if count < s["warmup"]:
        return s["from"] + (s["peak"] - s["from"]) * (count / s["warmup"])
    progress = _progress(count - s["warmup"] - s["stable"], s["decay"])
    if s["shape"] == "oneMinusSqrt":
        progress = math.sqrt(progress)
    return s["to"] + (s["peak"] - s["to"]) * (1 - progress)


def _piecewise_constant(s, count):
    return s["value"] * math.prod(factor for boundary, factor in s["factors"] if count >= boundary)


def _joined(s, count):
    index = sum(count >= boundary for boundary in s["boundaries"])
    offset = s["boundaries"][index - 1] if index > 0 else 0
    return value(s["schedules"][index], count - offset)


def _half_life(s, count):
    progress = _progress(count, s["over"])
    if progress in (0.0, 1.0):
        return s["to"] if progress == 1.0 else s["from"]
    start = 1 / math.log(s["from"]) if s["from"] > 0 else 0.0
    return math.exp(1 / ((1 - progress) * start + progress / math.log(s["to"])))


_FORMULAS = {
    "constant": _constant,
    "linear": _polynomial,
    "polynomial": _polynomial,
    "cosineDecay": _cosine_decay,
    "exponentialDecay": _exponential_decay,
    "warmupCosine": _warmup_cosine,
    "warmupStableDecay": _warmup_stable_decay,
    "piecewiseConstant": _piecewise_constant,
    "joined": _joined,
    "halfLife": _half_life,
}
