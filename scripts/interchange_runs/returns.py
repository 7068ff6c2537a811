# SPDX-License-Identifier: Apache-2.0
"""States that go from Swift to Python and return: moments and parameters with the same bits."""

import json
import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
import torch
from interchange import adamw, checkpoint, tensors

from .round_trips import Tools


def check(tools: Tools, folder: Path) -> list[str]:
    """Raises an error unless all returns are exact. Returns the peers and types that were tried."""
    tried = []
    for kind in ("F32", "F64", "stored"):
        example = folder / f"example.{kind}.safetensors"
        tools.swift("example", example, kind)
        for peer in ("apple", "pytorch_optimizer", "bitsandbytes", "optax"):
            if (peer, kind) == ("bitsandbytes", "F64") or (peer, kind) == ("optax", "stored"):
                continue
            returned = folder / "returned.safetensors"
            if peer == "optax":
                _through_optax(tools, example, returned, folder)
            else:
                tools.convert("to", peer, example, folder / "peer.pt")
                tools.convert("from", peer, folder / "peer.pt", returned)
            tools.swift("same", example, returned)
            _check_groups(example, returned)
            tried.append(f"{peer} {kind}")
    return tried


def check_program() -> None:
    """Raises an error unless a conversion in memory gives the same as one by files."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.5)
    model(torch.ones(4, 3)).square().sum().backward()
    optimizer.step()
    names = [name for name, _ in model.named_parameters()]
    state = adamw.read(optimizer.state_dict(), model.state_dict(), names, {"alpha": 0, "beta3": 0.999})
    other = torch.optim.AdamW(model.parameters(), lr=0.1)
    other.load_state_dict(tensors.of_torch(adamw.write(state)))
    for parameter in model.parameters():
        for name, value in optimizer.state[parameter].items():
            assert torch.equal(other.state[parameter][name], value), name
    assert other.param_groups[0]["lr"] == 0.5


def _check_groups(example: Path, returned: Path) -> None:
    before, after = checkpoint.load(example), checkpoint.load(returned)
    assert [group.name for group in after.groups] == [group.name for group in before.groups]
    for old, new in zip(before.groups, after.groups, strict=True):
        assert new.tensors == old.tensors
        assert new.counts == old.counts


def _through_optax(tools: Tools, example: Path, returned: Path, folder: Path) -> None:
    state = checkpoint.load(example)
    with jax.enable_x64(True):
        flat = {name: jnp.asarray(values) for name, values in state.parameters.items()}
        labels = {name: group.name for group in state.groups for name in group.tensors}
        transforms = {group.name: optax.contrib.ademamix(0.01) for group in state.groups}
        opt_state = optax.partition(transforms, labels).init(flat)
        like = jax.device_get({"params": flat, "opt_state": opt_state})
    (folder / "like.pkl").write_bytes(pickle.dumps(like))
    tools.convert("to", "optax", example, folder / "peer.pkl", "--like", folder / "like.pkl")
    given = {"groups": {group.name: group.hyperparameters for group in state.groups}}
    for values in given["groups"].values():
        values.pop("form")
    tools.convert(
        "from", "optax", folder / "peer.pkl", returned, "--hyperparameters", json.dumps(given)
    )
