# SPDX-License-Identifier: Apache-2.0
"""AdEMAMix of the package pytorch_optimizer, from version 4.1.0 on.

    from interchange import checkpoint, pytorch_optimizer
    checkpoint.save(path, pytorch_optimizer.read(optimizer.state_dict(), model.state_dict(), names))
    optimizer.load_state_dict(pytorch_optimizer.write(checkpoint.load(path)))

Earlier versions have the same state, but divide the slow moment by a bias correction in their steps.
"""

from . import hyperparameters, torch_reading, torch_writing
from .checkpoint import Checkpoint, Group, Moments
from .errors import note, require


def read(state_dict: dict, parameters=None, names=None, overrides=None) -> Checkpoint:
    """A checkpoint of an optimizer's state: see `torch_reading.read`."""
    note("pytorch_optimizer does not store 'maximize': the run is taken as one that minimizes")
    return torch_reading.read(_READING, state_dict, parameters, names, overrides)


def write(state: Checkpoint) -> dict:
    """The optimizer's state of a checkpoint: see `torch_writing.write`."""
    written = torch_writing.write(_WRITING, state)
    for options, group in zip(written["param_groups"], state.groups, strict=True):
        options["step"] = group.counts.second
    return written


def _hyperparameters(options: dict) -> dict:
    rate = hyperparameters.number(options, "lr")
    decay = hyperparameters.number(options, "weight_decay")
    for name in ("cautious", "stable_adamw"):
        require(
            not hyperparameters.flag(options, name, False),
            f"'{name}' is set: the Swift library's option of this kind has other equations",
        )
    require(
        decay == 0 or hyperparameters.flag(options, "weight_decouple"),
        f"the weight decay of {decay} is added to the gradient (weight_decouple is off): the Swift "
        "library has decoupled weight decay alone",
    )
    if hyperparameters.flag(options, "fixed_decay") and decay:
        require(rate > 0, "'fixed_decay' with a learning rate of 0 has no counterpart")
        decay /= rate
        note(f"'fixed_decay' becomes the weight decay {decay:.6g} at the learning rate {rate:.6g}")
    options = options | {"weight_decay": decay}
    if options.get("t_alpha_beta3") is None:
        return hyperparameters.from_options(options)
    steps = hyperparameters.step_count(options, "t_alpha_beta3")
    require(steps > 0, "'t_alpha_beta3' is 0: the peer divides by it")
    beta3 = hyperparameters.clamped_beta3_warmup(options, steps)
    return hyperparameters.from_options(options, steps) | {"beta3": beta3}


def _options(group: Group, count: int, options: dict) -> dict:
    alpha, alpha_steps = hyperparameters.alpha_warmup(group, count)
    beta3, beta3_steps = hyperparameters.beta3_warmup(group, count)
    values, steps = group.hyperparameters, alpha_steps or beta3_steps
    if steps is not None and count >= max(alpha_steps or 0, beta3_steps or 0):
        # After all warm-ups are over, a peer needs none.
        steps = steps if alpha_steps == beta3_steps else None
    else:
        # The peer clamps a warm-up that would fall to a constant beta3.
        clamped = alpha_steps is not None and 0 < beta3 <= values["beta1"]
        require(
            alpha_steps == beta3_steps or clamped,
            f"the warm-ups of alpha and beta3 take {alpha_steps} and {beta3_steps} steps: the peer "
            "has one length",
        )
    return options | {
        "betas": (values["beta1"], values["beta2"], beta3),
        "weight_decouple": True,
        "fixed_decay": False,
        "alpha": alpha,
        "t_alpha_beta3": steps,
        "foreach": None,
    }


def _state(moments: Moments, step: int) -> dict:
    return {
        "exp_avg": torch_writing.fast_or_zeros(moments),
        "exp_avg_sq": moments.second,
        "exp_avg_slow": moments.slow,
    }


_READING = torch_reading.Reading(
    peer="pytorch_optimizer",
    step=lambda options, _: hyperparameters.step_count(options, "step"),
    moments=lambda state: (state["exp_avg"], state["exp_avg_slow"], state["exp_avg_sq"]),
    second="exp_avg_sq",
    hyperparameters=_hyperparameters,
    options=frozenset(
        "lr betas weight_decay weight_decouple fixed_decay alpha t_alpha_beta3 eps cautious "
        "stable_adamw step".split()
    ),
)
_WRITING = torch_writing.Writing(state=_state, options=_options)
