# SPDX-License-Identifier: Apache-2.0
"""The runs that are taken from Python to Swift and back."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import bitsandbytes
import numpy as np
import pytorch_optimizer
import torch

from . import optax_runs
from .optax_runs import OptaxRun
from .problem import Problem
from .torch_runs import TorchRun

RATE, DECAY = 0.01, 0.1
BETAS = (0.9, 0.99, 0.999)


@dataclass(frozen=True)
class Case:
    """A run, and the options of its conversions."""

    peer: str
    name: str
    make: Callable[[Problem], TorchRun | OptaxRun]
    hyperparameters: dict | None = None
    dtypes: tuple[type, ...] = (np.float32, np.float64)
    is_fixture: bool = False


def _torch(peer: str, name: str, make: Callable, is_fixture: bool = False, **options) -> Case:
    fixed = {key: options.pop(key) for key in ("hyperparameters", "dtypes") if key in options}
    decay = options.pop("decay", DECAY)
    options = {"lr": RATE, "betas": BETAS} | options
    return Case(
        peer,
        name,
        lambda problem: TorchRun(lambda groups: make(groups, **options), problem, decay),
        is_fixture=is_fixture,
        **fixed,
    )


def all_cases() -> list[Case]:
    """The cases of all peers. Apple's is left out if its file `ademamix.py` is not on the path."""
    decoupled = {"weight_decouple": True}
    package = pytorch_optimizer.AdEMAMix
    paged = bitsandbytes.optim.AdEMAMix
    single = {"dtypes": (np.float32,)}
    cases = [
        _torch("pytorch_optimizer", "constants", package, **decoupled),
        _torch("pytorch_optimizer", "warm-up", package, True, t_alpha_beta3=45, **decoupled),
        _torch("pytorch_optimizer", "warm-up over", package, t_alpha_beta3=15, **decoupled),
        _torch("pytorch_optimizer", "beta1 0", package, betas=(0.0, 0.99, 0.999), **decoupled),
        _torch("pytorch_optimizer", "fixed decay", package, decay=1e-3, fixed_decay=True, **decoupled),
        _torch("bitsandbytes", "constants", paged, **single),
        _torch("bitsandbytes", "warm-ups", paged, True, t_alpha=45, t_beta3=30, **single),
        _torch("bitsandbytes", "beta1 0", paged, betas=(0.0, 0.99, 0.999), t_alpha=45, **single),
        _torch("adamw", "stays AdamW", torch.optim.AdamW, True, betas=BETAS[:2],
               hyperparameters={"alpha": 0, "beta3": 0.999}),
        Case("optax", "mask, warm-ups", lambda problem: OptaxRun(problem, False),
             optax_runs.OVERRIDES, is_fixture=True),
        Case("optax", "partition", lambda problem: OptaxRun(problem, True),
             _without_tensors(optax_runs.OVERRIDES)),
    ]  # fmt: skip
    try:
        import ademamix
    except ImportError:
        print("interchange-test: no ademamix.py of apple/ml-ademamix: left out", file=sys.stderr)
        return cases
    official = ademamix.AdEMAMix
    warmups = {"alpha_warmup": 45, "beta3_warmup": 30}
    return [
        _torch("apple", "constants", official, alpha=5.0),
        _torch("apple", "warm-ups", official, True, alpha=5.0, **warmups),
        _torch("apple", "beta1 0, warm-ups", official, True, betas=(0.0, 0.99, 0.999), **warmups),
        *cases,
    ]


def _without_tensors(overrides: dict) -> dict:
    return overrides | {"groups": {"plain": {"weightDecay": 0}}}
