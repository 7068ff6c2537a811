# SPDX-License-Identifier: Apache-2.0
"""Writes groups, names and steps of the states of all PyTorch optimizers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import hyperparameters, schedules
from . import names as naming
from .checkpoint import Checkpoint, Group, Moments, note_rest
from .errors import InterchangeError, listed, note, require


@dataclass(frozen=True)
class Writing:
    """The functions that make the state of a peer."""

    # The state of a tensor, from its moments and the step. Arrays become tensors later.
    state: Callable[[Moments, int], dict]
    # The options of a group that only this peer has, at the next count of the schedules.
    options: Callable[[Group, int, dict], dict]
    # Whether the peer has a slow moment.
    has_slow_moment: bool = True


def write(writing: Writing, state: Checkpoint) -> dict:
    """The state for `optimizer.load_state_dict()`, with NumPy arrays: see `tensors.of_torch`.

    PyTorch finds tensors by their positions: the optimizer must have the same groups, with their tensors in
    the same order, which `reordered` changes. The names are under "name" and "param_names".
    """
    note_rest(state)
    states, groups = {}, []
    for group in state.groups:
        try:
            options = _options(writing, state, group)
        except InterchangeError as error:
            raise InterchangeError(f"group '{group.name}': {error}") from None
        first = sum(len(written["params"]) for written in groups)
        indices = list(range(first, first + len(group.tensors)))
        for index, name in zip(indices, group.tensors, strict=True):
            if name in state.moments:
                states[index] = writing.state(state.moments[name], group.counts.second)
        names = {"name": group.name, "param_names": list(group.tensors)}
        groups.append(options | names | {"params": indices})
    return {"state": states, "param_groups": groups}


def reordered(state: Checkpoint, names: list[str]) -> Checkpoint:
    """The checkpoint with tensors and groups in the order of an optimizer in Python."""
    has = [name for group in state.groups for name in group.tensors]
    given = naming.unwrapped(naming.check(names, "--names"), "--names", dict.fromkeys(has))
    missing, unknown = sorted(set(has) - set(given)), sorted(set(given) - set(has))
    require(not missing, f"--names: the checkpoint's {listed(missing)} is not among them")
    require(not unknown, f"--names: the checkpoint has no {listed(unknown)}")
    place = {name: index for index, name in enumerate(given)}
    for group in state.groups:
        group.tensors = {name: group.tensors[name] for name in sorted(group.tensors, key=place.get)}
    state.groups.sort(key=lambda group: min((place[name] for name in group.tensors), default=0))
    require(
        [name for group in state.groups for name in group.tensors] == given,
        "--names: the tensors of one group must follow each other, as PyTorch numbers them",
    )
    return state


def note_order(state: Checkpoint) -> None:
    """Notes that an optimizer with another order would load the state without an error, if it would."""
    shapes = [shape for group in state.groups for shape in group.tensors.values()]
    if len(set(shapes)) < len(shapes):
        names = [name for group in state.groups for name in group.tensors]
        note(
            "PyTorch goes by positions, and tensors are of one shape: the optimizer must have them in "
            f"the order {listed(names)}; give its own order with --names, if that is another"
        )


def _options(writing: Writing, state: Checkpoint, group: Group) -> dict:
    values, counts = group.hyperparameters, group.counts
    require(values["form"] == "standard", "it is of the simplified form, which the peer has not")
    require(values["epsilonRoot"] == 0, "epsilonRoot is not 0: no PyTorch optimizer has it")
    require(
        counts.fast == counts.second or values["beta1"] == 0,
        f"its fast moment has taken part in {counts.fast} steps and its second in {counts.second}: "
        "the peer has one count",
    )
    ahead = 1 if state.clock == "fromOne" else 0
    rate = hyperparameters.next_value(group, "learningRate", state.steps + ahead)
    options = {
        "lr": group.learning_rate_factor * rate,
        "eps": values["epsilon"],
        "weight_decay": hyperparameters.next_value(group, "weightDecay", state.steps + ahead),
    }
    count = counts.slow + ahead
    settled = all(schedules.settled_value(values[key], count) is not None for key in _SLOW)
    if writing.has_slow_moment and not settled:
        require(state.clock == "fromOne", "its warm-up counts from 0: those of PyTorch do from 1")
        require(
            counts.slow == counts.second,
            f"its warm-up is at step {counts.slow} and its second moment at {counts.second}: the "
            "peer has one count",
        )
    if group.is_frozen:
        note(f"group '{group.name}' is frozen: set requires_grad = False")
    return writing.options(group, count, options)


_SLOW = ("alpha", "beta3")


def fast_or_zeros(moments: Moments) -> np.ndarray:
    """The m1 for a peer that keeps it even with a beta1 of 0, when its value is never used."""
    return np.zeros_like(moments.slow) if moments.fast is None else moments.fast
