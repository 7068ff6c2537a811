"""A checkpoint of the Swift library as plain values: read from its file, and written to it.

    state = checkpoint.load("run.safetensors")
    print(state.groups[0].hyperparameters, state.moments["encoder.weight"].slow)
    checkpoint.save("copy.safetensors", state)

The format is documented in
Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/FileFormat.md.
"""

import copy
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import safetensors_file, storage
from .errors import note, require

# The last that can be read, and the one that is written: with moments of the scalar type alone.
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
    """The steps that each moment has taken part in."""

    fast: int
    slow: int
    second: int


@dataclass
class Moments:
    """The moments of a tensor as the equations have them, whatever scales the file has."""

    fast: np.ndarray | None  # none where beta1 is 0
    slow: np.ndarray
    second: np.ndarray


@dataclass
class Group:
    """A parameter group: names and shapes of its tensors, and what they are trained with."""

    name: str
    tensors: dict[str, tuple[int, ...]]
    hyperparameters: dict  # as in the record
    counts: StepCounts
    learning_rate_factor: float = 1.0
    is_frozen: bool = False


@dataclass
class Checkpoint:
    """The state of an optimizer, and of the parameters where the file has them.

    `record` is the optimizer's JSON as it was read: options, for instance, are taken from there when
    a checkpoint is saved. `metadata` and `tensors` are what this file does not know, kept as it is.
    """

    dtype: np.dtype
    clock: str  # "fromZero" or "fromOne": what schedules see at the first step
    steps: int
    groups: list[Group]
    moments: dict[str, Moments]
    parameters: dict[str, np.ndarray] | None = None
    order: list[str] = field(default_factory=list)  # of the flat index space
    record: dict = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, np.ndarray] = field(default_factory=dict)


def load(path: str | Path) -> Checkpoint:
    """Reads a file that the Swift library wrote, or `save`.

    Moments that are stored in fewer bits are decoded, so that `save` stores them as they are here.
    """
    tensors, metadata = safetensors_file.read(path)
    require("ademamix.optimizer" in metadata, f"{path}: this is no checkpoint of the Swift library")
    version = metadata.pop("ademamix.version", "")
    require(
        version.isdecimal() and 1 <= int(version) <= READ_VERSION,
        f"{path}: the checkpoint is of version {version!r}: versions up to {READ_VERSION} can be read",
    )
    record = json.loads(metadata.pop("ademamix.optimizer"))
    dtype = safetensors_file.DTYPES.get(metadata.pop("ademamix.scalar", ""))
    require(dtype is not None, f"{path}: the checkpoint's scalar type is neither F32 nor F64")
    metadata.pop("format", None)
    groups = [_group(stored) for stored in record["groups"]]
    count = sum(math.prod(shape) for group in groups for shape in group.tensors.values())
    require(
        record["shard"] == [0, count],
        f"{path}: the checkpoint is of the shard {record['shard']} of {count} elements: "
        "only whole ones can be converted",
    )
    require(
        record["counts"]["accumulatedGradients"] == 0,
        f"{path}: {record['counts']['accumulatedGradients']} gradients have accumulated for the next "
        "step, which no peer can hold: save after a step",
    )
    moments = {}
    for stored, group in zip(record["groups"], groups, strict=True):
        for name, shape in group.tensors.items():
            found = _moments(stored, name, shape, tensors, dtype)
            if found is not None:
                moments[name] = found
    parameters = {
        name: tensors.pop(f"parameter/{name}")
        for name in record["order"]
        if f"parameter/{name}" in tensors
    }
    # Sums that no gradient is in are not state.
    unknown = {name: tensors[name] for name in tensors if name.split("/")[0] not in _SUMS}
    return Checkpoint(
        dtype=dtype,
        clock=record["clock"],
        steps=record["counts"]["steps"],
        groups=groups,
        moments=moments,
        parameters=parameters or None,
        order=record["order"],
        record=record,
        metadata=metadata,
        tensors=unknown,
    )


def save(path: str | Path, state: Checkpoint) -> None:
    """Writes a file that the Swift library goes on with."""
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
    record = copy.deepcopy(state.record) | {
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
        # As the library itself multiplies: in double precision, rounded once.
        scaled = elements.astype(np.float64) * np.float64(stored["scales"][moment])
        # NumPy makes numbers of arrays without dimensions.
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
    require(
        tuple(values.shape) == tuple(shape),
        f"tensor '{name}' has shape {list(values.shape)}: it must be {list(shape)}",
    )
    require(values.dtype == dtype, f"tensor '{name}' is of {values.dtype}: it must be of {dtype}")
    tensors[name] = values


def note_rest(state: Checkpoint) -> None:
    """Says what of a checkpoint no peer has a place for."""
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
