"""Hyperparameters of a group, as the Swift library's checkpoints have them."""

import math

from . import schedules
from .errors import InterchangeError, note, require

SCHEDULED = ("learningRate", "beta3", "alpha", "weightDecay")
NUMBERS = ("beta1", "beta2", "epsilon", "epsilonRoot")
GROUPS = "groups"
# What ml-ademamix adds to rates before it takes their half-lives, so that one of 0 has one.
APPLE_SHIFT = 1e-8


def make(**values) -> dict:
    """Hyperparameters of the standard form; a number is a constant schedule."""
    made = {"form": "standard", "epsilonRoot": 0.0}
    for name, value in values.items():
        made[name] = schedules.parse(value) if name in SCHEDULED else float(value)
    return made


def from_options(options: dict, alpha_steps: int = 0) -> dict:
    """Hyperparameters of a PyTorch param_group: alpha rises from 0 over so many steps."""
    beta1, beta2, beta3 = options["betas"]
    alpha = number(options, "alpha")
    return make(
        learningRate=number(options, "lr"),
        beta1=beta1,
        beta2=beta2,
        beta3=float(beta3),
        alpha=schedules.linear(0, alpha, alpha_steps) if alpha_steps else alpha,
        epsilon=number(options, "eps"),
        weightDecay=number(options, "weight_decay"),
    )


def clamped_beta3_warmup(options: dict, steps: int) -> dict:
    """The beta3 of peers other than ml-ademamix: one that would fall is at its end at once."""
    beta1, _, beta3 = (float(beta) for beta in options["betas"])
    require(beta1 > 0, "a warm-up from a beta1 of 0 is an error of the peer")
    return schedules.half_life(beta1, beta3, steps) if beta1 < beta3 else schedules.constant(beta3)


def overridden(base: dict, overrides: dict | None, group: str) -> dict:
    """What a person gave for a group in place of what its state says.

    `overrides` has hyperparameters for all groups, and under "groups" those of single ones by name:

        {"learningRate": 0.001, "groups": {"group1": {"weightDecay": 0}}}
    """
    values = dict(overrides or {})
    values |= values.pop(GROUPS, {}).get(group, {})
    for name in values:
        require(
            name in SCHEDULED + NUMBERS,
            f"there is no hyperparameter '{name}': there are {', '.join(SCHEDULED + NUMBERS)}",
        )
    return base | {name: make(**{name: value})[name] for name, value in values.items()}


def check_groups(overrides: dict | None, groups: list[str]) -> None:
    """Refuses overrides for groups that do not exist."""
    for name in (overrides or {}).get(GROUPS, {}):
        require(name in groups, f"there is no group '{name}': there are {', '.join(groups)}")


def number(options: dict, name: str) -> float:
    """A number of a PyTorch param_group, which may be a tensor."""
    require(name in options, f"the param_group has no '{name}'")
    value = float(options[name])
    require(math.isfinite(value), f"'{name}' is {value}: it must be finite")
    return value


def warmup_length(options: dict, name: str) -> int:
    """The length of a warm-up in a param_group; 0 where there is none."""
    length = options.get(name) or 0
    require(
        length == int(length) and length >= 0,
        f"'{name}' is {length}: only a whole number of steps can be carried over",
    )
    return int(length)


def next_value(group, name: str, count: int) -> float:
    """The value of a schedule at the next step, where the peer has no schedule for it."""
    schedule = group.hyperparameters[name]
    value = schedules.value(schedule, count)
    if schedules.constant_value(schedule) is None:
        note(
            f"group '{group.name}': {name} is a schedule, {value:.6g} at the next step: only this "
            "number is carried over"
        )
    return value


def alpha_warmup(group, count: int) -> tuple[float, int | None]:
    """The final alpha, and the length of its linear warm-up from 0 where it is one."""
    schedule = group.hyperparameters["alpha"]
    match schedule:
        case {"constant": {"value": value}}:
            return value, None
        case {"polynomial": {"from": 0, "power": 1, "startingAt": 0, "to": value, "over": over}}:
            return value, over
    return _settled(group, "alpha", count), None


def beta3_warmup(group, count: int, is_apple: bool = False) -> tuple[float, int | None]:
    """The final beta3, and the length of its warm-up from beta1 where it is one.

    Peers other than ml-ademamix have none from a beta1 of 0, and none that falls.
    """
    beta1 = group.hyperparameters["beta1"]
    match group.hyperparameters["beta3"]:
        case {"constant": {"value": value}}:
            return value, None
        case {"halfLife": {"from": start, "to": value, "over": over}} if start == beta1:
            is_shifted = False
        case {
            "joined": {
                "schedules": [
                    {"halfLife": {"from": start, "to": end, "over": over}},
                    {"constant": {"value": value}},
                ],
                "boundaries": [boundary],
            }
        } if (boundary, start, end) == (over, beta1 + APPLE_SHIFT, value + APPLE_SHIFT):
            is_shifted = True
        case _:
            return _settled(group, "beta3", count), None
    if not is_apple and not 0 < beta1 < value:
        return _settled(group, "beta3", count), None
    if count < over and is_shifted != is_apple:
        note(
            f"group '{group.name}': ml-ademamix adds 1e-8 to rates before it takes their half-lives: "
            "beta3 goes on up to 4e-7 apart from the warm-up so far"
        )
    return value, over


def _settled(group, name: str, count: int) -> float:
    value = schedules.settled_value(group.hyperparameters[name], count)
    if value is None:
        raise InterchangeError(
            f"group '{group.name}': {name} follows a schedule that the peer does not have, and which "
            f"is not at its end: {group.hyperparameters[name]}"
        )
    note(f"group '{group.name}': the schedule of {name} is at its end: carried over as {value:.6g}")
    return value
