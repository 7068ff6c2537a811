"""Converts checkpoints of the Swift library from and to those of optimizers in Python."""

import argparse
import json
import pickle
import sys
import warnings
from pathlib import Path

from . import (
    adamw,
    apple,
    bitsandbytes,
    checkpoint,
    optax,
    pytorch_optimizer,
    torch_files,
    torch_writing,
)
from .errors import InterchangeError, InterchangeNote, note

TORCH = {
    "apple": apple,
    "pytorch_optimizer": pytorch_optimizer,
    "bitsandbytes": bitsandbytes,
    "adamw": adamw,
}
_PEERS = """
peers:
  apple               the PyTorch optimizer of apple/ml-ademamix
  pytorch_optimizer   AdEMAMix of the package of this name
  bitsandbytes        AdEMAMix with 32-bit state
  adamw               AdamW of PyTorch: from it with hyperparameters such as
                      '{"alpha": 2, "beta3": 0.9999}'
  optax               optax.contrib.ademamix

files:
  For PyTorch a file of torch.save: optimizer.state_dict(), or a dictionary that has
  it under "optimizer" and model.state_dict() under "model". For optax a pickle of
  {"params": params, "opt_state": opt_state}; a pickle can run code, so convert only
  your own.

hyperparameters:
  JSON in place of what the state says, for all groups and for single ones:
  '{"learningRate": 0.001, "groups": {"group1": {"weightDecay": 0}}}'
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line; 0 if it did what was asked."""
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InterchangeNote)
        try:
            (_convert_from if options.direction == "from" else _convert_to)(options)
            error = None
        except (InterchangeError, OSError, EOFError, pickle.UnpicklingError) as failure:
            error = failure
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"note: {text}", file=sys.stderr)
    if error is not None:
        print(f"convert: {error}", file=sys.stderr)
        return 1
    return 0


def _convert_from(options: argparse.Namespace) -> None:
    overrides = _json(options.hyperparameters, dict, "hyperparameters")
    if options.peer == "optax":
        content = _pickled(options.input)
        state = optax.read(content["params"], content["opt_state"], overrides)
    else:
        optimizer, model = torch_files.load(
            options.input, options.model, options.optimizer_key, options.model_key
        )
        names = _json(options.names, list, "names")
        state = TORCH[options.peer].read(optimizer, model, names, overrides)
        if model is None:
            note("there is no model: the checkpoint has no parameters")
    checkpoint.save(options.output, state)


def _convert_to(options: argparse.Namespace) -> None:
    state = checkpoint.load(options.input)
    if options.peer == "optax":
        if options.like is None:
            raise InterchangeError("optax: give a pickle of the same structure with --like")
        like = _pickled(options.like)
        params, opt_state = optax.write(state, like["params"], like["opt_state"])
        content = pickle.dumps({"params": params, "opt_state": opt_state})
        Path(options.output).write_bytes(content)
        return
    if state.parameters is None:
        note("the checkpoint has no parameters: the file has no model")
    written = TORCH[options.peer].write(state)
    torch_files.save(options.output, written, torch_writing.model(state))


def _pickled(path: str) -> dict:
    content = pickle.loads(Path(path).read_bytes())
    if not isinstance(content, dict) or not {"params", "opt_state"} <= set(content):
        raise InterchangeError(f'{path}: it is no pickle of {{"params": …, "opt_state": …}}')
    return content


def _json(text: str | None, kind: type, what: str):
    """JSON on the command line, or in a file that it names."""
    if text is None:
        return None
    if not text.lstrip().startswith(("{", "[")):
        text = Path(text).read_text()
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InterchangeError(f"the {what} are not JSON: {error}") from error
    if not isinstance(value, kind):
        raise InterchangeError(f"the {what} are not a {kind.__name__} in JSON")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/convert",
        description=__doc__,
        epilog=_PEERS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    directions = parser.add_subparsers(dest="direction", required=True)
    for direction, text in (("from", "a peer's file to a checkpoint"), ("to", "the way back")):
        command = directions.add_parser(direction, help=text)
        command.add_argument("peer", choices=[*TORCH, "optax"])
        command.add_argument("input")
        command.add_argument("output")
        if direction == "to":
            command.add_argument("--like", help="for optax: a pickle of the structure to fill")
            continue
        command.add_argument("--model", help="the model's file, if it is another")
        command.add_argument(
            "--names", help="JSON or its file: the parameters' names in the optimizer's order"
        )
        command.add_argument("--hyperparameters", help="JSON or its file: see convert --help")
        command.add_argument("--optimizer-key", help="where in the file the optimizer's state is")
        command.add_argument("--model-key", help="where in the file the model's state is")
    return parser


if __name__ == "__main__":
    sys.exit(main())
