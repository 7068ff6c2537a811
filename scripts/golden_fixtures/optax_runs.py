# SPDX-License-Identifier: Apache-2.0
"""Runs of optax.contrib.ademamix, jitted as its users run it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from . import optax_schedules
from .equations import QUANTITIES, SCHEDULABLE


def ademamix(case):
    """optax's optimizer with the hyperparameters of `case`."""
    hyper = case.hyperparameters
    shift = 1 if case.clock == "fromOne" else 0
    rate, beta3, alpha, decay = (optax_schedules.make(hyper[name], shift) for name in SCHEDULABLE)
    return optax.contrib.ademamix(
        rate,
        b1=hyper["beta1"],
        b2=hyper["beta2"],
        b3=beta3,
        alpha=alpha,
        eps=hyper["epsilon"],
        eps_root=hyper["epsilonRoot"],
        weight_decay=decay,
        mask=None if all(case.decayed) else tuple(case.decayed),
    )


def adamw(case):
    """optax's AdamW with the hyperparameters of `case`: AdEMAMix with alpha zero."""
    hyper = case.hyperparameters
    return optax.adamw(
        hyper["learningRate"]["value"],
        b1=hyper["beta1"],
        b2=hyper["beta2"],
        eps=hyper["epsilon"],
        eps_root=hyper["epsilonRoot"],
        weight_decay=hyper["weightDecay"]["value"],
    )


def trajectory(optimizer, case, initial, gradients, dtype):
    """Runs `optimizer` in `dtype` and returns its history, shaped like `equations.trajectory`.

    The moments are recorded if the optimizer has those of AdEMAMix.
    """
    with jax.enable_x64(dtype == np.float64):
        parameters = _split(case, initial, dtype)
        state = optimizer.init(parameters)
        history = {name: [] for name in QUANTITIES}

        @jax.jit
        def advance(parameters, state, gradients):
            updates, state = optimizer.update(gradients, state, parameters)
            return optax.apply_updates(parameters, updates), state

        for step, gradient in enumerate(gradients, start=1):
            parameters, state = advance(parameters, state, _split(case, gradient, dtype))
            if step in case.recorded:
                history["parameters"].append(_join(parameters))
                for name in QUANTITIES[1:]:
                    if hasattr(state[0], name):
                        history[name].append(_join(getattr(state[0], name)))
        return history


def _split(case, flat, dtype):
    """The tensors of `case` that lie one after the other in `flat`."""
    boundaries = np.cumsum(case.sizes)[:-1]
    return tuple(jnp.asarray(part, dtype=dtype) for part in np.split(flat, boundaries))


def _join(tensors):
    return np.concatenate([np.asarray(tensor) for tensor in tensors])
