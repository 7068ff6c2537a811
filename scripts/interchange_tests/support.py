# SPDX-License-Identifier: Apache-2.0
"""Conversions in a folder of their own, and the files that tests begin with."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np
from interchange import __main__ as converter
from interchange import checkpoint, torch_archive_writing

FIXTURES = Path(__file__).parent / "fixtures"
ALPHA = ["--hyperparameters", '{"alpha": 2, "beta3": 0.999}']


class Conversions(unittest.TestCase):
    """Runs the command line in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "out.safetensors"

    def convert(self, *arguments) -> tuple[int, str]:
        """The status and the printed text."""
        with contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                status = converter.main([str(argument) for argument in arguments])
            except SystemExit as end:
                status = end.code
        return status, said.getvalue()

    def converted(self, path, *arguments) -> checkpoint.Checkpoint:
        """The checkpoint that a file of AdamW becomes."""
        status, said = self.convert("from", "adamw", path, self.output, *ALPHA, *arguments)
        self.assertEqual(status, 0, said)
        return checkpoint.load(self.output)

    def refused(self, path, *words, peer="adamw", options=()) -> None:
        """Expects one line with these words and the file's name, and neither an output nor a file beside it."""
        before = sorted(self.folder.iterdir())
        given = [*(ALPHA if peer == "adamw" else []), *options]
        status, said = self.convert("from", peer, path, self.output, *given)
        error = said.strip().splitlines()[-1]
        self.assertEqual(status, 1, said)
        for word in (str(path), *words):
            self.assertIn(word, error)
        self.assertLess(len(error), 1500)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def saved(self, content, name="in.pt") -> Path:
        """A file of torch.save with tensors in place of arrays."""
        torch_archive_writing.write(self.folder / name, content)
        return self.folder / name


def adamw(**options) -> dict:
    """The state of AdamW for the tensors w and b, with names."""
    group = {
        "lr": 0.5, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1, "amsgrad": False,
        "params": [0, 1], "param_names": ["w", "b"],
    }  # fmt: skip
    return {
        "state": {
            index: {
                "step": 5,
                "exp_avg": np.full(shape, 1.0, np.float32),
                "exp_avg_sq": np.full(shape, 4.0, np.float32),
            }
            for index, shape in enumerate(((3, 2), (2,)))
        },
        "param_groups": [group | options],
    }
