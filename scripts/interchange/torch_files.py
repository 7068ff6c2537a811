"""Files of torch.save: the states of an optimizer and a model, wherever they are in them."""

from pathlib import Path

from .errors import InterchangeError, require

OPTIMIZER_KEYS = ("optimizer", "optimizer_state_dict", "optim", "opt")
MODEL_KEYS = ("model", "model_state_dict", "state_dict", "net", "params")


def load(
    path: str, model_path: str | None, optimizer_key: str | None, model_key: str | None
) -> tuple[dict, dict | None]:
    """The optimizer's state, and the model's where there is one."""
    content = _load(path)
    if {"state", "param_groups"} <= set(content):
        optimizer, rest = content, {}
    else:
        optimizer, rest = _entry(path, content, optimizer_key, OPTIMIZER_KEYS, "optimizer"), content
    if model_path is None:
        wanted = (model_key,) if model_key else MODEL_KEYS
        require(model_key is None or model_key in rest, f"{path}: there is no '{model_key}'")
        return optimizer, next((rest[key] for key in wanted if key in rest), None)
    content = _load(model_path)
    nested = [key for key in MODEL_KEYS if isinstance(content.get(key), dict)]
    if model_key or nested:
        return optimizer, _entry(model_path, content, model_key, MODEL_KEYS, "model")
    return optimizer, content


def save(path: str, optimizer: dict, model: dict | None) -> None:
    """Writes a file that `load` reads, with the keys "optimizer" and "model"."""
    import torch

    content = {"optimizer": optimizer}
    torch.save(content if model is None else content | {"model": model}, path)


def _load(path: str) -> dict:
    import torch

    if Path(path).suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    try:
        # Only tensors and plain values: a file cannot run code.
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InterchangeError(f"{path}: there is no such file") from error
    except Exception as error:
        raise InterchangeError(f"{path}: this is no file of plain tensors: {error}") from error
    require(isinstance(content, dict), f"{path}: it holds {type(content).__name__}, not a dict")
    return content


def _entry(path: str, content: dict, key: str | None, keys: tuple[str, ...], what: str) -> dict:
    candidates = [key] if key else [key for key in keys if key in content]
    if not candidates or candidates[0] not in content:
        found = ", ".join(str(key) for key in content)
        raise InterchangeError(f"{path}: there is no state of the {what} among {found}: name its key")
    return content[candidates[0]]
