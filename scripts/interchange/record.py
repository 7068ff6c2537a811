# SPDX-License-Identifier: Apache-2.0
"""The JSON of an optimizer in a checkpoint, checked against the format of the Swift library.

The format is documented in
Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/FileFormat.md.
"""

import json

from . import hyperparameters, names, schedules
from .errors import InterchangeError, require, shown

_MOMENTS = ("fast", "slow", "second")
_BUFFERS = ("m1", "m2", "nu", "sum", "residue")
_TYPES = {dict: "an object", list: "a list", str: "text", bool: "true or false"}


def read(text: str) -> dict:
    """The record of an optimizer. All its fields have the right types and are in range."""
    try:
        record = json.loads(text)
        _check(record)
    except ValueError as error:
        raise InterchangeError(f"'ademamix.optimizer' is not JSON: {error}") from None
    except RecursionError:
        raise InterchangeError("'ademamix.optimizer' is nested too deeply") from None
    except InterchangeError as error:
        raise InterchangeError(f"'ademamix.optimizer': {error}") from None
    return record


def _check(record) -> None:
    clock = _field(record, "clock", str)
    require(clock in ("fromZero", "fromOne"), f"'clock' is {shown(clock)}")
    counts = _field(record, "counts", dict)
    for name in ("steps", "accumulatedGradients"):
        _count(counts, name)
    shard = _field(record, "shard", list)
    require(len(shard) == 2 and all(type(end) is int for end in shard), f"'shard' is {shown(shard)}")
    _field(record, "options", dict)
    tensors = []
    for stored in _field(record, "groups", list):
        tensors += _check_group(stored)
    names.check(tensors, "tensors")
    order = _field(record, "order", list)
    require(
        all(isinstance(name, str) for name in order) and sorted(order) == sorted(tensors),
        f"'order' is {shown(order)}: it must have the tensors of all groups",
    )


def _check_group(stored) -> list[str]:
    group = _field(stored, "group", dict)
    name = _field(group, "name", str)
    try:
        tensors = [_check_tensor(tensor) for tensor in _field(group, "tensors", list)]
        _field(group, "isFrozen", bool)
        factor = _number(group, "learningRateFactor")
        require(factor >= 0, f"'learningRateFactor' is {factor}: it must be at least 0")
        _check_hyperparameters(_field(group, "hyperparameters", dict))
        storage = _field(group, "storage", dict) if "storage" in group else {}
        for moment in _MOMENTS if storage else ():
            _field(storage, moment, str)
        buffers = _field(stored, "buffers", list)
        moments = [buffer for buffer in buffers if buffer in _BUFFERS[:3]]
        require(
            all(buffer in _BUFFERS for buffer in buffers)
            and moments in ([], ["m2", "nu"], ["m1", "m2", "nu"]),
            f"'buffers' are {shown(buffers)}",
        )
        scales = _field(stored, "scales", dict)
        for moment in _MOMENTS:
            scale = _number(scales, moment)
            require(0 <= scale <= 1, f"the scale '{moment}' is {scale}: it must lie in 0 ... 1")
            _count(_field(stored, "stepCounts", dict), moment)
    except InterchangeError as error:
        raise InterchangeError(f"group {shown(name)}: {error}") from None
    return tensors


def _check_tensor(tensor) -> str:
    name, shape = _field(tensor, "name", str), _field(tensor, "shape", list)
    require(
        all(type(length) is int and 0 <= length < 2**63 for length in shape),
        f"tensor {shown(name)} has shape {shown(shape)}",
    )
    return name


def _check_hyperparameters(values: dict) -> None:
    for name in hyperparameters.SCHEDULED:
        schedules.check(_field(values, name, dict), f"'{name}'")
    for name in hyperparameters.NUMBERS:
        hyperparameters.check_range(name, _number(values, name))
    _field(values, "form", str)


def _field(values, name: str, kind: type):
    require(isinstance(values, dict), f"{shown(values)} is no object with '{name}'")
    require(name in values, f"there is no '{name}'")
    value = values[name]
    require(isinstance(value, kind), f"'{name}' is {shown(value)}: it must be {_TYPES[kind]}")
    return value


def _number(values: dict, name: str) -> float:
    require(name in values, f"there is no '{name}'")
    return schedules.finite(values[name], f"'{name}'")


def _count(values: dict, name: str) -> None:
    require(name in values, f"there is no '{name}'")
    schedules.check_count(values[name], f"'{name}'")
