# SPDX-License-Identifier: Apache-2.0
"""The same steps with the 8-bit optimizer of bitsandbytes, on the CPU."""

import bitsandbytes
import numpy as np
import torch

from .problem import HYPERPARAMETERS, State

_BLOCK = 256


def outcome(rows: np.ndarray) -> State:
    """The decoded state after a step with each row."""
    h = HYPERPARAMETERS
    parameter = torch.nn.Parameter(torch.zeros(rows.shape[1]))
    optimizer = bitsandbytes.optim.AdEMAMix8bit(
        [parameter], lr=h["learningRate"], betas=(h["beta1"], h["beta2"], h["beta3"]),
        alpha=h["alpha"], eps=h["epsilon"], weight_decay=0,
    )  # fmt: skip
    for row in rows:
        parameter.grad = torch.from_numpy(row)
        optimizer.step()
    state = optimizer.state[parameter]
    fast, slow = state["state1"]
    fast_maxima, slow_maxima = state["absmax1"]
    return {
        "m1": _decoded(fast, fast_maxima, state["qmap1"]),
        "m2": _decoded(slow, slow_maxima, state["qmap1"]),
        "nu": _decoded(state["state2"], state["absmax2"], state["qmap2"]),
        "parameters": parameter.detach().numpy(),
    }


def _decoded(codes: torch.Tensor, maxima: torch.Tensor, values: torch.Tensor) -> np.ndarray:
    # bitsandbytes keeps the state of smaller tensors in 32 bits, not in codes.
    assert codes.dtype == torch.uint8
    blocks = values[codes.long()].reshape(-1, _BLOCK) * maxima.reshape(-1, 1)
    return blocks.reshape(-1).numpy()
