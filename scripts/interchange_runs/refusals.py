# SPDX-License-Identifier: Apache-2.0
"""States that the converter refuses, and its notes on parts of a state that it leaves out."""

import contextlib
import io
import tempfile
import warnings
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
import torch
from interchange import __main__ as converter
from interchange import adamw, apple, bitsandbytes, checkpoint, pytorch_optimizer, schedules
from interchange import optax as from_optax
from interchange.errors import InterchangeError, InterchangeNote

_NAMES = ["w", "b"]


def _apple(**options) -> dict:
    """A state of ml-ademamix at step 7."""
    group = {
        "lr": 0.1, "betas": (0.9, 0.99, 0.999), "eps": 1e-8, "alpha": 5.0, "weight_decay": 0.1,
        "beta3_warmup": None, "alpha_warmup": None, "params": [0, 1],
    }  # fmt: skip
    moments = ("exp_avg_fast", "exp_avg_slow", "exp_avg_sq")
    states = {
        index: {"step": 7} | {name: torch.full((2, index + 1), 0.5) for name in moments}
        for index in range(2)
    }
    return {"state": states, "param_groups": [group | options]}


def _package(**options) -> dict:
    """A state of pytorch_optimizer at step 7."""
    state = _apple()
    own = {"weight_decouple": True, "fixed_decay": False, "t_alpha_beta3": None, "step": 7}
    state["param_groups"][0] |= own | options
    for moments in state["state"].values():
        moments["exp_avg"] = moments.pop("exp_avg_fast")
    return state


def _paged(**state_of_first) -> dict:
    """A state of bitsandbytes at step 7."""
    state = _apple(t_alpha=None, t_beta3=None)
    for index in state["state"]:
        moment = torch.full((2, index + 1), 0.5)
        state["state"][index] = {
            "step": 7, "state1": torch.stack([moment, moment]), "state2": moment,
        }  # fmt: skip
    state["state"][0] |= state_of_first
    return state


def _adamw(**options) -> dict:
    """A state of AdamW at step 7."""
    state = _apple(**({"betas": (0.9, 0.99), "amsgrad": False} | options))
    for index in state["state"]:
        moment = torch.full((2, index + 1), 0.5)
        state["state"][index] = {"step": torch.tensor(7.0), "exp_avg": moment, "exp_avg_sq": moment}
    return state


def _edited(state: dict, index: int, **values) -> dict:
    state["state"][index] |= values
    return state


def _without(state: dict, index: int) -> dict:
    del state["state"][index]
    return state


def _changed(**values) -> checkpoint.Checkpoint:
    """A checkpoint whose group has other hyperparameters or counts."""
    state = apple.read(_apple(), None, _NAMES)
    for name, value in values.items():
        if name in state.groups[0].hyperparameters:
            state.groups[0].hyperparameters[name] = value
        elif name == "counts":
            state.groups[0].counts = checkpoint.StepCounts(*value)
        else:
            setattr(state, name, value)
    return state


def _optax_state(params: dict):
    return optax.contrib.ademamix(0.1).init(params)


_LINEAR = schedules.linear(0, 5, 20)
_MODEL = {"w": torch.ones(2, 1), "b": torch.ones(2, 2)}
_PARAMS = {"w": jnp.ones(2), "b": jnp.ones(3)}
_ALPHA = {"alpha": 2, "beta3": 0.999}

# Conversions, and words of their errors.
_REFUSED = [
    (lambda: apple.read({}), "has no 'state'"),
    (lambda: apple.read(_apple()), "no names"),
    (lambda: apple.read(_apple(), None, ["w"]), "1 names for 2 parameters"),
    (lambda: apple.read(_apple(), None, ["w", "w"]), "occurs twice"),
    (lambda: apple.read(_apple(), {"w": _MODEL["w"]}, _NAMES), "no tensor 'b'"),
    (lambda: apple.read(_apple(), _MODEL, ["b", "w"]), "another shape"),
    (lambda: apple.read(_apple(), _MODEL | {"v": torch.ones(2, 2)}), "have the same shape"),
    (lambda: apple.read(_package(), None, _NAMES), "has no 'exp_avg_fast'"),
    (lambda: apple.read(_edited(_apple(), 1, step=8), None, _NAMES), "different steps"),
    (lambda: apple.read(_without(_apple(), 1), None, _NAMES), "never had a gradient"),
    (lambda: apple.read(_apple(maximize=True), None, _NAMES), "maximize"),
    (lambda: apple.read(_apple(lr=float("nan")), None, _NAMES), "must be a finite number"),
    (lambda: apple.read(_apple(alpha_warmup=2.5), None, _NAMES), "whole number of steps"),
    (lambda: apple.read(_apple(), None, _NAMES, {"lr": 1}), "no hyperparameter 'lr'"),
    (lambda: apple.read(_apple(), None, _NAMES, {"groups": {"g": {}}}), "no group 'g'"),
    (lambda: apple.read(_apple(), None, _NAMES, {"alpha": {"cosine": {}}}), "no schedule 'cosine'"),
    (lambda: apple.read(_edited(_apple(), 0, exp_avg_fast=None), None, _NAMES), "no fast moment"),
    (lambda: apple.read(_edited(_apple(), 0, exp_avg_sq=-torch.ones(2, 1)), None, _NAMES), "negative"),
    (lambda: apple.read(_edited(_apple(), 0, exp_avg_slow=torch.ones(2)), None, _NAMES), "in shape"),
    (lambda: apple.read(
        _edited(_apple(), 0, **{k: torch.ones(2, 1).double() for k in (
            "exp_avg_fast", "exp_avg_slow", "exp_avg_sq")}), None, _NAMES), "one type"),
    (lambda: pytorch_optimizer.read(_package(weight_decouple=False), None, _NAMES), "decoupled"),
    (lambda: pytorch_optimizer.read(_package(cautious=True), None, _NAMES), "'cautious'"),
    (lambda: pytorch_optimizer.read(_package(stable_adamw=True), None, _NAMES), "'stable_adamw'"),
    (lambda: pytorch_optimizer.read(_apple(), None, _NAMES), "no 'weight_decouple'"),
    (lambda: pytorch_optimizer.read(_package(t_alpha_beta3=0), None, _NAMES), "divides by it"),
    (lambda: bitsandbytes.read(_paged(absmax1=torch.ones(2)), None, _NAMES), "8 bits"),
    (lambda: bitsandbytes.read(_paged(state1=torch.ones(2, 1)), None, _NAMES), "not AdEMAMix"),
    (lambda: bitsandbytes.write(_changed(dtype=np.dtype(np.float64))), "would lose digits"),
    (lambda: adamw.read(_adamw(), None, _NAMES), "give them with --hyperparameters"),
    (lambda: adamw.read(_adamw(amsgrad=True), None, _NAMES, _ALPHA), "amsgrad"),
    (lambda: adamw.read(_adamw(decoupled_weight_decay=False), None, _NAMES, _ALPHA), "not AdamW"),
    (lambda: adamw.read(_apple(), None, _NAMES, _ALPHA), "it must have 2"),
    (lambda: apple.write(_changed(epsilonRoot=1e-8)), "epsilonRoot"),
    (lambda: apple.write(_changed(form="simplified")), "simplified form"),
    (lambda: apple.write(_changed(counts=(7, 3, 7), alpha=_LINEAR)), "warm-up is at step 3"),
    (lambda: apple.write(_changed(counts=(3, 7, 7))), "fast moment has taken part in 3"),
    (lambda: apple.write(_changed(alpha=_LINEAR, clock="fromZero")), "counts from 0"),
    (lambda: apple.write(_changed(alpha=schedules.linear(1, 5, 20))), "not at its end"),
    (lambda: pytorch_optimizer.write(_changed(alpha=_LINEAR)), "one length"),
    (lambda: bitsandbytes.write(
        _changed(beta1=0.0, beta3=schedules.half_life(0, 0.999, 20))), "not at its end"),
    (lambda: from_optax.read(_PARAMS, optax.adam(0.1).init(_PARAMS), {}), "no ScaleByAdemamixState"),
    (lambda: from_optax.read(_PARAMS, _optax_state(_PARAMS), {}), "no learning rate"),
    (lambda: from_optax.write(_changed(), _PARAMS, _optax_state(_PARAMS)), "has no parameters"),
    (lambda: from_optax.write(
        _changed(parameters={"w": np.ones(2)}), _PARAMS, _optax_state(_PARAMS)), "has 'w'"),
]  # fmt: skip

# Conversions, and words of their notes.
_NOTED = [
    (lambda: apple.read(_apple(initial_lr=1.0), None, _NAMES), "a scheduler changed"),
    (lambda: apple.read(_apple(strange=3), None, _NAMES), "'strange' = 3"),
    (lambda: apple.read(_apple() | {"state": {}}, _MODEL, _NAMES), "moments of 0"),
    (lambda: apple.read(
        _apple(), {n: t.bfloat16() for n, t in _MODEL.items()}, _NAMES), "bfloat16 becomes float32"),
    (lambda: pytorch_optimizer.read(_package(), None, _NAMES), "'maximize'"),
    (lambda: pytorch_optimizer.read(_package(fixed_decay=True), None, _NAMES), "weight decay 1"),
    (lambda: apple.write(_changed(learningRate=schedules.linear(1, 0, 10))), "0.2 at the next step"),
    (lambda: apple.write(_changed(alpha=schedules.linear(1, 5, 8))), "is at its end"),
    (lambda: apple.write(_changed(beta3=schedules.half_life(0.9, 0.999, 20))), "4e-7 apart"),
    (lambda: apple.write(_changed(tensors={"average/w": np.ones(2)})), "'average/w'"),
    (lambda: apple.write(
        _changed(record={"options": {"clipping": {"value": {"limit": 1}}}})), "'clipping'"),
    (lambda: adamw.write(_changed()), "left behind"),
    (lambda: from_optax.read(
        _PARAMS, _optax_state(_PARAMS), {"learningRate": 1}), "taken as beta1 0.9"),
]  # fmt: skip


def check() -> int:
    """Raises an error unless all are refused or noted with these words. Returns how many there are."""
    for action, words in _REFUSED:
        message = _message(action)
        assert message is not None and words in message, (words, message)
    for action, words in _NOTED:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", InterchangeNote)
            action()
        said = [str(warning.message) for warning in caught]
        assert any(words in text for text in said), (words, said)
    _check_files()
    return len(_REFUSED) + len(_NOTED) + _FILES


_FILES = 5


def _check_files() -> None:
    """Checks damaged files and wrong command lines: an error is a line and a status, and leaves no file."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "a.safetensors"
        checkpoint.save(path, _changed())
        whole = path.read_bytes()
        for position, words in ((200, "header's checksum"), (len(whole) - 1, "of tensor")):
            damaged = bytearray(whole)
            damaged[position] ^= 1
            path.write_bytes(damaged)
            message = _message(lambda: checkpoint.load(path))
            assert message is not None and words in message, message
        file, output = Path(temporary) / "a.pt", Path(temporary) / "b.safetensors"
        torch.save(_apple(), file)
        for arguments, words in (
            (["from", "apple", str(file), str(output)], "no names"),
            (["from", "apple", str(file) + "x", str(output)], "no such file"),
            (["to", "optax", str(path), str(output), "--like", str(file)], "of tensor"),
        ):
            with contextlib.redirect_stderr(io.StringIO()) as said:
                assert converter.main(arguments) == 1
            assert words in said.getvalue() and not output.exists(), said.getvalue()


def _message(action) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InterchangeNote)
        try:
            action()
        except InterchangeError as error:
            return str(error)
    return None
