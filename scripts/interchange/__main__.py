# SPDX-License-Identifier: Apache-2.0
"""Converts checkpoints of the Swift library from and to those of optimizers in Python."""

import argparse
import pickle
import sys
import warnings
from pathlib import Path

from . import command_line, packages
from .errors import InterchangeError, InterchangeNote, note


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line. Returns 0 if the conversion succeeded."""
    options = command_line.parse(arguments)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InterchangeNote)
        try:
            _provide(options.peer)
            (_convert_from if options.direction == "from" else _convert_to)(options)
            error = None
        except FileNotFoundError as failure:
            error = f"{failure.filename}: there is no such file or folder"
        except MemoryError:
            error = f"{options.input}: there is not enough memory for it"
        except OSError as failure:
            place = "" if failure.filename is None else f"{failure.filename}: "
            error = f"{place}{failure.strerror or failure}"
        except (InterchangeError, packages.PackageError) as failure:
            error = failure
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"note: {_printable(text)}", file=sys.stderr)
    if error is not None:
        print(f"convert: {_printable(str(error))}", file=sys.stderr)
        return 1
    return 0


def _provide(peer: str) -> None:
    """Installs the packages that a conversion to or from a peer imports, if they are missing."""
    folder = Path(__file__).parent
    wanted = packages.listed(folder / "requirements.txt")
    found = []
    if peer == "optax":
        family = packages.listed(folder / "requirements-optax.txt")
        wanted = [one for one in wanted if one.name not in {other.name for other in family}]
        found += packages.provide("convert", family)
    found += packages.provide("convert", wanted, together=False)
    sys.path[:0] = map(str, found)


def _convert_from(options: argparse.Namespace) -> None:
    from . import checkpoint

    if options.peer == "optax":
        from . import optax

        content = _pickled(options.input)
        place, arguments = options.input, (content["params"], content["opt_state"])
        read = optax.read
    else:
        from . import torch_files

        found = torch_files.load(options.input, options.model, options.optimizer_key, options.model_key)
        place, arguments = found.place, (found.optimizer, found.model, options.names)
        read = _torch_peer(options.peer).read
    try:
        state = read(*arguments, options.hyperparameters)
        checkpoint.save(options.output, state)
    except InterchangeError as error:
        raise InterchangeError(f"{place}: {error}") from error


def _convert_to(options: argparse.Namespace) -> None:
    from . import checkpoint, files

    state = checkpoint.load(options.input)
    like = _pickled(options.like) if options.peer == "optax" else None
    try:
        if options.peer == "optax":
            from . import optax

            params, opt_state = optax.write(state, like["params"], like["opt_state"])
            content = pickle.dumps({"params": params, "opt_state": opt_state})
            files.replace(options.output, lambda file: file.write(content))
            return
        from . import torch_files, torch_writing

        if options.names is None:
            torch_writing.note_order(state)
        else:
            state = torch_writing.reordered(state, options.names)
        if state.parameters is None:
            note("the checkpoint has no parameters: the file has no model")
        written = _torch_peer(options.peer).write(state)
    except InterchangeError as error:
        raise InterchangeError(f"{options.input}: {error}") from error
    torch_files.save(options.output, written, state.parameters)


def _torch_peer(name: str):
    from . import adamw, apple, bitsandbytes, pytorch_optimizer

    peers = (adamw, apple, bitsandbytes, pytorch_optimizer)
    return {peer.__name__.rpartition(".")[2]: peer for peer in peers}[name]


def _pickled(path: str) -> dict:
    """The content of a pickle. Loading it may run code, so it must be the user's own."""
    content = Path(path).read_bytes()
    try:
        found = pickle.loads(content)
    except Exception as error:  # of any class that the pickle names
        raise InterchangeError(
            f"{path}: it cannot be unpickled ({type(error).__name__}: {str(error):.200})"
        ) from error
    if not isinstance(found, dict) or not {"params", "opt_state"} <= set(found):
        raise InterchangeError(f'{path}: it is no pickle of {{"params": …, "opt_state": …}}')
    return found


def _printable(text: str) -> str:
    """A text as one printable line: a file may give its tensors any names."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


if __name__ == "__main__":
    sys.exit(main())
