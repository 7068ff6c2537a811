# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile files of PyTorch, each of which is refused in a line that names it."""

import os
import pickle
import zipfile

import numpy as np
from interchange import torch_archive, torch_archive_writing

from .support import FIXTURES, Conversions, adamw


class _Call:
    """An object that a pickle has as a call of a function."""

    def __init__(self, function, *arguments):
        self._made = function, arguments

    def __reduce__(self):
        return self._made


def _zip(path, data: bytes, *records, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", data)
        for name, content in records:
            archive.writestr(f"archive/{name}", content)
    return path


_MAKE = torch_archive.Foreign("torch._utils._rebuild_tensor_v2")


def _with_moment(shape, stride, offset=0) -> dict:
    """A state whose first moment is a view of 4 numbers, with this shape, stride and offset."""
    elements = torch_archive_writing.Record(np.zeros(4, np.float32))
    moment = _Call(_MAKE, elements, offset, shape, stride, False, {})
    return _with(adamw()["state"][0], exp_avg=moment)


class FilesOfPyTorch(Conversions):
    def test_never_run_anything(self):
        mark = self.folder / "mark"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            content = adamw() | {"x": _Call(os.mkdir, str(mark))}
            for tensors in content["state"].values():
                tensors |= {"exp_avg": 1, "exp_avg_sq": 1}
            path = _zip(self.folder / "in.pt", pickle.dumps(content, protocol))
            self.refused(path, "is 1, not a tensor")
            self.assertFalse(mark.exists())

    def test_that_are_none_are_refused(self):
        whole = (FIXTURES / "twins-named.pt").read_bytes()
        path = self.folder / "in.pt"
        for content in (b"", b"text", whole[:200], whole[:-30], whole[100:], b"PK\3\4" + b"\0" * 40):
            path.write_bytes(content)
            self.refused(path, "no whole file of torch.save")
        self.refused(_zip(path, pickle.dumps([1])), "holds [1], not a dictionary")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/code", b"")
        self.refused(path, "no data.pkl")
        self.refused(self.folder, "Is a directory")
        self.refused(self.folder / "none.pt", "there is no such file")

    def test_that_are_damaged_anywhere_are_read_or_refused(self):
        whole = (FIXTURES / "twins-named.pt").read_bytes()
        path = self.folder / "in.pt"
        random = np.random.default_rng(1)
        for _ in range(150):
            damaged = bytearray(whole)
            for position in random.integers(0, len(whole), 3):
                damaged[position] = random.integers(256)
            path.write_bytes(damaged)
            status, said = self.convert(
                "from", "adamw", path, self.output, "--hyperparameters", '{"alpha": 2, "beta3": 0.9}'
            )
            self.assertIn(status, (0, 1))
            self.assertEqual(status == 0, self.output.exists(), said)
            self.output.unlink(missing_ok=True)

    def test_have_tensors_that_lie_in_their_storage(self):
        for shape, stride, offset, words in (
            ((2**62,), (0,), 0, "shape (4611686018427387904,)"),
            ((2**40,), (0,), 0, "lies outside the 4 elements"),
            ((2, 2), (2**62, 2**62), 0, "lies outside"),
            ((2, 2), (4, 1), 0, "lies outside"),
            ((2,), (1,), 3, "lies outside"),
            ((2,), (-1,), 0, "strides (-1,)"),
            ((-2,), (1,), 0, "shape (-2,)"),
            ((2,), (1,), -1, "offset -1"),
            ((2,), (True,), 0, "strides (True,)"),
            ((2,), (1, 1), 0, "strides (1, 1)"),
            ((10**4000,), (1,), 0, "shape"),
            ((10**5000,), (1,), 0, "shape"),
            ((0, 2**40, 2**40), (1, 1, 1), 0, "shape"),
            ((1,) * 40, (1,) * 40, 0, "shape"),
            ("ab", (1, 1), 0, "no whole file"),
        ):
            self.refused(self.saved(_with_moment(shape, stride, offset)), words)

    def test_have_storages_of_real_numbers(self):
        path = self.saved(adamw())
        with zipfile.ZipFile(path) as archive:
            pickled = archive.read("archive/data.pkl")
        for storage, words in (
            ("LongStorage", "'exp_avg' of 'w' is of int64: parameters and moments are real numbers"),
            ("QInt8Storage", "is of QInt8Storage"),
            ("UntypedStorage", "is of None"),
            ("DoubleStorage", "has 20 bytes, not those of 6 float64"),
        ):
            changed = pickled.replace(b"FloatStorage", storage.encode())
            self.refused(_zip(path, changed, *((f"data/{n}", b"\0" * 20) for n in range(4))), words)
        self.refused(_zip(path, pickled), "no record 'data/0'")

    def test_take_no_memory_that_they_have_not(self):
        path = self.folder / "in.pt"
        for data, words in (
            # Python's unpickler in C would allocate a table as long as this index of the memo.
            (b"\x80\x02}r\xff\xff\xff\x7f.", "no optimizer's state"),
            (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}.", "no optimizer's state"),
            (b"\x80\x02\x8b\xff\xff\xff\x7f.", "no whole file of torch.save"),
            (b"(" * 10**6 + b".", "no whole file of torch.save"),
            (b"\x80\x02" + b"](" * 10**5 + b"e" * 10**5 + b".", "not a dictionary"),
        ):
            self.refused(_zip(path, data), words)

    def test_are_not_unpacked(self):
        path = _zip(self.folder / "in.pt", pickle.dumps({}), compression=zipfile.ZIP_DEFLATED)
        self.refused(path, "compressed")

    def test_have_no_record_twice(self):
        path = self.folder / "in.pt"
        with self.assertWarns(UserWarning):
            _zip(path, pickle.dumps({}), ("data/0", b""), ("data/0", b""))
        self.refused(path, "a record occurs twice")

    def test_have_records_that_lie_apart(self):
        path = self.folder / "in.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({}))
            archive.writestr("archive/data/0", b"1234")
            archive.filelist[1].header_offset = archive.filelist[0].header_offset
        self.refused(path, "records overlap")

    def test_have_elements_in_the_byte_order_that_they_say(self):
        optimizer = adamw(params=[0], param_names=["w"])
        values = np.arange(6, dtype=np.float32).reshape(3, 2)
        with zipfile.ZipFile(self.saved({"model": {"w": values}, "optimizer": optimizer})) as archive:
            records = {name.removeprefix("archive/"): archive.read(name) for name in archive.namelist()}
        pickled = records.pop("data.pkl")
        path = self.folder / "in.pt"
        swapped = {
            name: np.frombuffer(content, ">f4").astype("<f4").tobytes()
            for name, content in records.items()
            if name.startswith("data/")
        }
        _zip(path, pickled, *(records | swapped | {"byteorder": b"big"}).items())
        self.assertEqual(self.converted(path).parameters["w"].tolist(), values.tolist())
        _zip(path, pickled, *(records | {"byteorder": b"middle"}).items())
        self.output.unlink()
        self.refused(path, "the byte order is b'middle'")

    def test_have_not_one_storage_under_many_names(self):
        names = [f"w{index}" for index in range(200)]
        values = np.ones(2**14, np.float32)
        states = {index: {"step": 5, "exp_avg": values, "exp_avg_sq": values} for index in range(200)}
        optimizer = adamw(params=list(states), param_names=names) | {"state": states}
        self.refused(self.saved(optimizer), "more than 4 times its size")

    def test_have_the_structure_of_an_optimizer(self):
        state = adamw()
        first = state["state"][0]
        for content, words in (
            ({"state": [], "param_groups": []}, "'state' is []"),
            (state | {"param_groups": {}}, "'param_groups' are {}"),
            (state | {"param_groups": [{"params": 3}]}, "'param_groups' are"),
            (state | {"param_groups": [3]}, "'param_groups' are [3]"),
            (adamw(params=[0, "b"]), "neither numbers nor names"),
            (adamw(params=[0, 0]), "a tensor twice"),
            (adamw(params=[[], []]), "neither numbers nor names"),
            (adamw(param_names=["w"]), "1 'param_names' for 2 'params'"),
            (adamw(param_names=["w", 3]), "3 is no name"),
            (adamw(param_names=["w", ""]), "'' is no name"),
            (adamw(param_names=["w", "\ud800"]), "is no Unicode"),
            (adamw(param_names=["w", "w"]), "'w' occurs twice"),
            (state | {"state": {0: 3}}, "the state of tensor 0 is 3"),
            (state | {"state": {0: {"step": 5}}}, "never had a gradient"),
            (_with(first, exp_avg=3), "'exp_avg' of 'w' is 3, not a tensor"),
            (_with(first, exp_avg=None), "no fast moment"),
            (_with(first, exp_avg_sq=None), "no second moment"),
            (_with(first, exp_avg_sq=-first["exp_avg_sq"]), "negative"),
            (_with(first, exp_avg=np.ones((2, 3), np.float32)), "differ in shape"),
            (_with(first, exp_avg=np.ones((3, 2))), "an optimizer has one type"),
        ):
            self.refused(self.saved(content), words)

    def test_have_numbers_that_can_be(self):
        huge = 10**400
        for name, value, words in (
            *(("lr", value, "'lr' is") for value in (None, "1", True, [], float("nan"), huge)),
            ("lr", np.ones(2, np.float32), "one number"),
            ("lr", -0.5, "learningRate is -0.5: it must be at least 0"),
            ("eps", float("inf"), "'eps' is inf"),
            ("weight_decay", {}, "'weight_decay' is {}"),
            ("betas", 0.9, "betas 0.9: it must have 2"),
            ("betas", (0.9, "b"), "'betas[1]' is 'b'"),
            ("betas", (1.0, 0.9), "beta1 is 1.0: it must lie in 0 ..< 1"),
            ("betas", (0.9, float("nan")), "must be a finite number"),
            ("amsgrad", "no", "'amsgrad' is 'no': it must be true or false"),
            ("maximize", 0.5, "'maximize' is 0.5"),
        ):
            self.refused(self.saved(adamw(**{name: value})), words)

    def test_have_counts_that_can_be(self):
        steps = [-1, 0.5, True, "5", None, float("nan"), float("inf"), 2**53 + 2, 10**400, []]
        steps += [np.array(-1.0), np.array(2.5, np.float32), np.ones(2, np.float32)]
        for step in steps:
            if step is None:
                continue
            state = adamw()
            for tensors in state["state"].values():
                tensors["step"] = step
            self.refused(self.saved(state), "'step' is")
        state = adamw()
        state["state"][0]["step"] = np.array(6.0, np.float32)
        self.refused(self.saved(state), "different steps")

    def test_have_names_that_do_not_write_to_the_terminal(self):
        path = self.saved(adamw(param_names=["w", "\x1b[31mred"], params=[0, 7]))
        status, said = self.convert(
            "from", "adamw", path, self.output, "--hyperparameters", '{"alpha": 2}'
        )
        self.assertEqual(status, 1)
        self.assertNotIn("\x1b", said)
        self.assertIn("\\x1b[31mred", said)


def _with(first: dict, **values) -> dict:
    state = adamw()
    state["state"][0] = first | values
    return state
