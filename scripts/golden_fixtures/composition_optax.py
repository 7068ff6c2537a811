# SPDX-License-Identifier: Apache-2.0
"""Compositions in optax, put together as its users do."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from . import optax_schedules, schedules
from .equations import QUANTITIES

_ARGUMENTS = {
    "learningRate": "learning_rate",
    "beta1": "b1",
    "beta2": "b2",
    "beta3": "b3",
    "alpha": "alpha",
    "epsilon": "eps",
    "epsilonRoot": "eps_root",
    "weightDecay": "weight_decay",
}


def optimizer(case):
    """optax's optimizer for `case`."""
    options = case.options
    composed = _partition(case)
    if options.clipping is not None:
        composed = optax.chain(_clipping(options.clipping), composed)
    policy = options.nonFiniteGradients
    if options.accumulation is not None:
        composed = optax.MultiSteps(
            composed,
            _micro_batches(options.accumulation["over"]),
            use_grad_mean=options.accumulation["kind"] == "mean",
            should_skip_update_fn=optax.skip_not_finite if policy["kind"] == "skipStep" else None,
            accumulator_dtype=jnp.zeros(()).dtype,
        ).gradient_transformation()
    elif policy["kind"] == "skipStep":
        composed = optax.apply_if_finite(composed, policy["limit"])
    elif policy["kind"] == "zeroElements":
        composed = optax.chain(optax.zero_nans(), composed)
    if options.gradientScale != 1:
        composed = optax.chain(optax.scale(options.gradientScale), composed)
    frozen = tuple(case.group_of(tensor).is_frozen for tensor in range(len(case.sizes)))
    return optax.chain(optax.transforms.freeze(frozen), composed) if any(frozen) else composed


def trajectory(case, start, gradients, dtype):
    """Runs `case` in `dtype` from `start`, and returns its history as the equations do.

    `start` holds the parameters, and the averages of a preceding AdamW if there is one.
    """
    with jax.enable_x64(dtype == np.float64):
        parameters = _tensors(case, start["parameters"], dtype)
        transformation = optimizer(case)
        state = transformation.init(parameters)
        if case.adamw_calls > 0:
            state = _taking_over(state, case, start, dtype)
        history = {name: [] for name in QUANTITIES}

        @jax.jit
        def advance(parameters, state, gradients):
            updates, state = transformation.update(gradients, state, parameters)
            if case.is_update_alone:
                return parameters, state, updates
            return optax.apply_updates(parameters, updates), state, updates

        for call, gradient in enumerate(gradients, start=1):
            for edit in case.edits:
                if edit["beforeCall"] == call:
                    injected = _injected(state, edit["group"]).hyperparams
                    name = _ARGUMENTS[edit["name"]]
                    injected[name] = jnp.asarray(edit["value"], injected[name].dtype)
            tensors = _tensors(case, gradient, dtype)
            parameters, state, updates = advance(parameters, state, tensors)
            if call in case.recorded:
                _record(history, case, updates if case.is_update_alone else parameters, state)
        return history


def adamw(case, initial, gradients):
    """The parameters and averages after a run of optax.adamw in float64."""
    hyper = case.groups[0].hyperparameters
    with jax.enable_x64(True):
        transformation = optax.adamw(
            _argument(case, hyper["learningRate"]),
            b1=hyper["beta1"],
            b2=hyper["beta2"],
            eps=hyper["epsilon"],
            eps_root=hyper["epsilonRoot"],
            weight_decay=hyper["weightDecay"]["value"],
        )
        parameters = _tensors(case, initial, np.float64)
        state = transformation.init(parameters)
        for gradient in gradients:
            tensors = _tensors(case, gradient, np.float64)
            updates, state = transformation.update(tensors, state, parameters)
            parameters = optax.apply_updates(parameters, updates)
        return {"parameters": _join(parameters), "m1": _join(state[0].mu), "nu": _join(state[0].nu)}


def _partition(case):
    transformations = {group.name: _ademamix(case, group) for group in case.groups}
    if len(transformations) == 1:
        return transformations[case.groups[0].name]
    labels = tuple(case.group_of(tensor).name for tensor in range(len(case.sizes)))
    return optax.partition(transformations, labels)


def _ademamix(case, group):
    if group.is_frozen:
        return optax.set_to_zero()
    if case.is_update_alone:
        return optax.contrib.scale_by_ademamix()  # the case has its defaults
    factory = optax.contrib.ademamix
    if case.form == "simplified":
        factory = optax.contrib.simplified_ademamix
    hyper = group.hyperparameters
    arguments = {_ARGUMENTS[name]: _argument(case, value) for name, value in hyper.items()}
    if group.learning_rate_factor != 1:
        arguments["learning_rate"] *= group.learning_rate_factor  # it is a number
    if case.edits:
        factory = optax.inject_hyperparams(factory)
    return factory(**arguments)


def _argument(case, value):
    """A number, or a function that evaluates a schedule in the precision of the run.

    optax's own schedules would give float32, since optax calls them with integers.
    """
    if not isinstance(value, dict):
        return value
    if schedules.is_constant(value):
        return value["value"]
    function = optax_schedules.function_of(value)
    shift = 1 if case.clock == "fromOne" else 0
    return lambda count: function(jnp.asarray(count + shift, jnp.zeros(()).dtype))


def _micro_batches(schedule):
    function = optax_schedules.function_of(schedule)
    return lambda count: jnp.round(function(count)).astype(jnp.int32)


def _clipping(clipping):
    kinds = {
        "globalNorm": optax.clip_by_global_norm,
        "value": optax.clip,
        "blockRMS": optax.clip_by_block_rms,
    }
    return kinds[clipping["kind"]](clipping["limit"])


def _taking_over(state, case, start, dtype):
    """The state of an AdEMAMix that continues from the averages of an AdamW."""
    moments, decay, rate = state
    steps = jnp.asarray(case.adamw_calls, jnp.int32)
    moments = moments._replace(
        count=steps,
        m1=_tensors(case, start["m1"], dtype),
        nu=_tensors(case, start["nu"], dtype),
    )
    return moments, decay, rate._replace(count=steps)


def _injected(state, group):
    """The state of inject_hyperparams for a group, at any depth inside `state`."""
    kinds = (optax.transforms.PartitionState, optax.schedules.InjectStatefulHyperparamsState)
    leaves = jax.tree.leaves(state, is_leaf=lambda node: isinstance(node, kinds))
    found = next(leaf for leaf in leaves if isinstance(leaf, kinds))
    if isinstance(found, optax.transforms.PartitionState):
        return _injected(found.inner_states[group], group)
    return found


def _record(history, case, parameters, state):
    simple = case.form == "simplified"
    attributes = {"m1": "m", "nu": "n"} if simple else {"m1": "m1", "m2": "m2", "nu": "nu"}
    for quantity in QUANTITIES:
        found = dict(enumerate(parameters))
        if quantity != "parameters":
            found = _found(state, attributes.get(quantity))
        history[quantity].append(_join(found[i] for i in case.recorded_tensors(quantity)))


def _found(state, attribute):
    """The tensors called `attribute`, by their indices, from all groups that have them."""
    masked = optax.transforms.MaskedNode
    return {
        index: tensor
        for _, group in optax.tree.get_all_with_path(state, attribute)
        for index, tensor in enumerate(group)
        if not isinstance(tensor, masked)
    }


def _tensors(case, flat, dtype):
    return tuple(jnp.asarray(part, dtype=dtype) for part in case.split(np.asarray(flat)))


def _join(tensors):
    return np.concatenate([np.zeros(0, np.float32), *tensors])
