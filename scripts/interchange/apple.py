# SPDX-License-Identifier: Apache-2.0
"""The PyTorch optimizer of apple/ml-ademamix, the official implementation.

    from interchange import apple, checkpoint
    checkpoint.save(path, apple.read(optimizer.state_dict(), model.state_dict(), names))
    optimizer.load_state_dict(apple.write(checkpoint.load(path)))

With a beta1 of 0 it keeps no fast moment. Neither does the Swift library.
"""

from . import hyperparameters, schedules, torch_reading, torch_writing
from .checkpoint import Checkpoint, Group, Moments
from .errors import require
from .hyperparameters import APPLE_SHIFT


def read(state_dict: dict, parameters=None, names=None, overrides=None) -> Checkpoint:
    """A checkpoint of an optimizer's state: see `torch_reading.read`."""
    return torch_reading.read(_READING, state_dict, parameters, names, overrides)


def write(state: Checkpoint) -> dict:
    """The optimizer's state of a checkpoint: see `torch_writing.write`."""
    return torch_writing.write(_WRITING, state)


def _hyperparameters(options: dict) -> dict:
    alpha_steps = hyperparameters.step_count(options, "alpha_warmup")
    made = hyperparameters.from_options(options, alpha_steps)
    if steps := hyperparameters.step_count(options, "beta3_warmup"):
        beta1, _, beta3 = hyperparameters.betas(options, 3)
        require(beta3 + APPLE_SHIFT < 1, f"beta3 {beta3} is too near to 1 for a warm-up")
        rising = schedules.half_life(beta1 + APPLE_SHIFT, beta3 + APPLE_SHIFT, steps)
        made["beta3"] = schedules.joined([rising, schedules.constant(beta3)], [steps])
    return made


def _options(group: Group, count: int, options: dict) -> dict:
    alpha, alpha_steps = hyperparameters.alpha_warmup(group, count)
    beta3, beta3_steps = hyperparameters.beta3_warmup(group, count, is_apple=True)
    values = group.hyperparameters
    return options | {
        "betas": (values["beta1"], values["beta2"], beta3),
        "alpha": alpha,
        "alpha_warmup": alpha_steps,
        "beta3_warmup": beta3_steps,
    }


def _state(moments: Moments, step: int) -> dict:
    return {
        "step": step,
        "exp_avg_fast": moments.fast,
        "exp_avg_slow": moments.slow,
        "exp_avg_sq": moments.second,
    }


_READING = torch_reading.Reading(
    peer="ml-ademamix",
    step=lambda _, state: hyperparameters.step_count(state, "step"),
    moments=lambda state: (state["exp_avg_fast"], state["exp_avg_slow"], state["exp_avg_sq"]),
    second="exp_avg_sq",
    hyperparameters=_hyperparameters,
    options=frozenset("lr betas eps alpha weight_decay beta3_warmup alpha_warmup".split()),
)
_WRITING = torch_writing.Writing(state=_state, options=_options)
