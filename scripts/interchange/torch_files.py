# SPDX-License-Identifier: Apache-2.0
"""Finds the states of an optimizer and a model in files of PyTorch."""

from dataclasses import dataclass
from pathlib import Path

from . import safetensors_file, tensors, torch_archive, torch_archive_writing
from .errors import InterchangeError, listed, note, require, shown

MODEL_KEYS = ("model", "model_state_dict", "state_dict", "net", "params")


@dataclass(frozen=True)
class Content:
    """The states in a file, and the key of the optimizer's."""

    optimizer: dict
    place: str
    model: dict | None


def load(
    path: str, model_path: str | None, optimizer_key: str | None, model_key: str | None
) -> Content:
    """The states of the optimizer, and of the model if this file or one of its own has it."""
    content = _load(path)
    key, optimizer = _optimizer(path, content, optimizer_key)
    place = path if key is None else f"{path}, '{key}'"
    if model_path is not None:
        return Content(optimizer, place, _model(model_path, _load(model_path), model_key, True))
    rest = {} if key is None else content
    return Content(optimizer, place, _model(path, rest, model_key, False))


def save(path: str, optimizer: dict, model: dict | None) -> None:
    """Replaces a file with one for `load`, with the keys "optimizer" and "model"."""
    content = {"optimizer": optimizer}
    torch_archive_writing.write(path, content if model is None else content | {"model": model})


def _load(path: str) -> dict:
    if Path(path).suffix == ".safetensors":
        return safetensors_file.read_tensors(path)
    content = torch_archive.read(path)
    require(isinstance(content, dict), f"{path}: it holds {shown(content)}, not a dictionary")
    return content


def _is_optimizer(value) -> bool:
    return isinstance(value, dict) and {"state", "param_groups"} <= set(value)


def _optimizer(path: str, content: dict, key: str | None) -> tuple[str | None, dict]:
    if key is not None:
        return key, _at(path, content, key, "--optimizer-key")
    if _is_optimizer(content):
        return None, content
    # Lightning has a list of optimizers.
    found = {}
    for name, value in content.items():
        parts = enumerate(value) if isinstance(value, list | tuple) else [(None, value)]
        for index, part in parts:
            if _is_optimizer(part):
                found[str(name) if index is None else f"{name}.{index}"] = part
    require(
        len(found) > 0,
        f"{path}: there is no optimizer's state, with 'state' and 'param_groups', among "
        f"{listed(content)}: name its key with --optimizer-key",
    )
    require(
        len(found) == 1,
        f"{path}: there are the states of {len(found)} optimizers, {listed(found)}: name one with "
        "--optimizer-key",
    )
    return next(iter(found.items()))


def _model(path: str, content: dict, key: str | None, is_needed: bool) -> dict | None:
    if key is not None:
        found = _at(path, content, key, "--model-key")
        require(
            _is_model(found), f"{path}: '{key}' is {shown(found)}, not what model.state_dict() gives"
        )
        return found
    for name in MODEL_KEYS:
        if _is_model(content.get(name)):
            return content[name]
    if is_needed and _is_model(content):
        return content
    for name in MODEL_KEYS:
        require(
            not isinstance(content.get(name), torch_archive.Foreign),
            f"{path}: '{name}' is {shown(content.get(name))}, a whole object, of which nothing can be "
            "read: save model.state_dict(), and name its file with --model",
        )
    text = (
        f"{path}: there is no model's state, a dictionary of tensors, among {listed(content)}: name "
        "its key with --model-key"
    )
    require(not is_needed, text)
    if not content:
        text = f"{path}: there is an optimizer's state alone: name the model's file with --model"
    note(f"{text}, or else the checkpoint has no parameters")
    return None


def _is_model(value) -> bool:
    return isinstance(value, dict) and any(tensors.is_tensor(tensor) for tensor in value.values())


def _at(path: str, content: dict, key: str, option: str):
    """The value at a key of the file, or at several keys with dots between them."""
    if key in content:
        return content[key]
    value = content
    for part in key.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            known = range(len(value)) if isinstance(value, list | tuple) else value
            there = f"among {listed(known)}" if isinstance(value, dict | list | tuple) else "there"
            raise InterchangeError(f"{path}: {option} '{key}': there is no '{part}' {there}")
    return value
