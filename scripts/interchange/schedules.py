# SPDX-License-Identifier: Apache-2.0
"""Schedules in the form of the Swift library's checkpoints, such as `{"constant": {"value": 0.1}}`.

Their formulas are documented in Sources/AdEMAMix/Configuration/Schedule.swift.
"""

import math
import sys

from .errors import InterchangeError, require, shown

Schedule = dict[str, dict]
# The limit of the Swift library: a double has all whole numbers up to it.
GREATEST_COUNT = 2**53
# The limit of the Swift library on joined schedules within joined schedules.
GREATEST_DEPTH = 64


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
    """Several schedules, one after the other."""
    return {"joined": {"schedules": schedules, "boundaries": boundaries}}


def parse(value: float | Schedule, what: str) -> Schedule:
    """A schedule out of a user's JSON. A number is a constant."""
    if not isinstance(value, dict):
        return constant(finite(value, what))
    kind, values = _parts(value)
    require(kind in _FORMULAS, f"there is no schedule {shown(kind)}: there are {sorted(_FORMULAS)}")
    if kind == "polynomial":
        values = {"power": 1.0, "startingAt": 0} | values
    check({kind: values}, what)
    return {kind: values}


def check(schedule: Schedule, what: str, depth: int = 0) -> None:
    """Refuses a schedule that the Swift library would refuse: fields may be missing or out of range."""
    require(depth <= GREATEST_DEPTH, f"{what}: schedules are joined more than {GREATEST_DEPTH} deep")
    kind, values = _parts(schedule)
    require(kind in _FORMULAS, f"{what}: there is no schedule {shown(kind)}")
    fields = _FIELDS[kind]
    for name in fields:
        require(name in values or name == "limit", f"{what}: the schedule '{kind}' has no '{name}'")
    for name, given in values.items():
        require(name in fields, f"{what}: the schedule '{kind}' knows no {shown(name)}")
        fields[name](given, f"{what}: '{name}' of '{kind}'")
    if kind == "joined":
        for inner in values["schedules"]:
            check(inner, what, depth + 1)
        boundaries = values["boundaries"]
        require(
            len(values["schedules"]) == len(boundaries) + 1 and boundaries == sorted(boundaries),
            f"{what}: {len(values['schedules'])} schedules are joined at {shown(boundaries)}",
        )


def finite(value, what: str) -> float:
    """A finite number of a file or of the user."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    require(
        is_number and abs(value) <= sys.float_info.max,
        f"{what} is {shown(value)}: it must be a finite number",
    )
    return float(value)


def value(schedule: Schedule, count: int) -> float:
    """The value at a count of steps."""
    kind, values = _parts(schedule)
    try:
        return _FORMULAS[kind](values, count)
    except OverflowError:
        raise InterchangeError(f"{shown(schedule)} is infinite at step {count}") from None


def constant_value(schedule: Schedule) -> float | None:
    """The value of a constant schedule, or `None`."""
    kind, values = _parts(schedule)
    return values["value"] if kind == "constant" else None


def settled_value(schedule: Schedule, count: int) -> float | None:
    """The value that a schedule keeps from `count` on, or `None` if it still changes."""
    return value(schedule, count) if count >= _end(schedule) else None


def _end(schedule: Schedule) -> float:
    """The count from which on the value does not change."""
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
        raise InterchangeError(f"this is no schedule: {shown(schedule)}")
    kind, values = next(iter(schedule.items()))
    require(isinstance(values, dict), f"this is no schedule: {shown(schedule)}")
    return kind, values


def _positive(value, what: str) -> None:
    require(finite(value, what) > 0, f"{what} is {shown(value)}: it must be positive")


def _rate(value, what: str) -> None:
    require(0 <= finite(value, what) < 1, f"{what} is {shown(value)}: it must lie in 0 ..< 1")


def check_count(value, what: str) -> None:
    """Refuses a value that is no count of steps."""
    require(
        finite(value, what) == int(value) and 0 <= value <= GREATEST_COUNT,
        f"{what} is {shown(value)}: it must be a whole number of steps, 0 to 2^53",
    )


def _flag(value, what: str) -> None:
    require(isinstance(value, bool), f"{what} is {shown(value)}: it must be true or false")


def _limit(value, what: str) -> None:
    if value is not None:
        finite(value, what)


def _all(check_one):
    def check_all(values, what: str) -> None:
        require(isinstance(values, list), f"{what} is {shown(values)}: it must be a list")
        for value in values:
            check_one(value, what)

    return check_all


def _change(value, what: str) -> None:
    fields = isinstance(value, dict) and set(value) == {"count", "factor"}
    require(fields, f"{what} has {shown(value)}: it must have a count and a factor")
    check_count(value["count"], what)
    require(finite(value["factor"], what) >= 0, f"{what} has a factor below 0")


_BETWEEN = {"from": finite, "to": finite, "over": check_count}
_FIELDS = {
    "constant": {"value": finite},
    "polynomial": _BETWEEN | {"power": _positive, "startingAt": check_count},
    "cosineDecay": _BETWEEN | {"exponent": _positive},
    "exponentialDecay": {
        "from": finite, "rate": _positive, "over": check_count, "startingAt": check_count,
        "isStaircase": _flag, "limit": _limit,
    },
    "squareRootDecay": _BETWEEN,
    "halfLife": {"from": _rate, "to": _rate, "over": check_count},
    "piecewiseConstant": {"from": finite, "changes": _all(_change)},
    "joined": {"schedules": _all(lambda value, what: None), "boundaries": _all(check_count)},
}  # fmt: skip


def _progress(values: dict, count: int) -> float:
    passed = count - values.get("startingAt", 0)
    if passed >= values["over"]:
        return 1.0
    return passed / values["over"] if passed > 0 else 0.0


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

    mixed = (1 - progress) * reciprocal(values["from"]) + progress * reciprocal(values["to"])
    return math.exp(1 / mixed) if mixed else 0.0


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
