# SPDX-License-Identifier: Apache-2.0
"""The schedules in optax. Schedules that optax lacks are written with jax.numpy."""

import jax.numpy as jnp
import optax

from . import schedules


def make(schedule, shift=0):
    """The schedule as optax takes it: a number, or a function of the count, called with count + `shift`."""
    if schedules.is_constant(schedule):
        return schedule["value"]
    function = function_of(schedule)
    return (lambda count: function(count + shift)) if shift else function


def function_of(schedule):
    """The schedule as a function of the count."""
    return _BUILDERS[schedule["kind"]](schedule)


def is_built_in(schedule):
    """Whether optax itself has the schedule."""
    if schedule["kind"] == "joined":
        return all(is_built_in(part) for part in schedule["schedules"])
    return schedule["kind"] not in ("warmupStableDecay", "halfLife")


def _warmup_stable_decay(s):
    def shape(progress):
        return jnp.sqrt(progress) if s["shape"] == "oneMinusSqrt" else progress

    def function(count):
        warming = s["from"] + (s["peak"] - s["from"]) * count / max(s["warmup"], 1)
        progress = jnp.clip((count - s["warmup"] - s["stable"]) / s["decay"], 0, 1)
        decaying = s["to"] + (s["peak"] - s["to"]) * (1 - shape(progress))
        return jnp.where(count < s["warmup"], warming, decaying)

    return function


def _half_life(s):
    def function(count):
        progress = jnp.clip(count / s["over"], 0, 1)
        start = -1 / jnp.log(s["from"]) if s["from"] > 0 else 0.0
        lifetime = (1 - progress) * start - progress / jnp.log(s["to"])
        return jnp.exp(-1 / lifetime)

    return function


_BUILDERS = {
    "constant": lambda s: optax.constant_schedule(s["value"]),
    "linear": lambda s: optax.linear_schedule(s["from"], s["to"], s["over"], s["start"]),
    "polynomial": lambda s: optax.polynomial_schedule(
        s["from"], s["to"], s["power"], s["over"], s["start"]
    ),
    "cosineDecay": lambda s: optax.cosine_decay_schedule(
        s["from"], s["over"], alpha=s["to"] / s["from"], exponent=s["exponent"]
    ),
    "exponentialDecay": lambda s: optax.exponential_decay(
        s["from"],
        transition_steps=s["over"],
        decay_rate=s["rate"],
        transition_begin=s["start"],
        staircase=s["staircase"],
        end_value=s["limit"],
    ),
    "warmupCosine": lambda s: optax.warmup_cosine_decay_schedule(
        s["from"], s["peak"], s["warmup"], s["total"], s["to"], s["exponent"]
    ),
    "warmupStableDecay": _warmup_stable_decay,
    "piecewiseConstant": lambda s: optax.piecewise_constant_schedule(
        s["value"], dict(s["factors"])
    ),
    "joined": lambda s: optax.join_schedules(
        [function_of(part) for part in s["schedules"]], s["boundaries"]
    ),
    "halfLife": _half_life,
}
