# SPDX-License-Identifier: Apache-2.0
"""Names of the tensors in the state of an optimizer.

PyTorch's optimizers number their tensors. If neither the state nor the user gives names, tensors are found
by their shapes. That is refused for two tensors of one shape, which could get each other's state.
"""

import json
from collections import Counter

from . import tensors
from .errors import InterchangeError, listed, note, require, shown

# Parts that torch.compile, FSDP and activation checkpointing put anywhere into a name.
_WRAPPERS = {"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
# DataParallel and DistributedDataParallel put this before all names.
_PARALLEL = "module."


def check(names: list, what: str) -> list[str]:
    """Refuses names that the Swift library would refuse."""
    for name in names:
        require(isinstance(name, str) and name != "", f"{what}: {shown(name)} is no name")
        require(
            all(not 0xD800 <= ord(character) < 0xE000 for character in name),
            f"{what}: the name {shown(name)} is no Unicode",
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    require(not twice, f"{what}: {listed(twice)} occurs twice")
    return names


def unwrapped(names: list[str], what: str, parameters: dict | None = None) -> list[str]:
    """The names without the parts that wrappers of a model put into them, as in `parameters`."""
    plain = [".".join(part for part in name.split(".") if part not in _WRAPPERS) for name in names]
    while plain and all(name.startswith(_PARALLEL) for name in plain):
        if parameters is not None and all(name in parameters for name in plain):
            break
        plain = [name.removeprefix(_PARALLEL) for name in plain]
    if plain != names:
        changed = next(pair for pair in zip(names, plain, strict=True) if pair[0] != pair[1])
        note(f"{what}: wrappers are taken out of the names: '{changed[0]}' becomes '{changed[1]}'")
    return check(plain, what)


def of_model(parameters: dict) -> dict:
    """The tensors of real numbers in a model's state by their names, without the parts of wrappers."""
    found = {
        name: value
        for name, value in parameters.items()
        if isinstance(name, str) and tensors.is_real(value)
    }
    return dict(zip(unwrapped(list(found), "the model"), found.values(), strict=True))


def by_shape(shapes: list[tuple[int, ...] | None], parameters: dict) -> list[str]:
    """The names of tensors of these shapes. No other tensor of the model may have one of the shapes.

    Before its first step an optimizer has no shapes. With one group it has all tensors of the model, and
    their order does not matter, since each starts with the same state.
    """
    parameters = _distinct(parameters)
    counts = Counter(shapes)
    # If the optimizer lacks some tensors of the model, the names of all are no example for the user.
    how = _how(parameters if len(parameters) == len(shapes) else None)
    if all(shape is None for shape in shapes):
        require(
            len(shapes) == len(parameters),
            f"the optimizer's state has no names, and {len(shapes)} tensors where the model has "
            f"{len(parameters)}: {how}",
        )
        return list(parameters)
    places: dict[tuple[int, ...], list[str]] = {}
    for name, value in parameters.items():
        places.setdefault(tensors.shape(value), []).append(name)
    for shape in shapes:
        if shape is None:
            raise InterchangeError(f"the optimizer's state has no names: {how}")
        candidates = places.get(shape, [])
        require(
            len(candidates) > 0,
            f"the optimizer's state has no names, and the model no tensor of shape {list(shape)}: "
            f"are they of one run? If so, {how}",
        )
        require(
            len(candidates) > 1 or counts[shape] == 1,
            f"the optimizer's state has no names, and {listed(candidates)} is the one tensor of the "
            f"model for {counts[shape]} of shape {list(shape)}: {how}",
        )
        require(
            len(candidates) == 1,
            f"the optimizer's state has no names, and {listed(candidates)} have the same shape, "
            f"{list(shape)}, so that state could go to the wrong tensor: {how}",
        )
    return [places[shape][0] for shape in shapes]


def needed(parameters: dict | None) -> InterchangeError:
    """The error for a state that has no names, nor a model to find them by."""
    return InterchangeError(f"the optimizer's state has no names: {_how(parameters)}")


def _distinct(parameters: dict) -> dict:
    """The parameters without tensors that the model also has under an earlier name, as in `parameters()`."""
    places = {}
    for name, value in parameters.items():
        places.setdefault((tensors.place(value) or name, tensors.shape(value)), name)
    return {name: parameters[name] for name in places.values()}


def _how(parameters: dict | None = None) -> str:
    example = json.dumps(list(parameters or {}), ensure_ascii=False)
    if not 2 < len(example) <= 400:
        example = '["…", "…"]'
    return (
        f"give the names in the optimizer's order with --names '{example}', or a file of such JSON; an "
        "optimizer of model.parameters() has [name for name, _ in model.named_parameters()]"
    )
