# SPDX-License-Identifier: Apache-2.0
"""Values from other implementations, after twenty steps of three parameters.

The parameters start at (1, -2, 0.5); the gradient of element i at step t = 1, 2, ... is
(((7 t + 3 i) mod 11) - 5) / 10. Cases A, B, E, F, G and H are what optax 0.2.8 computes under x64,
and C what pytorch_optimizer 4.1.0 computes in float64. H is the simplified form; its authors' own
code, DepenM/Simplified-AdEMAMix, gives the same. D is C with optax's clock; optax itself agrees
with it to 7e-8, as it evaluates schedules in float32. C' is C as apple/ml-ademamix c3d73c0 computes
it, the authors' PyTorch code, which adds 1e-8 to a rate before taking its logarithm.
"""

import numpy as np

from . import equations
from .schedules import half_life, linear

TOLERANCE = 1e-13
AUTHORS_TOLERANCE = 3e-7

_PAPER = {"alpha": linear(0.0, 8.0, 10), "beta3": half_life(0.9, 0.9999, 10), "weightDecay": 0.1}

_CASES = [
    ("A", "fromZero", {},
     [0.98999500050025, -2.0100049997999, 0.5100049996665],
     [0.9648020187275135, -2.034779203450788, 0.5188139019429692]),
    ("B", "fromZero", {"weightDecay": 0.1},
     [0.98899500050025, -2.0080049997999, 0.5095049996665],
     [0.9454966075409273, -1.994603713597362, 0.508656126717795]),
    ("C", "fromOne", _PAPER,
     [0.9889920717967365, -2.0080079285035013, 0.5095079283700622],
     [0.9445839742684402, -1.996345141747837, 0.509306111435747]),
    ("C'", "fromOne", _PAPER,
     [0.9889920725825485, -2.0080079277176894, 0.5095079275842502],
     [0.9445840838987111, -1.996344967782933, 0.5093060295276922]),
    ("D", "fromZero", _PAPER,
     [0.9890000004999999, -2.0079999998, 0.5094999996666667],
     [0.8705199342767874, -2.1715367779381753, 0.616801402228348]),
    ("E", "fromZero", {"beta1": 0.0},
     [0.98999500050025, -2.0100049997999, 0.5100049996665],
     [0.9828062203215764, -1.9934700287387366, 0.5214194992698419]),
    ("F", "fromZero", {"epsilonRoot": 1e-4},
     [0.9900074833485296, -2.01000299940008, 0.5099994459611966],
     [0.9648275697808598, -2.0347665442441105, 0.5188039212345316]),
    ("G", "fromZero", {"alpha": 0.0, "weightDecay": 0.1},
     [0.9890000004999999, -2.0079999998, 0.5094999996666667],
     [0.9456322642156113, -1.9944768010439602, 0.50858844319103]),
    ("H", "fromZero", {"learningRate": 1e-3, "alpha": 0.5, "weightDecay": 0.1},
     [0.998400000075, -2.00129999997, 0.50144999995],
     [0.9721803829753909, -2.019006889800885, 0.5127193598246136], "simplified"),
]  # fmt: skip


def fixtures():
    """The content of published.json, after checking the equations against it."""
    return [_checked(*case) for case in _CASES]


def _checked(name, clock, changes, after1, after20, form=None):
    make = equations.simplified if form == "simplified" else equations.hyperparameters
    hyper = make(**changes)
    gradients = [[(((7 * t + 3 * i) % 11) - 5) / 10 for i in range(3)] for t in range(1, 21)]
    history = equations.trajectory(hyper, clock, True, [1.0, -2.0, 0.5], gradients, (1, 20))
    tolerance = AUTHORS_TOLERANCE if name == "C'" else TOLERANCE
    np.testing.assert_allclose(
        history["parameters"], [after1, after20], rtol=tolerance, atol=0, err_msg=name
    )
    entry = {
        "name": name,
        "clock": clock,
        "hyperparameters": hyper,
        "after1": after1,
        "after20": after20,
        "tolerance": tolerance,
    }
    return entry | {"form": form} if form else entry
