"""States that go from Swift to Python and return: moments and parameters with the same bits."""

import json
import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
from interchange import checkpoint

from .round_trips import Tools


def check(tools: Tools, folder: Path) -> list[str]:
    """Raises an error unless all returns are exact; the peers and types that were tried."""
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
