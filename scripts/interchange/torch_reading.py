# SPDX-License-Identifier: Apache-2.0
"""Reads groups, names, shapes and steps of the states of all PyTorch optimizers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import hyperparameters, tensors
from . import names as naming
from .checkpoint import Checkpoint, Group, Moments, StepCounts
from .errors import InterchangeError, listed, note, require, shown

# The key under which bitsandbytes hides tensors, so that FSDP does not gather them.
_WRAPPED = "__bnb_optimizer_quant_state__"
# Options of param_groups that change the computation of a step, but not its result.
_INERT = {"params", "param_names", "name", "foreach", "fused", "capturable", "differentiable"}


@dataclass(frozen=True)
class Reading:
    """The functions that read the state of a peer."""

    peer: str
    # The step of a tensor, from the options of its group and its state.
    step: Callable[[dict, dict], int]
    # m1 (or `None`), m2 (or `None`) and nu of a tensor, from its state, which has arrays.
    moments: Callable[[dict], tuple]
    # The key of the second moment in the state of a tensor.
    second: str
    # Hyperparameters, from the options of a group. Options without a counterpart are refused.
    hyperparameters: Callable[[dict], dict]
    # The options that `hyperparameters` uses.
    options: frozenset[str]
    # Whether the slow moment counts steps of its own, from 0.
    starts_slow_moment: bool = False


def read(
    reading: Reading,
    state_dict: dict,
    parameters: dict | None = None,
    names: list[str] | None = None,
    overrides: dict | None = None,
) -> Checkpoint:
    """A checkpoint of the state of an `optimizer.state_dict()`.

    `parameters` is the model's state_dict. Its entries that are no parameters are left out. `names` are the
    names of the parameters in the order of the optimizer, for a state without names.
    """
    param_groups, states = _checked(state_dict)
    if parameters is not None:
        parameters = naming.of_model(parameters)
    named = _named(reading, param_groups, states, parameters, names)
    labels = []
    for index, group in enumerate(param_groups):
        name = group.get("name")
        labels.append(name if isinstance(name, str) and name else f"group{index}")
    naming.check(labels, "names of param_groups")
    hyperparameters.check_groups(overrides, labels)

    values = None
    if parameters is not None:
        used = [name for group in named for name in group]
        values = {name: tensors.array(parameters[name], f"parameter '{name}'") for name in used}
        if rest := [name for name in parameters if name not in values]:
            note(f"the model's {listed(rest)} is not in the optimizer: left out")
    groups, moments = [], {}
    for label, options, states in zip(labels, param_groups, named, strict=True):
        group = _group(reading, label, options, states, overrides)
        for name, state in states.items():
            parameter = None if values is None else values[name]
            moments[name] = _moments(reading, group, name, state, parameter)
            shape = moments[name].second.shape
            require(
                parameter is None or parameter.shape == shape,
                f"parameter '{name}' has another shape than its moments, {list(shape)}: are the names "
                "(--names) in the optimizer's order?",
            )
            group.tensors[name] = shape
        groups.append(group)
    state = Checkpoint(
        dtype=np.dtype(np.float32),
        clock="fromOne",
        steps=max((group.counts.second for group in groups), default=0),
        groups=groups,
        moments=moments,
        parameters=values,
    )
    _set_dtype(state)
    return state


def _checked(state_dict: dict) -> tuple[list[dict], dict]:
    """The param_groups and the state, checked to have the structure of PyTorch."""
    require(
        isinstance(state_dict, dict) and {"state", "param_groups"} <= set(state_dict),
        "this is no state of a PyTorch optimizer: it has no 'state' and 'param_groups'",
    )
    param_groups, states = state_dict["param_groups"], state_dict["state"]
    require(isinstance(states, dict), f"the optimizer's 'state' is {shown(states)}, not a dictionary")
    require(
        isinstance(param_groups, list | tuple)
        and all(isinstance(group, dict) for group in param_groups)
        and all(isinstance(group.get("params"), list | tuple) for group in param_groups),
        f"the optimizer's 'param_groups' are {shown(param_groups)}, not dictionaries with 'params'",
    )
    keys = [key for group in param_groups for key in group["params"]]
    require(
        all(type(key) is int for key in keys) or all(type(key) is str for key in keys),
        f"the optimizer's 'params' are {shown(keys)}, neither numbers nor names",
    )
    require(len(set(keys)) == len(keys), "the optimizer's 'params' have a tensor twice")
    for key in keys:
        state = states.get(key, {})
        require(isinstance(state, dict), f"the state of tensor {shown(key)} is {shown(state)}")
    return list(param_groups), states


def _named(
    reading: Reading,
    param_groups: list[dict],
    states: dict,
    parameters: dict | None,
    names: list[str] | None,
) -> list[dict[str, dict]]:
    """The state of each tensor by its name, group by group."""
    keys = [key for group in param_groups for key in group["params"]]
    found = [dict(states.get(key, {})) for key in keys]
    for state in found:
        hidden = state.pop(_WRAPPED, {})
        require(isinstance(hidden, dict), f"'{_WRAPPED}' is {shown(hidden)}, not a dictionary")
        state |= hidden
    own = _own_names(param_groups, keys)
    if names is None and own is None:
        # Without any state the order does not matter, but the group of a tensor does.
        if parameters is None or (len(param_groups) > 1 and not any(found)):
            raise naming.needed(parameters)
        names = naming.by_shape([_shape(reading, state) for state in found], parameters)
    else:
        if names is not None and own is not None and list(names) != own:
            note("the names that the optimizer's state has are not used: others are given")
        what = "the optimizer's names" if names is None else "--names"
        names = naming.check(list(own if names is None else names), what)
        require(len(names) == len(keys), f"{what}: {len(names)} names for {len(keys)} parameters")
        names = naming.unwrapped(names, what, parameters)
    if parameters is not None:
        missing = [name for name in names if name not in parameters]
        require(not missing, f"the model has no tensor {listed(missing)}")
    rest = iter(zip(names, found, strict=True))
    return [dict(next(rest) for _ in group["params"]) for group in param_groups]


def _own_names(param_groups: list[dict], keys: list) -> list[str] | None:
    """The names that the state itself has, of `torch.distributed` or of `named_parameters()`."""
    if keys and type(keys[0]) is str:
        return keys
    names = [group.get("param_names") for group in param_groups]
    if not all(isinstance(given, list | tuple) for given in names):
        return None
    for given, group in zip(names, param_groups, strict=True):
        require(
            len(given) == len(group["params"]),
            f"a param_group has {len(given)} 'param_names' for {len(group['params'])} 'params'",
        )
    return [name for given in names for name in given]


def _shape(reading: Reading, state: dict) -> tuple[int, ...] | None:
    """The shape of a tensor's moments."""
    if not state:
        return None
    second = state.get(reading.second)
    require(
        tensors.is_tensor(second),
        f"the state of a tensor has no {reading.second!r}, but {listed(state)}: is it one of "
        f"{reading.peer}?",
    )
    return tensors.shape(second)


class _Arrays(dict):
    """The state of a tensor, with arrays in place of PyTorch's tensors."""

    def __init__(self, state: dict, name: str):
        super().__init__(state)
        self._name = name

    def __getitem__(self, key):
        return tensors.array(super().__getitem__(key), f"'{key}' of '{self._name}'")


def _group(
    reading: Reading, label: str, options: dict, states: dict[str, dict], overrides: dict | None
) -> Group:
    try:
        maximizes = hyperparameters.flag(options, "maximize", False)
        require(not maximizes, "'maximize' is set: negate the gradients instead")
        found = reading.hyperparameters(options)
        steps = {name: reading.step(options, state) for name, state in states.items() if state}
    except InterchangeError as error:
        raise InterchangeError(f"group '{label}': {error}") from None
    except KeyError as error:
        raise InterchangeError(
            f"group '{label}': its options have no {error}: is it one of {reading.peer}?"
        ) from None
    for name in sorted(_texts(options) - reading.options - _INERT - {"maximize", "initial_lr"}):
        note(f"group '{label}': the option '{name}' = {shown(options[name])} is not carried over")
    given = hyperparameters.overridden(found, overrides, label)
    if "initial_lr" in options and given["learningRate"] == found["learningRate"]:
        note(
            f"group '{label}': a scheduler changed the learning rate: it stays at "
            f"{hyperparameters.number(options, 'lr'):.6g}, unless given as a schedule"
        )
    without = [name for name in states if name not in steps]
    require(
        not steps or not without,
        f"group '{label}': {listed(without)} have no state, as they never had a gradient, but others "
        "have: tensors of a group share their step count, so put them into a group of their own",
    )
    require(
        len(set(steps.values())) <= 1,
        f"group '{label}': tensors are at different steps, {shown(steps)}: those of a group share "
        "their step count, so put them into groups of their own",
    )
    if without:
        note(f"group '{label}': it has no state, and starts with moments of 0")
    step = next(iter(steps.values()), reading.step(options, {}))
    slow = 0 if reading.starts_slow_moment else step
    return Group(label, {}, given, StepCounts(step, slow, step))


def _moments(
    reading: Reading, group: Group, name: str, state: dict, parameter: np.ndarray | None
) -> Moments:
    keeps_fast = group.hyperparameters["beta1"] != 0
    if not state:
        if parameter is None:
            raise InterchangeError(f"'{name}' has no state, nor a shape then: give the model")
        zeros = np.zeros_like(parameter)
        return Moments(zeros if keeps_fast else None, zeros, zeros)
    try:
        fast, slow, second = reading.moments(_Arrays(state, name))
    except KeyError as error:
        raise InterchangeError(
            f"the state of '{name}' has no {error}, but {listed(state)}: is it one of {reading.peer}?"
        ) from None
    require(
        fast is not None or not keeps_fast,
        f"'{name}' has no fast moment, as beta1 was 0: it cannot be changed on the way",
    )
    moments = Moments(fast if keeps_fast else None, slow, second)
    for array, what in ((second, "second"), (slow, "slow")):
        require(array is not None, f"'{name}' has no {what} moment")
    for moment in (moments.fast, moments.slow):
        require(
            moment is None or moment.shape == moments.second.shape,
            f"the moments of '{name}' differ in shape",
        )
    require(not (moments.second < 0).any(), f"the second moment of '{name}' is negative somewhere")
    return moments


def _set_dtype(state: Checkpoint) -> None:
    """Gives the checkpoint the type that all arrays have, or refuses several."""
    arrays = list((state.parameters or {}).values())
    for moments in state.moments.values():
        arrays += [moments.slow, moments.second]
        arrays += [] if moments.fast is None else [moments.fast]
    kinds = sorted({array.dtype.name for array in arrays})
    require(len(kinds) <= 1, f"tensors are of {' and '.join(kinds)}: an optimizer has one type")
    state.dtype = np.dtype(kinds[0] if kinds else np.float32)


def _texts(options: dict) -> set[str]:
    return {name for name in options if isinstance(name, str)}
