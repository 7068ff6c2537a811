"""Schedules as the Swift library's checkpoints have them: `{"constant": {"value": 0.1}}` and so on.

Their formulas are documented in Sources/AdEMAMix/Schedules/Schedule.swift.
"""

import math

from .errors import InterchangeError

Schedule = dict[str, dict]


def constant(value: float) -> Schedule:
    """The schedule that always has one value."""
    return {"constant": {"value": float(value)}}


def linear(start: float, end: float, over: int) -> Schedule:
    """A straight line over `over` steps."""
    values = {"from": float(start), "to": float(end), "over": over}
    return {"polynomial": values | {"power": 1.0, "startingAt": 0}}


def half_life(start: float, end: float, over: int) -> Schedule:
    """A decay rate whose half-life grows linearly over `over` steps."""
    return {"halfLife": {"from": float(start), "to": float(end), "over": over}}


def joined(schedules: list[Schedule], boundaries: list[int]) -> Schedule:
    """One schedule after the other."""
    return {"joined": {"schedules": schedules, "boundaries": boundaries}}


def parse(value: float | Schedule) -> Schedule:
    """A schedule as a person writes it: a number is a constant."""
    if isinstance(value, int | float):
        return constant(value)
    kind, values = _parts(value)
    if kind not in _FORMULAS:
        raise InterchangeError(f"there is no schedule '{kind}': there are {sorted(_FORMULAS)}")
    if kind == "polynomial":
        values = {"power": 1.0, "startingAt": 0} | values
    return {kind: values}


def value(schedule: Schedule, count: int) -> float:
    """The value at a count of steps."""
    kind, values = _parts(schedule)
    return _FORMULAS[kind](values, count)


def constant_value(schedule: Schedule) -> float | None:
    """The value of a constant, or none."""
    kind, values = _parts(schedule)
    return values["value"] if kind == "constant" else None


def settled_value(schedule: Schedule, count: int) -> float | None:
    """The value that a schedule keeps from `count` on, or none where it still changes."""
    return value(schedule, count) if count >= _end(schedule) else None


def _end(schedule: Schedule) -> float:
    """The count from which on the value stays as it is."""
    kind, values = _parts(schedule)
    match kind:
        case "constant":
            return 0
        case "exponentialDecay":
            return math.inf
        case "piecewiseConstant":
            return max((change["count"] for change in values["changes"]), default=0)
        case "joined":
            boundaries = values["boundaries"]
            return (boundaries[-1] if boundaries else 0) + _end(values["schedules"][-1])
        case _:
            return values.get("startingAt", 0) + values["over"]


def _parts(schedule: Schedule) -> tuple[str, dict]:
    if not isinstance(schedule, dict) or len(schedule) != 1:
        raise InterchangeError(f"this is no schedule: {schedule!r}")
    return next(iter(schedule.items()))


def _progress(values: dict, count: int) -> float:
    passed = count - values.get("startingAt", 0)
    if passed >= values["over"]:
        return 1.0
    return max(passed, 0) / values["over"]


def _falling(values: dict, rest: float) -> float:
    return (values["from"] - values["to"]) * rest + values["to"]


def _cosine_decay(values: dict, count: int) -> float:
    progress = _progress(values, count)
    rest = 0.0 if progress == 1 else 0.5 * (1 + math.cos(math.pi * progress))
    return _falling(values, rest ** values["exponent"])


def _exponential_decay(values: dict, count: int) -> float:
    passed = max(count - values["startingAt"], 0)
    exponent = passed / values["over"] if values["over"] else math.inf
    if values["isStaircase"] and exponent < math.inf:
        exponent = math.floor(exponent)
    decayed = values["from"] * values["rate"] ** exponent
    limit = values.get("limit")
    if limit is None:
        return decayed
    return max(decayed, limit) if values["rate"] < 1 else min(decayed, limit)


def _half_life(values: dict, count: int) -> float:
    progress = _progress(values, count)
    if progress in (0, 1):
        return values["to"] if progress else values["from"]

    def reciprocal(rate: float) -> float:
        return 1 / math.log(rate) if rate else 0.0

    return math.exp(
        1 / ((1 - progress) * reciprocal(values["from"]) + progress * reciprocal(values["to"]))
    )


def _piecewise_constant(values: dict, count: int) -> float:
    factors = (change["factor"] for change in values["changes"] if count >= change["count"])
    return values["from"] * math.prod(factors)


def _joined(values: dict, count: int) -> float:
    passed = sum(count >= boundary for boundary in values["boundaries"])
    origin = values["boundaries"][passed - 1] if passed else 0
    return value(values["schedules"][passed], count - origin)


_FORMULAS = {
    "constant": lambda values, _: values["value"],
    "polynomial": lambda values, count: _falling(
        values, (1 - _progress(values, count)) ** values["power"]
    ),
    "cosineDecay": _cosine_decay,
    "exponentialDecay": _exponential_decay,
    "squareRootDecay": lambda values, count: _falling(values, 1 - math.sqrt(_progress(values, count))),
    "halfLife": _half_life,
    "piecewiseConstant": _piecewise_constant,
    "joined": _joined,
}
