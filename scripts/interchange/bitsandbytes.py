# SPDX-License-Identifier: Apache-2.0
"""AdEMAMix of bitsandbytes with 32-bit state: `bitsandbytes.optim.AdEMAMix`.

    from interchange import bitsandbytes, checkpoint
    checkpoint.save(path, bitsandbytes.read(optimizer.state_dict(), model.state_dict(), names))
    optimizer.load_state_dict(bitsandbytes.write(checkpoint.load(path)))

Its moments are Floats for parameters of any type. 8-bit state is refused. On a GPU the weight decay of
bitsandbytes acts after the step. On the CPU, in the paper and in the Swift library it acts before.
"""

import numpy as np

from . import hyperparameters, torch_reading, torch_writing
from .checkpoint import Checkpoint, Group, Moments
from .errors import require


def read(state_dict: dict, parameters=None, names=None, overrides=None) -> Checkpoint:
    """A checkpoint of an optimizer's state: see `torch_reading.read`."""
    return torch_reading.read(_READING, state_dict, parameters, names, overrides)


def write(state: Checkpoint) -> dict:
    """The optimizer's state of a checkpoint: see `torch_writing.write`."""
    require(
        state.dtype == np.float32,
        "bitsandbytes computes in float32: a checkpoint of Doubles would lose digits",
    )
    return torch_writing.write(_WRITING, state)


def _hyperparameters(options: dict) -> dict:
    alpha_steps = hyperparameters.step_count(options, "t_alpha")
    made = hyperparameters.from_options(options, alpha_steps)
    if steps := hyperparameters.step_count(options, "t_beta3"):
        made["beta3"] = hyperparameters.clamped_beta3_warmup(options, steps)
    return made


def _moments(state: dict) -> tuple:
    require(
        "qmap1" not in state and "absmax1" not in state,
        "the state has 8 bits an element: only 32-bit state can be carried over",
    )
    both, second = state["state1"], state["state2"]
    require(both is not None and second is not None, "the state has no moments")
    require(
        tuple(both.shape) == (2, *second.shape),
        f"state1 has shape {tuple(both.shape)} and state2 {tuple(second.shape)}: it is not AdEMAMix",
    )
    return both[0], both[1], second


def _options(group: Group, count: int, options: dict) -> dict:
    alpha, alpha_steps = hyperparameters.alpha_warmup(group, count)
    beta3, beta3_steps = hyperparameters.beta3_warmup(group, count)
    values = group.hyperparameters
    return options | {
        "betas": (values["beta1"], values["beta2"], beta3),
        "alpha": alpha,
        "t_alpha": alpha_steps,
        "t_beta3": beta3_steps,
    }


def _state(moments: Moments, step: int) -> dict:
    both = np.stack([torch_writing.fast_or_zeros(moments), moments.slow])
    return {"step": step, "state1": both, "state2": moments.second}


_READING = torch_reading.Reading(
    peer="bitsandbytes",
    step=lambda _, state: hyperparameters.step_count(state, "step"),
    moments=_moments,
    second="state2",
    hyperparameters=_hyperparameters,
    options=frozenset("lr betas eps weight_decay alpha t_alpha t_beta3".split()),
)
_WRITING = torch_writing.Writing(state=_state, options=_options)
