# SPDX-License-Identifier: Apache-2.0
"""PyTorch's AdamW: its runs may go on with AdEMAMix, and those of AdEMAMix with AdamW.

    from interchange import adamw, checkpoint
    overrides = {"alpha": 2, "beta3": 0.9999}
    checkpoint.save(path, adamw.read(optimizer.state_dict(), model.state_dict(), names, overrides))
    optimizer.load_state_dict(adamw.write(checkpoint.load(path)))

The slow moment starts at 0 and counts steps of its own. Pagliardini et al., 2024, appendix C.1.3, switch
late in training, without a warm-up, with an alpha of 1 to 2. A conversion to AdamW leaves the slow
moment out. With an alpha of 0 the run has the steps of AdamW.
"""

import numpy as np

from . import hyperparameters, torch_reading, torch_writing
from .checkpoint import Checkpoint, Group, Moments
from .errors import note, require


def read(state_dict: dict, parameters=None, names=None, overrides=None) -> Checkpoint:
    """A checkpoint of an optimizer's state: see `torch_reading.read`."""
    require(
        "alpha" in (overrides or {}),
        "AdamW has no alpha and beta3: give them with --hyperparameters "
        '\'{"alpha": 2, "beta3": 0.9999}\'; an alpha of 0 stays AdamW',
    )
    return torch_reading.read(_READING, state_dict, parameters, names, overrides)


def write(state: Checkpoint) -> dict:
    """The optimizer's state of a checkpoint: see `torch_writing.write`."""
    written = torch_writing.write(_WRITING, state)
    for group in state.groups:
        if group.hyperparameters["alpha"] != {"constant": {"value": 0}}:
            note(f"group '{group.name}': the slow moment is left behind, and with it alpha and beta3")
    return written


def _hyperparameters(options: dict) -> dict:
    beta1, beta2 = hyperparameters.betas(options, 2)
    require(
        not hyperparameters.flag(options, "amsgrad", False),
        "'amsgrad' is set: AdEMAMix has no maximum of second moments",
    )
    decay = hyperparameters.number(options, "weight_decay")
    require(
        decay == 0 or hyperparameters.flag(options, "decoupled_weight_decay", True),
        f"the weight decay of {decay} is added to the gradient: the optimizer is Adam, not AdamW",
    )
    return hyperparameters.from_options(options | {"betas": (beta1, beta2, 0.9999), "alpha": 0})


def _moments(state: dict) -> tuple:
    fast, second = state["exp_avg"], state["exp_avg_sq"]
    require(
        "exp_avg_slow" not in state and "max_exp_avg_sq" not in state,
        "the state has more than AdamW's moments",
    )
    return fast, None if second is None else np.zeros_like(second), second


def _options(group: Group, count: int, options: dict) -> dict:
    values = group.hyperparameters
    return options | {
        "betas": (values["beta1"], values["beta2"]),
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "fused": None,
        "decoupled_weight_decay": True,
    }


def _state(moments: Moments, step: int) -> dict:
    if np.float32(step) != step:
        note(f"AdamW counts in float32, which has no {step}: it goes on from {np.float32(step):.0f}")
    return {
        "step": np.array(step, np.float32),
        "exp_avg": torch_writing.fast_or_zeros(moments),
        "exp_avg_sq": moments.second,
    }


_READING = torch_reading.Reading(
    peer="AdamW",
    step=lambda _, state: hyperparameters.step_count(state, "step"),
    moments=_moments,
    second="exp_avg_sq",
    hyperparameters=_hyperparameters,
    options=frozenset("lr betas eps weight_decay amsgrad decoupled_weight_decay".split()),
    starts_slow_moment=True,
)
_WRITING = torch_writing.Writing(state=_state, options=_options, has_slow_moment=False)
