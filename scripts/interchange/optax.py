# SPDX-License-Identifier: Apache-2.0
"""optax.contrib.ademamix: from and to pytrees of parameters and optimizer state.

    from interchange import checkpoint, optax
    checkpoint.save(path, optax.read(params, opt_state, {"learningRate": 1e-3, "weightDecay": 0.1}))
    params, opt_state = optax.write(checkpoint.load(path), params, optimizer.init(params))

A tensor's name is its path: params["dense"]["kernel"] is "dense/kernel". Each ScaleByAdemamixState, which
may be inside of `chain`, `masked` or `partition`, is a group, named by its label in `partition`. Overrides
split off tensors that a mask excludes from weight decay:

    {"weightDecay": 0.1, "groups": {"plain": {"tensors": ["*/bias"], "weightDecay": 0}}}

The state has no hyperparameters but those of `inject_hyperparams`. The others must be given, or have the
defaults of optax.contrib.ademamix.
"""

import fnmatch
from collections.abc import Iterator

import numpy as np

from . import hyperparameters, optax_trees, schedules
from . import names as naming
from .checkpoint import Checkpoint, Group, Moments, StepCounts, note_rest
from .errors import listed, note, require, shown

_MOMENTS = {"m1": "fast", "m2": "slow", "nu": "second"}
_DEFAULTS = {
    "beta1": 0.9, "beta2": 0.999, "beta3": 0.9999, "alpha": 5.0, "epsilon": 1e-8, "epsilonRoot": 0.0,
    "weightDecay": 0.0,
}  # fmt: skip
_INJECTED = {
    "learning_rate": "learningRate", "b1": "beta1", "b2": "beta2", "b3": "beta3", "alpha": "alpha",
    "eps": "epsilon", "eps_root": "epsilonRoot", "weight_decay": "weightDecay",
}  # fmt: skip
_GREATEST_COUNT = 2**31 - 1


def read(params, opt_state, overrides: dict | None = None) -> Checkpoint:
    """A checkpoint of the parameters and state of an optax run. Leaves may be arrays of JAX or NumPy."""
    hyperparameters.check_groups(overrides)
    leaves = optax_trees.named_leaves(params)
    parameters = {name: _array(leaf, name) for name, leaf in leaves}
    naming.check([name for name, _ in leaves], "the parameters' paths")
    found = list(optax_trees.states(opt_state))
    require(bool(found), "the state has no ScaleByAdemamixState: it is not one of AdEMAMix")
    _refuse_accumulation(opt_state)
    wanted = dict((overrides or {}).get(hyperparameters.GROUPS, {}))
    groups, moments = [], {}
    for label, path, state in found:
        arrays = {field: _arrays(getattr(state, field)) for field in _MOMENTS}
        require(
            arrays["m1"].keys() == arrays["m2"].keys() == arrays["nu"].keys(),
            f"the moments of '{label}' are not of the same tensors",
        )
        for name, second in arrays["nu"].items():
            require(not (second < 0).any(), f"the second moment of '{name}' is negative somewhere")
        count, slow = _whole(state.count, "count"), _whole(state.count_m2, "count_m2")
        counts = StepCounts(count, slow, count)
        base = hyperparameters.make(**(_DEFAULTS | _injected(opt_state, path)))
        for name, tensors in _split(label, list(arrays["nu"]), wanted):
            given = hyperparameters.overridden(base, _without_tensors(overrides), name)
            require(
                "learningRate" in given,
                f"group '{name}': optax's state has no learning rate: give it with --hyperparameters "
                "'{\"learningRate\": 0.001}'",
            )
            _note_defaults(name, given, base)
            shapes = {tensor: arrays["nu"][tensor].shape for tensor in tensors}
            groups.append(Group(name, shapes, given, counts))
            for tensor in tensors:
                require(tensor in parameters, f"'{tensor}' has moments, but is not in the parameters")
                require(tensor not in moments, f"'{tensor}' has moments in two groups")
                fast = arrays["m1"][tensor] if given["beta1"] else None
                moments[tensor] = Moments(fast, arrays["m2"][tensor], arrays["nu"][tensor])
    names = naming.check([group.name for group in groups], "names of groups")
    hyperparameters.check_groups({hyperparameters.GROUPS: wanted}, names)
    frozen = {name: array.shape for name, array in parameters.items() if name not in moments}
    if frozen:
        note(f"{listed(frozen)} has no moments: a group 'frozen' has what is left as it is")
        given = hyperparameters.make(learningRate=0.0, **_DEFAULTS)
        groups.append(Group("frozen", frozen, given, StepCounts(0, 0, 0), is_frozen=True))
    return Checkpoint(
        dtype=_dtype(parameters, moments),
        clock="fromZero",
        steps=_schedule_count(opt_state, max(group.counts.second for group in groups)),
        groups=groups,
        moments=moments,
        parameters=parameters,
        order=list(parameters),
    )


def write(state: Checkpoint, params, opt_state) -> tuple:
    """The parameters and the optimizer state of a checkpoint, as NumPy arrays.

    `params` and `opt_state`, such as `optimizer.init(params)`, give the structure.
    """
    import jax

    note_rest(state)
    for group in state.groups:
        require(
            group.hyperparameters["form"] == "standard",
            f"group '{group.name}' is of the simplified form, which ademamix has not",
        )
        if group.learning_rate_factor != 1:
            note(f"group '{group.name}': multiply its learning rate by {group.learning_rate_factor}")
        if state.clock == "fromOne" and not all(
            "constant" in group.hyperparameters[name] for name in hyperparameters.SCHEDULED
        ):
            note(f"group '{group.name}': its schedules see 1 at the first step, and optax's see 0")
    require(state.parameters is not None, "the checkpoint has no parameters")
    expected = {name for name, _ in optax_trees.named_leaves(params)}
    require(
        expected == set(state.parameters),
        f"--like has the parameters {listed(sorted(expected))}: the checkpoint has "
        f"{listed(sorted(state.parameters))}",
    )
    new_params = _replaced(params, state.parameters)

    def restored(node):
        if optax_trees.is_state(node):
            return _restored(node, state)
        if type(node).__name__ == "ScaleByScheduleState":
            return type(node)(count=_count(state.steps))
        return node

    return new_params, jax.tree.map(restored, opt_state, is_leaf=optax_trees.is_leaf)


def _restored(node, state: Checkpoint):
    names = [name for name, _ in optax_trees.named_leaves(node.nu)]
    groups = [group for group in state.groups if set(names) & set(group.tensors)]
    counts = {(group.counts.second, group.counts.slow) for group in groups}
    require(
        len(counts) == 1,
        f"the groups {[group.name for group in groups]} share a state of optax, but not their counts",
    )
    for group in groups:
        require(
            group.counts.fast == group.counts.second or group.hyperparameters["beta1"] == 0,
            f"group '{group.name}': its fast moment has taken part in {group.counts.fast} steps and "
            f"its second in {group.counts.second}: optax has one count",
        )
    values = {}
    for field, attribute in _MOMENTS.items():
        arrays = {}
        for name in names:
            require(name in state.moments, f"the checkpoint has no moments of '{name}'")
            array = getattr(state.moments[name], attribute)
            # With a beta1 of 0 the value of the fast moment is never used.
            arrays[name] = np.zeros_like(state.moments[name].slow) if array is None else array
        values[field] = _replaced(getattr(node, field), arrays)
    second, slow = counts.pop()
    return node._replace(count=_count(second), count_m2=_count(slow), **values)


def _replaced(tree, arrays: dict[str, np.ndarray]):
    """The tree with arrays in place of its leaves, which have the same types and shapes."""
    import jax

    def leaf(path, old):
        name, old = optax_trees.name_of(path), np.asarray(old)
        require(name in arrays, f"the checkpoint has no '{name}'")
        require(
            arrays[name].shape == old.shape,
            f"'{name}' has shape {arrays[name].shape} in the checkpoint and {old.shape} here",
        )
        new = arrays[name].astype(old.dtype)
        require(
            np.array_equal(new.astype(arrays[name].dtype), arrays[name], equal_nan=True),
            f"'{name}' is of {old.dtype} here, which does not hold what the checkpoint has in "
            f"{arrays[name].dtype}",
        )
        return new

    return jax.tree_util.tree_map_with_path(leaf, tree)


def _split(label: str, names: list[str], wanted: dict) -> Iterator[tuple[str, list[str]]]:
    """The groups of a state's tensors: those that overrides split off, and the rest."""
    rest = names
    parts = []
    for name, values in wanted.items():
        patterns = values.get("tensors")
        if patterns is None:
            continue
        require(
            isinstance(patterns, list) and all(isinstance(pattern, str) for pattern in patterns),
            f"--hyperparameters: group '{name}': \"tensors\" is {shown(patterns)}: it must be a list",
        )
        taken = [n for n in rest if any(fnmatch.fnmatchcase(n, pattern) for pattern in patterns)]
        rest = [n for n in rest if n not in taken]
        if taken:
            parts.append((name, taken))
    yield from ([(label, rest)] if rest else []) + parts


def _without_tensors(overrides: dict | None) -> dict:
    values = dict(overrides or {})
    groups = values.get(hyperparameters.GROUPS, {})
    values[hyperparameters.GROUPS] = {
        name: {key: value for key, value in group.items() if key != "tensors"}
        for name, group in groups.items()
    }
    return values


def _refuse_accumulation(opt_state) -> None:
    for path, leaf in optax_trees.leaves(opt_state):
        if path and getattr(path[-1], "name", None) == "mini_step":
            count = _whole(leaf, "mini_step")
            require(count == 0, f"{count} gradients have accumulated: save after a step")


def _injected(opt_state, path) -> dict:
    """The hyperparameters that `inject_hyperparams` holds for a state."""
    values = {}
    for other, leaf in optax_trees.leaves(opt_state):
        if len(other) < 2 or getattr(other[-2], "name", None) != "hyperparams":
            continue
        if other[:-2] == path[: len(other) - 2] and other[-1].key in _INJECTED:
            values[_INJECTED[other[-1].key]] = _number(leaf, other[-1].key)
    if values:
        note("the hyperparameters of inject_hyperparams are taken as constants, at present values")
    return values


def _note_defaults(name: str, given: dict, base: dict) -> None:
    kept = [key for key in _DEFAULTS if given[key] == base[key]]
    if kept:
        values = ", ".join(f"{key} {_plain(given[key])}" for key in kept)
        note(f"group '{name}': not given, so taken as {values}")


def _plain(value) -> float:
    return value if isinstance(value, float) else schedules.constant_value(value)


def _schedule_count(opt_state, otherwise: int) -> int:
    """The count of the schedules of learning rates, or `otherwise` if there are none."""
    states = (node for _, node in optax_trees.leaves(opt_state))
    counts = {_whole(n.count, "count") for n in states if type(n).__name__ == "ScaleByScheduleState"}
    require(len(counts) <= 1, f"schedules have counted differently: {sorted(counts)}")
    return counts.pop() if counts else otherwise


def _count(value: int) -> np.ndarray:
    require(value <= _GREATEST_COUNT, f"{value} steps: optax counts up to {_GREATEST_COUNT}")
    return np.array(value, np.int32)


def _number(leaf, what: str):
    """The number in a leaf of one element."""
    array = np.asarray(leaf)
    require(array.size == 1 and array.dtype.kind in "fiu", f"'{what}' is {shown(leaf)}, not a number")
    return array.item()


def _whole(leaf, what: str) -> int:
    value = _number(leaf, what)
    schedules.check_count(value, f"'{what}'")
    return int(value)


def _arrays(tree) -> dict[str, np.ndarray]:
    return {name: _array(leaf, name) for name, leaf in optax_trees.named_leaves(tree)}


def _array(leaf, name: str) -> np.ndarray:
    array = np.asarray(leaf)
    if array.dtype in (np.float32, np.float64):
        return array
    require(
        array.dtype.itemsize == 2 and array.dtype.kind in "fV",
        f"'{name}' is of {array.dtype}: parameters and moments are real numbers",
    )
    note(f"{array.dtype} becomes float32, which holds the same values")
    return array.astype(np.float32)


def _dtype(parameters: dict, moments: dict[str, Moments]) -> np.dtype:
    kinds = {array.dtype for array in parameters.values()}
    kinds |= {moments[name].second.dtype for name in moments}
    require(len(kinds) == 1, f"tensors are of {kinds}: an optimizer has one type")
    return kinds.pop()
