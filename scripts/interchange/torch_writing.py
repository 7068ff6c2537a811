"""What is common to writing the state of PyTorch optimizers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import hyperparameters, schedules
from .checkpoint import Checkpoint, Group, Moments, note_rest
from .errors import InterchangeError, note, require


@dataclass(frozen=True)
class Writing:
    """How the state of one peer is made."""

    # The state of a tensor, from its moments and the step: arrays are made into tensors.
    state: Callable[[Moments, int], dict]
    # The options of a group: its own after those that all peers have, for the schedules' next count.
    options: Callable[[Group, int, dict], dict]
    # What of the moments counts steps, beside the second, which always does.
    has_slow_moment: bool = True


def write(writing: Writing, state: Checkpoint) -> dict:
    """What `optimizer.load_state_dict()` takes.

    The optimizer must have been made with the same groups, and their tensors in the same order:
    PyTorch goes by positions. The names are under "name" and "param_names".
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
                made = writing.state(state.moments[name], group.counts.second)
                states[index] = {key: _tensor(value) for key, value in made.items()}
        names = {"name": group.name, "param_names": list(group.tensors)}
        groups.append(options | names | {"params": indices})
    return {"state": states, "param_groups": groups}


def model(state: Checkpoint) -> dict | None:
    """The parameters, as `model.load_state_dict()` takes them."""
    if state.parameters is None:
        return None
    return {name: _tensor(values) for name, values in state.parameters.items()}


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


def _tensor(value):
    import torch

    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value


def fast_or_zeros(moments: Moments) -> np.ndarray:
    """m1 for a peer that keeps one where beta1 is 0 too: there its value is never used."""
    return np.zeros_like(moments.slow) if moments.fast is None else moments.fast
