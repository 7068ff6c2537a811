# SPDX-License-Identifier: Apache-2.0
"""Damaged checkpoints and wrong hyperparameters, each of which is refused with a line that says why."""

import errno
import json
from unittest import mock

import numpy as np
from interchange import checkpoint, safetensors_file

from .support import FIXTURES, Conversions, adamw


class HyperparametersOfAPerson(Conversions):
    def test_are_of_the_library_and_of_its_ranges(self):
        path = self.saved(adamw())
        for given, words in (
            ({"alpha": 2, "lr": 1}, "no hyperparameter 'lr'"),
            ({"alpha": "2"}, "alpha is '2'"),
            ({"alpha": True}, "alpha is True"),
            ({"alpha": -1}, "alpha is -1.0"),
            ({"alpha": 2, "beta3": 1}, "beta3 is 1.0: it must lie in 0 ..< 1"),
            ({"alpha": {"cosine": {}}}, "no schedule 'cosine'"),
            ({"alpha": {"constant": 3}}, "this is no schedule"),
            ({"alpha": {"cosineDecay": {"from": 1, "to": 0, "over": 5}}}, "has no 'exponent'"),
            ({"alpha": {"halfLife": {"from": 1, "to": 0.9, "over": 5}}}, "must lie in 0 ..< 1"),
            ({"alpha": {"polynomial": {"from": 0, "to": 1, "over": -5}}}, "whole number of steps"),
            ({"alpha": {"polynomial": {"from": 0, "to": 1, "over": 5, "x": 1}}}, "knows no 'x'"),
            ({"alpha": {"joined": {"schedules": [], "boundaries": []}}}, "0 schedules are joined"),
            ({"alpha": 2, "groups": {"head": {}}}, "no group 'head'"),
            ({"alpha": 2, "groups": []}, '"groups" is []'),
            ({"alpha": 2, "groups": {"group0": 3}}, '"groups" is'),
        ):
            status, said = self.convert(
                "from", "adamw", path, self.output, "--hyperparameters", json.dumps(given)
            )
            self.assertEqual(status, 1, said)
            self.assertIn("--hyperparameters", said)
            self.assertIn(words, said)
            self.assertFalse(self.output.exists())


class Checkpoints(Conversions):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "run.safetensors"
        self.converted(FIXTURES / "shapes-unnamed.pt")
        self.tensors, self.metadata = safetensors_file.read(self.output)
        self.output.unlink()

    def refused_back(self, *words):
        """Expects that a conversion of the checkpoint to AdamW is refused."""
        back = self.folder / "back.pt"
        status, said = self.convert("to", "adamw", self.path, back)
        self.assertEqual(status, 1, said)
        for word in (str(self.path), *words):
            self.assertIn(word, said)
        self.assertFalse(back.exists())

    def test_that_are_none_are_refused(self):
        deep = b"[" * 10**5
        for content in (b"", b"text", b"\xff" * 9, len(deep).to_bytes(8, "little") + deep):
            self.path.write_bytes(content)
            self.refused_back("no safetensors file")
        for header, words in (
            ([], "it has no names"),
            ({"__metadata__": None}, "the metadata is None"),
            ({"__metadata__": {"a": 1}}, "the metadata is"),
            ({}, "no checksums"),
        ):
            text = json.dumps(header).encode()
            self.path.write_bytes(len(text).to_bytes(8, "little") + text)
            self.refused_back(words)

    def test_have_a_record_that_the_library_writes(self):
        whole = json.loads(self.metadata["ademamix.optimizer"])
        tried = 0
        for path in _paths(whole):
            for value in (None, -1, 2**70, float("nan"), "x", True, [], {}, [[]]):
                changed = json.loads(json.dumps(whole))
                parent = changed
                for key in path[:-1]:
                    parent = parent[key]
                if type(parent[path[-1]]) is type(value):
                    continue
                parent[path[-1]] = value
                metadata = self.metadata | {"ademamix.optimizer": json.dumps(changed)}
                safetensors_file.write(self.path, self.tensors, metadata)
                status, said = self.convert("to", "apple", self.path, self.folder / "back.pt")
                self.assertIn(status, (0, 1))
                if status:
                    self.assertIn(str(self.path), said)
                tried += 1
        self.assertGreater(tried, 300)

    def test_have_values_that_a_record_can_have(self):
        group = ("groups", 0)
        for path, value, words in (
            (("order",), ["w", "x"], "'order' is ['w', 'x']"),
            (("clock",), "fromTwo", "'clock' is 'fromTwo'"),
            (("shard",), [0, 3], "shard [0, 3] of 8 elements"),
            (("counts", "steps"), 2**53 + 2, "0 to 2^53"),
            ((*group, "scales", "slow"), 1.5, "scale 'slow' is 1.5"),
            ((*group, "stepCounts", "fast"), -1, "whole number of steps"),
            ((*group, "buffers"), ["m1", "nu"], "'buffers' are ['m1', 'nu']"),
            ((*group, "group", "isFrozen"), 1, "'isFrozen' is 1: it must be true or false"),
            ((*group, "group", "learningRateFactor"), -1, "it must be at least 0"),
            ((*group, "group", "hyperparameters", "beta1"), 1, "it must lie in 0 ..< 1"),
            ((*group, "group", "tensors", 0, "shape"), [-3, 2], "has shape [-3, 2]"),
            ((*group, "group", "tensors", 0, "name"), "w", "'w' occurs twice"),
            ((*group, "group", "storage"), {"fast": "x"}, "there is no 'slow'"),
        ):
            record = json.loads(self.metadata["ademamix.optimizer"])
            parent = record
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
            metadata = self.metadata | {"ademamix.optimizer": json.dumps(record)}
            safetensors_file.write(self.path, self.tensors, metadata)
            self.refused_back(words)

    def test_have_tensors_of_the_shapes_and_types_of_the_record(self):
        for name in ("parameter/w", "m1/w"):
            for values, words in (
                (np.ones((2, 3), np.float32), "has shape [2, 3]: it must be [3, 2]"),
                (np.ones((3, 2)), "is of float64: it must be of float32"),
            ):
                safetensors_file.write(self.path, self.tensors | {name: values}, self.metadata)
                self.refused_back(f"'{name}' {words}")
        for name in ("parameter/w", "m2/w"):
            rest = {key: values for key, values in self.tensors.items() if key != name}
            safetensors_file.write(self.path, rest, self.metadata)
            self.refused_back("w'")

    def test_have_schedules_that_are_not_too_deep(self):
        whole = json.loads(self.metadata["ademamix.optimizer"])
        whole["groups"][0]["group"]["hyperparameters"]["alpha"] = "HERE"
        for depth, words in ((65, "more than 64 deep"), (5000, "nested too deeply"), (64, None)):
            schedule = '{"joined":{"schedules":[' * depth + '{"constant":{"value":1}}'
            schedule += '],"boundaries":[]}}' * depth
            text = json.dumps(whole).replace('"HERE"', schedule)
            metadata = self.metadata | {"ademamix.optimizer": text}
            safetensors_file.write(self.path, self.tensors, metadata)
            if words:
                self.refused_back(words)
        # The conversion evaluates the schedules of the slow moment.
        self.assertEqual(self.convert("to", "apple", self.path, self.folder / "back.pt")[0], 0)
        state = checkpoint.load(self.path)
        checkpoint.save(self.output, state)
        self.assertEqual(checkpoint.load(self.output).groups, state.groups)

    def test_replace_the_old_file_whole_or_not_at_all(self):
        safetensors_file.write(self.path, self.tensors, self.metadata)
        back, home = self.folder / "back.pt", self.folder / "home.safetensors"
        self.assertEqual(self.convert("to", "apple", self.path, back)[0], 0)
        home.write_bytes(b"old")
        whole, files = back.read_bytes(), sorted(self.folder.iterdir())
        with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "no space")):
            for arguments in (("to", "adamw", self.path, back), ("from", "apple", back, home)):
                status, said = self.convert(*arguments)
                self.assertEqual(status, 1)
                self.assertIn("no space", said)
        self.assertEqual((back.read_bytes(), home.read_bytes()), (whole, b"old"))
        self.assertEqual(sorted(self.folder.iterdir()), files)

    def test_need_a_folder(self):
        safetensors_file.write(self.path, self.tensors, self.metadata)
        path = self.folder / "no" / "back.pt"
        status, said = self.convert("to", "adamw", self.path, path)
        self.assertEqual(status, 1)
        self.assertIn(f"{path}: there is no folder {path.parent}", said)

    def test_of_a_model_by_itself_may_have_no_checksums(self):
        values = np.full((3, 2), 7, np.float32)
        header = {
            "w": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]},
            "b": {"dtype": "BF16", "shape": [2], "data_offsets": [24, 28]},
        }
        text = json.dumps(header).encode()
        model = self.folder / "model.safetensors"
        model.write_bytes(len(text).to_bytes(8, "little") + text + values.tobytes() + b"\x80\x3f" * 2)
        state = self.converted(self.saved(adamw()), "--model", model)
        self.assertEqual(state.parameters["w"].tolist(), values.tolist())
        self.assertEqual(state.parameters["b"].tolist(), [1, 1])


def _paths(value, path=()):
    """The paths of all values in JSON."""
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        inner = value[key]
        yield (*path, key)
        yield from _paths(inner, (*path, key))
