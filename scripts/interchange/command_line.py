# SPDX-License-Identifier: Apache-2.0
"""The command line of scripts/convert. It is checked before any package is installed."""

import argparse
import json
import os
import sys
from pathlib import Path

from .errors import USAGE

PEERS = ("apple", "pytorch_optimizer", "bitsandbytes", "adamw", "optax")
_DESCRIPTION = "Converts checkpoints of the Swift library from and to those of optimizers in Python."
_EXAMPLES = """
examples:
  scripts/convert from apple run.pt run.safetensors
  scripts/convert from adamw run.ckpt run.safetensors \\
    --hyperparameters '{"alpha": 2, "beta3": 0.9999}' --names names.json
  scripts/convert from optax run.pkl run.safetensors \\
    --hyperparameters '{"learningRate": 0.001}'
  scripts/convert to bitsandbytes run.safetensors run.pt

peers:
  apple               the PyTorch optimizer of apple/ml-ademamix
  pytorch_optimizer   AdEMAMix of the package of this name
  bitsandbytes        AdEMAMix with 32-bit state
  adamw               AdamW of PyTorch
  optax               optax.contrib.ademamix

files:
  For PyTorch a file of torch.save with optimizer.state_dict(), or with a dictionary
  that has it under some key, as Lightning's. model.state_dict() may be beside it or
  in the file --model. Files are read without PyTorch, and cannot run code. For optax a pickle of
  {"params": params, "opt_state": opt_state}; a pickle can run code, so convert only
  your own.

names:
  Optimizers of PyTorch number their tensors. If the file has no names, and several
  tensors have the same shape, give the names in the optimizer's order:
  '["weight", "bias"]', or a file of such JSON.

hyperparameters:
  JSON replaces hyperparameters of the state, for all groups and for single ones:
  '{"learningRate": 0.001, "groups": {"group1": {"weightDecay": 0}}}'

Needs the packages numpy and google-crc32c (75 MB), and jax and optax for optax
(620 MB). Set PYTHON to an interpreter that has them, or they are installed below .build.
"""


class _Parser(argparse.ArgumentParser):
    """Ends with the status of a wrong command line, which is that of the project's other scripts."""

    def __init__(self, **options):
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def error(self, message):
        """Prints the usage and one line."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"convert: {message}\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command in the arguments. For help, or a wrong command, the program ends here."""
    parser = _parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        parser.exit(USAGE)
    # Required arguments are checked later, so that an error names an unknown option first.
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.direction is None:
        parser.error("a direction is missing: from or to")
    if options.direction == "to" and options.peer == "optax" and options.like is None:
        parser.error("argument --like: to optax it must name a pickle of the structure to fill")
    for name in ("names", "model", "optimizer_key", "model_key"):
        if options.peer == "optax" and getattr(options, name, None) is not None:
            parser.error(f"argument --{name.replace('_', '-')}: optax's pickles have no need of it")
    if options.direction == "to" and options.peer != "optax" and options.like is not None:
        parser.error("argument --like: it is for optax alone")
    exist = os.path.exists(options.input) and os.path.exists(options.output)
    if exist and os.path.samefile(options.input, options.output):
        parser.error("argument output: it is the input")
    return options


def _json(kind: type):
    """A converter of JSON on the command line, or in a file that the command line names."""

    def value(text: str):
        if not text.lstrip().startswith(("{", "[")):
            try:
                text = Path(text).read_text()
            except (OSError, ValueError) as error:
                raise argparse.ArgumentTypeError(f"neither JSON nor a file of it: {error}") from None
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
        if not isinstance(found, kind):
            what = {list: 'a list, such as ["a", "b"]', dict: 'an object, such as {"alpha": 2}'}
            raise argparse.ArgumentTypeError(f"not {what[kind]}")
        return found

    return value


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="scripts/convert", description=_DESCRIPTION, epilog=_EXAMPLES)
    directions = parser.add_subparsers(dest="direction", parser_class=_Parser)
    for direction, text in (("from", "a peer's file to a checkpoint"), ("to", "the way back")):
        command = directions.add_parser(direction, help=text)
        command.add_argument("peer", choices=PEERS)
        command.add_argument("input")
        command.add_argument("output")
        command.add_argument(
            "--names", type=_json(list), help="the tensors' names in the optimizer's order"
        )
        if direction == "to":
            command.add_argument("--like", help="for optax: a pickle of the structure to fill")
            continue
        command.add_argument("--model", help="the model's file, if it is another")
        command.add_argument("--hyperparameters", type=_json(dict), help="see scripts/convert --help")
        keys = "in the file, such as optimizer_states.0"
        command.add_argument("--optimizer-key", help=f"where the optimizer's state is {keys}")
        command.add_argument("--model-key", help="where the model's state is in its file")
    return parser
