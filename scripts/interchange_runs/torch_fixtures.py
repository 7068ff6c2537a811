# SPDX-License-Identifier: Apache-2.0
"""Small files for interchange_tests, written by PyTorch in the forms in which programs save them."""

import argparse
from pathlib import Path

import numpy as np
import torch


_COMPILED = "module._orig_mod."


class Callback:
    """A class that no reader of the files has."""

    def __init__(self):
        self.best = torch.ones(1)


def write(folder: Path) -> None:
    """Replaces the fixtures."""
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _contents().items():
        torch.save(content, folder / f"{name}.pt")


def _contents() -> dict[str, dict]:
    square, tall, short = (torch.full(shape, 7.0) for shape in ((2, 2), (3, 2), (2,)))
    twins = {"a": square, "b": square.clone()}
    others = {"w": tall, "b": short}
    tied = others | {"head.w": others["w"]}
    wrapped = {_COMPILED + name: value for name, value in twins.items()}
    sharded = {f"_fsdp_wrapped_module.{name}": value for name, value in twins.items()}
    named = [("b", twins["b"]), ("a", twins["a"])]
    by_name = _by_name(_adamw(named, b=2, a=1).state_dict(), ["b", "a"])
    halves = {name: value.bfloat16() for name, value in others.items()}
    transposed = {"w": torch.arange(6.0).reshape(2, 3).t(), "b": short}
    return {
        # The model has two tensors of one shape, and the optimizer has the second one first.
        "twins-unnamed": _saved(twins, _adamw([twins["b"], twins["a"]], 2, 1)),
        "twins-named": _saved(twins, _adamw(named, b=2, a=1)),
        "twins-compiled": _saved(wrapped, _adamw([(_COMPILED + n, p) for n, p in named], 2, 1)),
        "twins-sharded": {
            "model": sharded,
            "optimizer": _by_name(by_name, ["b", "a"], "_fsdp_wrapped_module."),
        },
        "shapes-unnamed": _saved(others, _adamw([others["b"], others["w"]], 2, 1)),
        "shapes-buffer": _saved(
            others | {"mean": torch.zeros(5), "count": torch.tensor(3)},
            _adamw([others["w"], others["b"]], 1, 2),
        ),
        "shapes-tied": _saved(tied, _adamw([others["b"], others["w"]], 2, 1)),
        "shapes-bfloat16": _saved(halves, _adamw(list(others.values()), 1, 2)),
        "shapes-transposed": _saved(transposed, _adamw(list(others.values()), 1, 2)),
        "groups-unnamed": _saved(
            twins, _adamw([{"params": [twins["b"]]}, {"params": [twins["a"]]}], 2, 1)
        ),
        "two-optimizers": {
            "state_dict": twins,
            "optimizer_states": [
                _adamw([("a", twins["a"])], 1).state_dict(),
                _adamw([("b", twins["b"])], 2).state_dict(),
            ],
        },
        "lightning": {
            "epoch": 3,
            "pytorch-lightning_version": "2.5.0",
            "state_dict": {f"model._orig_mod.{name}": value for name, value in others.items()},
            "optimizer_states": [_adamw([others["b"], others["w"]], 2, 1).state_dict()],
            "lr_schedulers": [{"last_epoch": 3}],
            "callbacks": {"Checkpoint{}": {"best": Callback(), "path": Path("best.ckpt")}},
            "hyper_parameters": argparse.Namespace(width=2, kinds={"a"}),
        },
        "foreign-rate": _saved(others, _adamw(list(others.values()), 1, 2, lr=np.float64(0.5))),
        "foreign-model": {
            "model": torch.nn.Linear(2, 2),
            "optimizer": _adamw(list(others.values()), 1, 2).state_dict(),
        },
        "other-keys": {"state_dict": twins, "opt": _adamw([twins["b"], twins["a"]], 2, 1).state_dict()},
        "no-optimizer": {"state_dict": twins, "optimiser": {"lr": 1}},
    }


def _saved(model: dict, optimizer: torch.optim.Optimizer) -> dict:
    return {"model": model, "optimizer": optimizer.state_dict()}


def _adamw(params: list, *moments: float, lr=0.5, **named_moments: float) -> torch.optim.Optimizer:
    """AdamW at step 5. The fast moments of its tensors have these numbers, the second moments 4 times them."""
    optimizer = torch.optim.AdamW(params, lr=lr)
    tensors = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    for tensor, value in zip(tensors, (*moments, *named_moments.values()), strict=True):
        optimizer.state[tensor] = {
            "step": torch.tensor(5.0),
            "exp_avg": torch.full_like(tensor, value),
            "exp_avg_sq": torch.full_like(tensor, 4 * value),
        }
    return optimizer


def _by_name(state: dict, names: list[str], prefix: str = "") -> dict:
    """The state in the form of torch.distributed.checkpoint, which has names in place of numbers."""
    keys = list(state["state"])
    groups = [dict(group, params=[prefix + name for name in names]) for group in state["param_groups"]]
    for group in groups:
        group.pop("param_names", None)
    moments = [state["state"][key] for key in keys]
    return {
        "state": {prefix + name: values for name, values in zip(names, moments, strict=True)},
        "param_groups": groups,
    }
