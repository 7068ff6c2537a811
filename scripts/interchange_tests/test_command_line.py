# SPDX-License-Identifier: Apache-2.0
"""The command line is checked, and an installation announced, before a package is installed."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

_SCRIPTS = Path(__file__).resolve().parents[1]


class CommandLine(unittest.TestCase):
    """A copy of scripts/convert, with a Python that has no packages and can get none."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(_SCRIPTS / "interchange", self.root / "scripts/interchange")
        shutil.copy(_SCRIPTS / "convert", self.root / "scripts/convert")
        self.python = self.root / "python"
        self.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def run_convert(self, *arguments, **environment) -> subprocess.CompletedProcess:
        """Runs the script in another folder, which has a module with a name that the script imports."""
        elsewhere = self.root / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "argparse.py").write_text("raise SystemExit('imported from the folder')")
        variables = {"PATH": os.environ["PATH"], "PYTHON": str(self.python), "PIP_NO_INDEX": "1"}
        return subprocess.run(
            [self.root / "scripts/convert", *arguments],
            cwd=elsewhere,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_help_is_given_without_packages(self):
        for arguments in (["--help"], ["-h"], ["from", "--help"], ["to", "optax", "-h"]):
            result = self.run_convert(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("usage: scripts/convert", result.stdout)
        self.assertFalse((self.root / ".build").exists())

    def test_a_wrong_command_line_is_refused_without_packages(self):
        for arguments, words in (
            ([], "examples:"),
            (["into"], "'into'"),
            (["from"], "peer"),
            (["from", "adam", "a", "b"], "argument peer: invalid choice: 'adam'"),
            (["from", "apple", "a"], "required: output"),
            (["from", "apple", "a", "b", "c"], "unrecognized arguments: c"),
            (["from", "apple", "a", "b", "--name", "[]"], "unrecognized arguments: --name"),
            (["from", "apple", "a", "b", "--names", "{}"], "argument --names: not a list"),
            (["from", "apple", "a", "b", "--names", "[a"], "argument --names: not JSON"),
            (["from", "apple", "a", "b", "--names", "no/file"], "argument --names: neither"),
            (["from", "apple", "a", "b", "--names", "[" * 5000], "argument --names: not JSON"),
            (
                ["from", "apple", "a", "b", "--hyperparameters", "[]"],
                "--hyperparameters: not an object",
            ),
            (["from", "optax", "a", "b", "--model-key", "x"], "argument --model-key"),
            (["to", "optax", "a", "b"], "argument --like"),
            (["to", "apple", "a", "b", "--like", "c"], "argument --like"),
            (["to", "apple", "a", "b", "--model", "c"], "unrecognized arguments: --model c"),
            (["to", "apple", str(self.python), str(self.python)], "argument output: it is the input"),
        ):
            result = self.run_convert(*arguments)
            self.assertEqual((result.returncode, result.stdout), (64, ""), arguments)
            self.assertIn(words, result.stderr)
            self.assertNotIn("Traceback", result.stderr)
        self.assertFalse((self.root / ".build").exists())

    def test_what_is_installed_is_said_before(self):
        for peer, words in (("apple", ["numpy", "google-crc32c", " MB)"]), ("optax", ["jax", " MB)"])):
            result = self.run_convert("from", peer, "a", "b")
            self.assertEqual(result.returncode, 1)
            first, last = result.stderr.splitlines()[0], result.stderr.splitlines()[-1]
            for word in (*words, "installing", str(self.root / ".build/python"), "PYTHON"):
                self.assertIn(word, first)
            self.assertIn("has failed", last)
            self.assertNotIn("torch==", first)
            made = [path.name for path in (self.root / ".build/python").iterdir()]
            self.assertTrue(all(name.startswith("pip-") for name in made), made)

    def test_an_interpreter_that_has_all_is_used_as_it_is(self):
        result = self.run_convert(
            "from", "apple", "a", "b", PYTHON=sys.executable, PYTHONPATH=os.pathsep.join(sys.path)
        )
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "convert: a: there is no such file or folder\n")
        self.assertFalse((self.root / ".build").exists())
