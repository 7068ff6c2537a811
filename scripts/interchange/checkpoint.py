# SPDX-License-Identifier: Apache-2.0
"""A checkpoint of the Swift library as plain values: read from its file, and written to it.

    state = checkpoint.load("run.safetensors")
    print(state.groups[0].hyperparameters, state.moments["encoder.weight"].slow)
    checkpoint.save("copy.safetensors", state)

The format is documented in
Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/FileFormat.md.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import record as records
from . import safetensors_file, storage
from .errors import InterchangeError, note, require, shown

# The newest version of the format that is read, and the version that is written, in which moments have
# the type of the parameters.
READ_VERSION = 2
VERSION = 1
DEFAULT_OPTIONS = {
    "gradientScale": 1,
    "isCautious": False,
    "measuresDiagnostics": False,
    "nonFiniteGradients": {"propagate": {}},
}


@dataclass
class StepCounts:
    """The number of steps in which each moment was updated."""

    fast: int
    slow: int
    second: int


@dataclass
class Moments:
    """The moments of a tensor in the equations. The scales of the file are multiplied in."""

    fast: np.ndarray | None  # `None` for a beta1 of 0
    slow: np.ndarray
    second: np.ndarray


@dataclass
class Group:
    """A parameter group: its tensors' names and shapes, and its hyperparameters."""

    name: str
    tensors: dict[str, tuple[int, ...]]
    hyperparameters: dict  # as in the record
    counts: StepCounts
    learning_rate_factor: float = 1.0
    is_frozen: bool = False


@dataclass
class Checkpoint:
    """The state of an optimizer, and the parameters if the file has them.

    `record` is the optimizer's JSON that was read. When a checkpoint is saved, options and other fields
    come from it. `metadata` and `tensors` are entries of a file that are kept without a look at them.
    """

    dtype: np.dtype
    clock: str  # "fromZero" or "fromOne": the count that the first step shows to schedules
    steps: int
    groups: list[Group]
    moments: dict[str, Moments]
    parameters: dict[str, np.ndarray] | None = None
    order: list[str] = field(default_factory=list)  # of the flat index space
    record: dict = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, np.ndarray] = field(default_factory=dict)


def load(path: str | Path) -> Checkpoint:
    """Reads a file of the Swift library or of `save`.

    Moments that are stored in fewer bits are decoded. `save` then stores them in full.
    """
    tensors, metadata = safetensors_file.read(path)
    try:
        return _read(tensors, metadata)
    except InterchangeError as error:
        raise InterchangeError(f"{path}: {error}") from None


def _read(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> Checkpoint:
    require("ademamix.optimizer" in metadata, "this is no checkpoint of the Swift library")
    version = metadata.pop("ademamix.version", "")
    require(
        version.isdecimal() and len(version) < 10 and 1 <= int(version) <= READ_VERSION,
        f"the checkpoint is of version {shown(version)}: versions up to {READ_VERSION} can be read",
    )
    record = records.read(metadata.pop("ademamix.optimizer"))
    dtype = safetensors_file.DTYPES.get(metadata.pop("ademamix.scalar", ""))
    require(dtype is not None, "the checkpoint's scalar type is neither F32 nor F64")
    metadata.pop("format", None)
    # These keys say how the file was made. They are no part of the state.
    for key in ("engine", "finite", "openblas.core", "openblas.version"):
        metadata.pop(f"ademamix.{key}", None)
    groups = [_group(stored) for stored in record["groups"]]
    count = sum(math.prod(shape) for group in groups for shape in group.tensors.values())
    require(
        record["shard"] == [0, count],
        f"the checkpoint is of the shard {record['shard']} of {count} elements: "
        "only whole ones can be converted",
    )
    require(
        record["counts"]["accumulatedGradients"] == 0,
        f"{record['counts']['accumulatedGradients']} gradients have accumulated for the next "
        "step, which no peer can hold: save after a step",
    )
    moments = {}
    for stored, group in zip(record["groups"], groups, strict=True):
        for name, shape in group.tensors.items():
            found = _moments(stored, name, shape, tensors, dtype)
            if found is not None:
                moments[name] = found
    parameters = _parameters(record["order"], groups, tensors, dtype)
    # Sums of no gradients are no state.
    unknown = {name: tensors[name] for name in tensors if name.split("/")[0] not in _SUMS}
    return Checkpoint(
        dtype=dtype,
        clock=record["clock"],
        steps=record["counts"]["steps"],
        groups=groups,
        moments=moments,
        parameters=parameters,
        order=record["order"],
        record=record,
        metadata=metadata,
        tensors=unknown,
    )


def save(path: str | Path, state: Checkpoint) -> None:
    """Writes a checkpoint of the Swift library."""
    order = state.order or [name for group in state.groups for name in group.tensors]
    tensors = dict(state.tensors)
    groups = []
    for group in state.groups:
        groups.append(_stored_group(group, state.moments))
        for name, shape in group.tensors.items():
            require(
                0 in shape or (state.moments.get(name) is None) == (not groups[-1]["buffers"]),
                f"tensor '{name}' of group '{group.name}' has no moments, but others have",
            )
            for buffer in [] if 0 in shape else groups[-1]["buffers"]:
                values = getattr(state.moments[name], _MOMENTS[buffer])
                _put(tensors, f"{buffer}/{name}", values, shape, state.dtype)
            if state.parameters is not None:
                require(name in state.parameters, f"tensor '{name}' is not among the parameters")
                _put(tensors, f"parameter/{name}", state.parameters[name], shape, state.dtype)
    counts = {"consecutiveSkips": 0, "skippedSteps": 0, "zeroedElements": 0}
    counts |= state.record.get("counts", {})
    count = sum(math.prod(shape) for group in state.groups for shape in group.tensors.values())
    record = state.record | {
        "clock": state.clock,
        "counts": counts | {"steps": state.steps, "accumulatedGradients": 0},
        "groups": groups,
        "options": state.record.get("options", DEFAULT_OPTIONS),
        "order": order,
        "shard": [0, count],
    }
    metadata = {
        "ademamix.optimizer": json.dumps(
            record, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ),
        "ademamix.scalar": safetensors_file.name_of(state.dtype),
        "ademamix.version": str(VERSION),
        "format": "pt",
    }
    safetensors_file.write(path, tensors, metadata | state.metadata)


_MOMENTS = {"m1": "fast", "m2": "slow", "nu": "second"}
_SUMS = ("sum", "residue")


def _group(stored: dict) -> Group:
    group, counts = stored["group"], stored["stepCounts"]
    return Group(
        name=group["name"],
        tensors={tensor["name"]: tuple(tensor["shape"]) for tensor in group["tensors"]},
        hyperparameters=group["hyperparameters"],
        counts=StepCounts(counts["fast"], counts["slow"], counts["second"]),
        learning_rate_factor=group["learningRateFactor"],
        is_frozen=group["isFrozen"],
    )


def _parameters(
    order: list[str], groups: list[Group], tensors: dict, dtype: np.dtype
) -> dict[str, np.ndarray] | None:
    found = {name: tensors.pop(f"parameter/{name}", None) for name in order}
    if all(values is None for values in found.values()):
        return None
    for group in groups:
        for name, shape in group.tensors.items():
            require(found[name] is not None, f"there are parameters, but not of the tensor '{name}'")
            _check_tensor(f"parameter/{name}", found[name], shape, dtype)
    return found


def _moments(
    stored: dict, name: str, shape: tuple[int, ...], tensors: dict, dtype: np.dtype
) -> Moments | None:
    values = {}
    for buffer in stored["buffers"]:
        if buffer in _SUMS:
            continue
        if 0 in shape:
            # The file has no moments of a tensor without elements.
            values[_MOMENTS[buffer]] = np.empty(shape, dtype)
            continue
        moment = _MOMENTS[buffer]
        elements = storage.decoded(tensors, buffer, name, moment, stored["group"].get("storage"))
        _check_tensor(f"{buffer}/{name}", elements, shape, dtype)
        # The library itself multiplies in double precision and rounds once.
        scaled = elements.astype(np.float64) * np.float64(stored["scales"][moment])
        # NumPy turns the result for an array without dimensions into a number.
        values[moment] = np.asarray(scaled, dtype)
    if not values:
        return None
    return Moments(values.get("fast"), values["slow"], values["second"])


def _stored_group(group: Group, moments: dict[str, Moments]) -> dict:
    # Tensors without elements have no moments in the file.
    filled = [name for name, shape in group.tensors.items() if 0 not in shape]
    first = next((moments.get(name) for name in filled), None)
    buffers = [] if first is None else ["m2", "nu"]
    if first is not None and first.fast is not None:
        buffers.insert(0, "m1")
    counts = group.counts
    return {
        "buffers": buffers,
        "group": {
            "hyperparameters": group.hyperparameters,
            "isFrozen": group.is_frozen,
            "learningRateFactor": group.learning_rate_factor,
            "name": group.name,
            "tensors": [{"name": name, "shape": list(shape)} for name, shape in group.tensors.items()],
        },
        "scales": {"fast": 1, "second": 1, "slow": 1},
        "stepCounts": {"fast": counts.fast, "second": counts.second, "slow": counts.slow},
    }


def _put(
    tensors: dict[str, np.ndarray], name: str, values: np.ndarray, shape: tuple, dtype: np.dtype
) -> None:
    _check_tensor(name, values, shape, dtype)
    tensors[name] = values


def _check_tensor(name: str, values: np.ndarray, shape: tuple, dtype: np.dtype) -> None:
    require(
        tuple(values.shape) == tuple(shape),
        f"tensor '{name}' has shape {list(values.shape)}: it must be {list(shape)}",
    )
    require(values.dtype == dtype, f"tensor '{name}' is of {values.dtype}: it must be of {dtype}")


def note_rest(state: Checkpoint) -> None:
    """Notes the parts of a checkpoint that no peer has a place for."""
    options = state.record.get("options", DEFAULT_OPTIONS) | {"measuresDiagnostics": False}
    for name, value in options.items():
        if DEFAULT_OPTIONS.get(name) != value:
            note(f"the option '{name}' of the step is not carried over: {value}")
    for stored in state.record.get("groups", []):
        formats = stored["group"].get("storage", {})
        if any(formats.get(moment, "scalar") != "scalar" for moment in _MOMENTS.values()):
            note(
                f"group '{stored['group']['name']}' stores its moments in fewer bits: "
                "what is carried over is their values"
            )
    for name in [*state.tensors, *state.metadata]:
        note(f"'{name}' is not carried over")
