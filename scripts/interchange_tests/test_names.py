# SPDX-License-Identifier: Apache-2.0
"""The state of a tensor goes to that tensor, or is refused."""

import json

import numpy as np
from interchange import checkpoint, torch_archive

from .support import ALPHA, FIXTURES, Conversions, adamw


def _moments(state: checkpoint.Checkpoint) -> dict[str, float]:
    """The first element of each fast moment. The second moment must be 4 times it."""
    for moments in state.moments.values():
        assert (moments.second == 4 * moments.fast).all()
    return {name: float(moments.fast.flat[0]) for name, moments in state.moments.items()}


class StateOfPyTorch(Conversions):
    def test_without_names_is_refused_where_two_tensors_have_one_shape(self):
        for name in ("twins-unnamed", "groups-unnamed", "other-keys"):
            words = "'a', 'b' have the same shape", '--names \'["a", "b"]\''
            self.refused(FIXTURES / f"{name}.pt", *words)

    def test_goes_by_the_names_that_are_given(self):
        given = self.folder / "names.json"
        given.write_text('["b", "a"]')
        for name in ("twins-unnamed", "groups-unnamed", "other-keys"):
            for names in ('["b", "a"]', given):
                state = self.converted(FIXTURES / f"{name}.pt", "--names", names)
                self.assertEqual(_moments(state), {"b": 2, "a": 1})

    def test_goes_by_the_names_that_it_has(self):
        state = self.converted(FIXTURES / "twins-named.pt")
        self.assertEqual(_moments(state), {"b": 2, "a": 1})

    def test_goes_by_shapes_where_they_tell_tensors_apart(self):
        for name in ("shapes-unnamed", "shapes-tied", "shapes-buffer", "shapes-bfloat16"):
            state = self.converted(FIXTURES / f"{name}.pt")
            self.assertEqual(_moments(state), {"w": 1, "b": 2})
            self.assertEqual(state.parameters["w"].tolist(), [[7, 7]] * 3)

    def test_says_which_tensors_are_left_out(self):
        for name, left in (("shapes-tied", "head.w"), ("shapes-buffer", "mean")):
            _, said = self.convert("from", "adamw", FIXTURES / f"{name}.pt", self.output, *ALPHA)
            self.assertIn(f"'{left}' is not in the optimizer: left out", said)

    def test_loses_the_names_of_wrappers(self):
        for name in ("twins-compiled", "twins-sharded"):
            state = self.converted(FIXTURES / f"{name}.pt")
            self.assertEqual(_moments(state), {"b": 2, "a": 1})
            self.assertEqual(set(state.parameters), {"a", "b"})

    def test_of_lightning_is_found_beside_objects_of_unknown_classes(self):
        state = self.converted(FIXTURES / "lightning.pt")
        self.assertEqual(_moments(state), {"model.b": 2, "model.w": 1})

    def test_of_two_optimizers_needs_a_key(self):
        path = FIXTURES / "two-optimizers.pt"
        self.refused(path, "'optimizer_states.0', 'optimizer_states.1'", "--optimizer-key")
        state = self.converted(path, "--optimizer-key", "optimizer_states.1")
        self.assertEqual(_moments(state), {"b": 2})
        self.refused(path, "no '2' among '0', '1'", options=["--optimizer-key", "optimizer_states.2"])

    def test_takes_a_number_of_numpy_as_one(self):
        state = self.converted(FIXTURES / "foreign-rate.pt")
        rate = state.groups[0].hyperparameters["learningRate"]
        self.assertEqual(rate, {"constant": {"value": 0.5}})

    def test_reads_elements_in_the_order_of_their_strides(self):
        state = self.converted(FIXTURES / "shapes-transposed.pt")
        self.assertEqual(state.parameters["w"].tolist(), [[0, 3], [1, 4], [2, 5]])

    def test_is_refused_where_a_whole_model_was_pickled(self):
        self.refused(FIXTURES / "foreign-model.pt", "torch.nn.modules.linear.Linear", "--model")

    def test_is_looked_for_in_vain_with_the_option_that_helps(self):
        self.refused(FIXTURES / "no-optimizer.pt", "'state_dict', 'optimiser'", "--optimizer-key")

    def test_is_refused_with_names_in_another_order(self):
        words = "'w' has another shape than its moments, [2]", "--names"
        self.refused(FIXTURES / "shapes-unnamed.pt", *words, options=["--names", '["w", "b"]'])

    def test_goes_to_no_tensor_twice(self):
        optimizer = adamw()
        del optimizer["param_groups"][0]["param_names"]
        model = {"w": np.ones((3, 2), np.float32)}
        self.refused(self.saved({"model": model, "optimizer": optimizer}), "no tensor of shape [2]")
        optimizer["state"][1] = optimizer["state"][0]
        self.refused(self.saved({"model": model, "optimizer": optimizer}), "'w' is the one tensor of")

    def test_of_no_step_goes_to_all_tensors_of_the_model(self):
        optimizer = adamw() | {"state": {}}
        group = optimizer["param_groups"][0]
        del group["param_names"]
        model = {name: np.ones((3, 2), np.float32) for name in ("w", "b")}
        state = self.converted(self.saved({"model": model, "optimizer": optimizer}))
        self.assertEqual(list(state.groups[0].tensors), ["w", "b"])
        self.assertEqual(state.moments["w"].slow.tolist(), [[0, 0]] * 3)
        more = {"model": model | {"v": model["w"].copy()}, "optimizer": optimizer}
        self.refused(self.saved(more), "2 tensors where the model has 3")
        groups = [group | {"params": [0]}, group | {"params": [1]}]
        apart = {"model": model, "optimizer": optimizer | {"param_groups": groups}}
        self.refused(self.saved(apart), "has no names", "--names")

    def test_without_a_model_needs_names(self):
        content = torch_archive.read(FIXTURES / "twins-unnamed.pt")
        optimizer = content["optimizer"]
        for state in optimizer["state"].values():
            for key in ("exp_avg", "exp_avg_sq"):
                state[key] = np.array(state[key].elements())
            state["step"] = 5
        self.refused(self.saved(optimizer), "has no names", "--names")


class WayBack(Conversions):
    def test_has_the_order_that_is_asked_for(self):
        self.converted(FIXTURES / "twins-named.pt")
        back = self.folder / "back.pt"
        for names in (["a", "b"], ["b", "a"]):
            status, said = self.convert("to", "apple", self.output, back, "--names", json.dumps(names))
            self.assertEqual((status, said), (0, ""))
            written = torch_archive.read(back)["optimizer"]
            self.assertEqual(written["param_groups"][0]["param_names"], names)
            for index, name in enumerate(names):
                value = written["state"][index]["exp_avg_fast"].elements()
                self.assertTrue((value == {"a": 1, "b": 2}[name]).all())

    def test_says_the_order_where_shapes_do_not_tell(self):
        self.converted(FIXTURES / "twins-named.pt")
        status, said = self.convert("to", "apple", self.output, self.folder / "back.pt")
        self.assertEqual(status, 0)
        self.assertIn("in the order 'b', 'a'; give its own order with --names", said)

    def test_is_refused_with_names_of_other_tensors(self):
        self.converted(FIXTURES / "twins-named.pt")
        for names, words in (
            ('["a"]', "the checkpoint's 'b' is not among them"),
            ('["a", "b", "c"]', "the checkpoint has no 'c'"),
            ('["a", "b", "a"]', "'a' occurs twice"),
            ('["a", 3]', "3 is no name"),
        ):
            back = self.folder / "back.pt"
            status, said = self.convert("to", "apple", self.output, back, "--names", names)
            self.assertEqual(status, 1)
            self.assertIn(words, said)
            self.assertFalse(back.exists())

    def test_to_each_peer_and_home_again_has_the_same_bits(self):
        before = self.converted(FIXTURES / "shapes-unnamed.pt")
        for peer in ("apple", "pytorch_optimizer", "bitsandbytes"):
            back, home = self.folder / "back.pt", self.folder / "home.safetensors"
            for arguments in (("to", peer, self.output, back), ("from", peer, back, home)):
                # The slow moment counts steps from 0, which makes no difference without warm-ups.
                status, said = self.convert(*arguments)
                self.assertEqual(status, 0, said)
            after = checkpoint.load(home)
            self.assertEqual(after.parameters.keys(), before.parameters.keys())
            for name, moments in before.moments.items():
                self.assertEqual(after.parameters[name].tobytes(), before.parameters[name].tobytes())
                for kind in ("fast", "slow", "second"):
                    found = getattr(after.moments[name], kind)
                    self.assertEqual(found.tobytes(), getattr(moments, kind).tobytes())
