"""What is common to reading the state of PyTorch optimizers: groups, names, shapes, steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import hyperparameters
from .checkpoint import Checkpoint, Group, Moments, StepCounts
from .errors import InterchangeError, note, require

# What bitsandbytes hides tensors behind, so that FSDP does not gather them.
_WRAPPED = "__bnb_optimizer_quant_state__"
# Options of param_groups that say how a step is computed, not what.
_INERT = {"params", "param_names", "name", "foreach", "fused", "capturable", "differentiable"}


@dataclass(frozen=True)
class Reading:
    """How the state of one peer is understood."""

    peer: str
    # The step of a tensor, from the options of its group and its state.
    step: Callable[[dict, dict], int]
    # m1 (or none), m2 and nu of a tensor, from its state.
    moments: Callable[[dict], tuple]
    # Hyperparameters, from the options of a group. Refuses what has no counterpart.
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
    """A checkpoint of the state that `optimizer.state_dict()` gave.

    `parameters` is the model's state_dict: its entries that are no parameters are left out. `names`
    are those of the parameters in the order of the optimizer, where the state does not have them.
    """
    require(
        isinstance(state_dict, dict) and {"state", "param_groups"} <= set(state_dict),
        "this is no state of a PyTorch optimizer: it has no 'state' and 'param_groups'",
    )
    param_groups = state_dict["param_groups"]
    named = _named(param_groups, state_dict["state"], parameters, names)
    labels = [group.get("name") or f"group{index}" for index, group in enumerate(param_groups)]
    require(len(set(labels)) == len(labels), f"two param_groups share a name: {labels}")
    hyperparameters.check_groups(overrides, labels)

    values = None
    if parameters is not None:
        values = {name: _array(parameters[name]) for group in named for name in group}
    groups, moments = [], {}
    for label, options, states in zip(labels, param_groups, named, strict=True):
        group = _group(reading, label, options, states, overrides)
        for name, state in states.items():
            parameter = None if values is None else values[name]
            moments[name] = _moments(reading, group, name, state, parameter)
            shape = moments[name].second.shape
            require(
                parameter is None or parameter.shape == shape,
                f"parameter '{name}' has another shape than its moments, {shape}: are the names in "
                "the optimizer's order?",
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


def _named(
    param_groups: list[dict], states: dict, parameters: dict | None, names: list[str] | None
) -> list[dict[str, dict]]:
    """The state of each tensor by its name, group by group."""
    count = sum(len(group["params"]) for group in param_groups)
    if names is None and all("param_names" in group for group in param_groups):
        names = [name for group in param_groups for name in group["param_names"]]
    if names is None and parameters is not None and len(param_groups) == 1:
        names = list(parameters)
        require(
            len(names) == count,
            f"the model has {len(names)} tensors and the optimizer {count}: give the names of the "
            "optimizer's",
        )
    if names is None:
        raise InterchangeError(
            "the optimizer's state has no names: give them in the optimizer's order, or make it from "
            "model.named_parameters()"
        )
    require(len(names) == count, f"{len(names)} names for {count} parameters")
    require(len(set(names)) == count, "a name occurs twice")
    if parameters is not None:
        missing = [name for name in names if name not in parameters]
        require(not missing, f"the model has no tensor {missing}")
    rest = iter(names)
    named = []
    for group in param_groups:
        found = {next(rest): dict(states.get(index, {})) for index in group["params"]}
        for state in found.values():
            state |= state.pop(_WRAPPED, {})
        named.append(found)
    return named


def _group(
    reading: Reading, label: str, options: dict, states: dict[str, dict], overrides: dict | None
) -> Group:
    try:
        require(not options.get("maximize"), "'maximize' is set: negate the gradients instead")
        found = reading.hyperparameters(options)
        steps = {name: reading.step(options, state) for name, state in states.items() if state}
    except InterchangeError as error:
        raise InterchangeError(f"group '{label}': {error}") from None
    except KeyError as error:
        raise InterchangeError(
            f"group '{label}': its options have no {error}: is it one of {reading.peer}?"
        ) from None
    for name in sorted(set(options) - reading.options - _INERT - {"maximize", "initial_lr"}):
        note(f"group '{label}': the option '{name}' = {options[name]!r} is not carried over")
    given = hyperparameters.overridden(found, overrides, label)
    if "initial_lr" in options and given["learningRate"] == found["learningRate"]:
        note(
            f"group '{label}': a scheduler changed the learning rate: it stays at "
            f"{float(options['lr']):.6g}, unless given as a schedule"
        )
    without = [name for name in states if name not in steps]
    require(
        not steps or not without,
        f"group '{label}': {without} have no state, as they never had a gradient, but others have: "
        "tensors of a group share their step count, so put them into a group of their own",
    )
    require(
        len(set(steps.values())) <= 1,
        f"group '{label}': tensors are at different steps, {steps}: those of a group share their "
        "step count, so put them into groups of their own",
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
        fast, slow, second = reading.moments(state)
    except KeyError as error:
        found = ", ".join(sorted(state))
        raise InterchangeError(
            f"the state of '{name}' has no {error}, but {found}: is it one of {reading.peer}?"
        ) from None
    require(
        fast is not None or not keeps_fast,
        f"'{name}' has no fast moment, as beta1 was 0: it cannot be changed on the way",
    )
    moments = Moments(_array(fast) if keeps_fast else None, _array(slow), _array(second))
    for moment in (moments.fast, moments.slow):
        require(
            moment is None or moment.shape == moments.second.shape,
            f"the moments of '{name}' differ in shape",
        )
    require(not (moments.second < 0).any(), f"the second moment of '{name}' is negative somewhere")
    return moments


def _set_dtype(state: Checkpoint) -> None:
    """Finds the type of the optimizer, which all arrays have."""
    arrays = list((state.parameters or {}).values())
    for moments in state.moments.values():
        arrays += [moments.slow, moments.second]
        arrays += [] if moments.fast is None else [moments.fast]
    kinds = sorted({array.dtype.name for array in arrays})
    require(len(kinds) <= 1, f"tensors are of {' and '.join(kinds)}: an optimizer has one type")
    state.dtype = np.dtype(kinds[0] if kinds else np.float32)


def _array(tensor) -> np.ndarray:
    """The elements of a torch tensor in float32 or float64, which hold those of shorter types."""
    import torch

    require(tensor.is_floating_point(), f"{tensor.dtype}: parameters and moments are real numbers")
    tensor = tensor.detach().cpu()
    if tensor.dtype not in (torch.float32, torch.float64):
        note(f"{tensor.dtype} becomes float32, which holds the same values")
        tensor = tensor.float()
    return tensor.numpy().copy()
