# SPDX-License-Identifier: Apache-2.0
"""Hyperparameters of a group, in the form of the Swift library's checkpoints."""

from . import schedules, tensors
from .errors import InterchangeError, listed, note, require, shown

SCHEDULED = ("learningRate", "beta3", "alpha", "weightDecay")
NUMBERS = ("beta1", "beta2", "epsilon", "epsilonRoot")
GROUPS = "groups"
# ml-ademamix adds this to a rate before it takes the half-life, so that a rate of 0 has one.
APPLE_SHIFT = 1e-8
_RATES = ("beta1", "beta2", "beta3")


def make(**values) -> dict:
    """Hyperparameters of the standard form. A number becomes a constant schedule."""
    made = {"form": "standard", "epsilonRoot": 0.0}
    for name, value in values.items():
        if name in SCHEDULED:
            made[name] = schedules.parse(value, name)
            value = schedules.constant_value(made[name])
        else:
            made[name] = value = finite(value, name)
        if value is not None:
            check_range(name, value)
    return made


def check_range(name: str, value: float) -> None:
    """Refuses a value that the Swift library would refuse."""
    if name in _RATES:
        require(0 <= value < 1, f"{name} is {value}: it must lie in 0 ..< 1")
    else:
        require(value >= 0, f"{name} is {value}: it must be at least 0")


def from_options(options: dict, alpha_steps: int = 0) -> dict:
    """Hyperparameters of a PyTorch param_group. alpha rises from 0 over `alpha_steps` steps."""
    beta1, beta2, beta3 = betas(options, 3)
    alpha = number(options, "alpha")
    return make(
        learningRate=number(options, "lr"),
        beta1=beta1,
        beta2=beta2,
        beta3=beta3,
        alpha=schedules.linear(0, alpha, alpha_steps) if alpha_steps else alpha,
        epsilon=number(options, "eps"),
        weightDecay=number(options, "weight_decay"),
    )


def betas(options: dict, count: int) -> list[float]:
    """The decay rates of a param_group, as many as its optimizer has."""
    given = options["betas"]
    require(
        isinstance(given, list | tuple) and len(given) == count,
        f"the optimizer has betas {shown(given)}: it must have {count}",
    )
    return [finite(beta, f"betas[{index}]") for index, beta in enumerate(given)]


def clamped_beta3_warmup(options: dict, steps: int) -> dict:
    """The beta3 of peers other than ml-ademamix, which starts at its end value if it would fall to it."""
    beta1, _, beta3 = betas(options, 3)
    require(beta1 > 0, "a warm-up from a beta1 of 0 is an error of the peer")
    return schedules.half_life(beta1, beta3, steps) if beta1 < beta3 else schedules.constant(beta3)


def overridden(base: dict, overrides: dict | None, group: str) -> dict:
    """The hyperparameters of a group, with the user's values in place of those of the state.

    `overrides` has hyperparameters for all groups, and under "groups" those of single ones by name:

        {"learningRate": 0.001, "groups": {"group1": {"weightDecay": 0}}}
    """
    values = dict(overrides or {})
    values |= values.pop(GROUPS, {}).get(group, {})
    for name in values:
        require(
            name in SCHEDULED + NUMBERS,
            f"--hyperparameters: there is no hyperparameter '{name}': there are "
            f"{', '.join(SCHEDULED + NUMBERS)}",
        )
    try:
        return base | {name: make(**{name: value})[name] for name, value in values.items()}
    except InterchangeError as error:
        raise InterchangeError(f"--hyperparameters: group '{group}': {error}") from None


def check_groups(overrides: dict | None, groups: list[str] | None = None) -> None:
    """Refuses overrides that are not ordered by group, or are for groups that do not exist."""
    given = (overrides or {}).get(GROUPS, {})
    require(
        isinstance(given, dict) and all(isinstance(values, dict) for values in given.values()),
        f'--hyperparameters: "{GROUPS}" is {shown(given)}, not hyperparameters by the group\'s name',
    )
    for name in given:
        require(
            groups is None or name in groups,
            f"--hyperparameters: there is no group '{name}': there are {listed(groups or [])}",
        )


def finite(value, what: str) -> float:
    """A number of a PyTorch file, which may be a tensor of one element."""
    return schedules.finite(tensors.item(value, f"'{what}'"), f"'{what}'")


def number(options: dict, name: str) -> float:
    """A number of a PyTorch param_group."""
    require(name in options, f"the param_group has no '{name}'")
    return finite(options[name], name)


def flag(options: dict, name: str, otherwise: bool | None = None) -> bool:
    """Whether an option of a PyTorch param_group is on. A missing option is `otherwise`, or a KeyError."""
    found = options[name] if otherwise is None else options.get(name, otherwise)
    value = tensors.item(found, f"'{name}'")
    require(
        value is None or isinstance(value, int), f"'{name}' is {shown(value)}: it must be true or false"
    )
    return bool(value)


def step_count(values: dict, name: str) -> int:
    """A count of steps in a PyTorch param_group or state, 0 if it is missing."""
    value = tensors.item(values.get(name), f"'{name}'")
    schedules.check_count(0 if value is None else value, f"'{name}'")
    return int(value or 0)


def next_value(group, name: str, at: int) -> float:
    """The value of a schedule at the next step, for a peer without such a schedule."""
    schedule = group.hyperparameters[name]
    value = schedules.value(schedule, at)
    if schedules.constant_value(schedule) is None:
        note(
            f"group '{group.name}': {name} is a schedule, {value:.6g} at the next step: only this "
            "number is carried over"
        )
    return value


def alpha_warmup(group, count: int) -> tuple[float, int | None]:
    """The final alpha, and the length of its warm-up if it is linear from 0."""
    schedule = group.hyperparameters["alpha"]
    match schedule:
        case {"constant": {"value": value}}:
            return value, None
        case {"polynomial": {"from": 0, "power": 1, "startingAt": 0, "to": value, "over": over}}:
            return value, over
    return _settled(group, "alpha", count), None


def beta3_warmup(group, count: int, is_apple: bool = False) -> tuple[float, int | None]:
    """The final beta3, and the length of its warm-up if it begins at beta1.

    Only ml-ademamix has warm-ups from a beta1 of 0, or with a beta3 that falls.
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
