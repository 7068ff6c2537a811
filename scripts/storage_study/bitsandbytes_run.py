"""The same steps with the 8-bit optimizer of bitsandbytes, on the CPU."""

import bitsandbytes
import numpy as np
import torch

from .problem import HYPERPARAMETERS, State

_BLOCK = 256


def outcome(rows: np.ndarray) -> State:
    """Its state after a step for each row, decoded."""
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
    fast_tops, slow_tops = state["absmax1"]
    return {
        "m1": _decoded(fast, fast_tops, state["qmap1"]),
        "m2": _decoded(slow, slow_tops, state["qmap1"]),
        "nu": _decoded(state["state2"], state["absmax2"], state["qmap2"]),
        "parameters": parameter.detach().numpy(),
    }


def _decoded(codes: torch.Tensor, tops: torch.Tensor, values: torch.Tensor) -> np.ndarray:
    # As 32-bit state, which tensors of fewer elements have, this would be no code.
    assert codes.dtype == torch.uint8
    blocks = values[codes.long()].reshape(-1, _BLOCK) * tops.reshape(-1, 1)
    return blocks.reshape(-1).numpy()
