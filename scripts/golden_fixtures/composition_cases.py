# SPDX-License-Identifier: Apache-2.0
"""The trajectories of the test suite in which something is composed with AdEMAMix."""

import numpy as np

from . import inputs
from .composition import Composition, Group, Options
from .equations import hyperparameters, simplified
from .schedules import constant, half_life, linear


def _clipping(kind, limit, **values):
    return {"kind": kind, "limit": limit} | values


def _mean(over):
    return {"kind": "mean", "over": over}


def _edit(before_call, name, value, group="all"):
    return {"beforeCall": before_call, "group": group, "name": name, "value": value}


def _with_values(*places):
    """Noisy gradients with other values at places (call, element, value). Calls count from 1."""

    def gradients(random, calls, count):
        rows = inputs.noisy(random, calls, count)
        for call, element, value in places:
            rows[call - 1, element] = value
        return rows

    return gradients


def _surging(random, calls, count):
    """Noisy gradients that are ten times as large in one call."""
    rows = inputs.noisy(random, calls, count)
    rows[calls // 2] *= np.float32(10)
    return rows


def _one_that_agrees(random, calls, count):
    """Positive gradients. In the last call, all but one are a little negative."""
    rows = random.uniform(0.5, 1.5, (calls, count)).astype(np.float32)
    rows[-1, 1:] *= np.float32(-0.125)
    return rows


def _sparse(random, calls, count):
    """Noisy gradients, two thirds of whose rows of five are zero in each call."""
    rows = inputs.noisy(random, calls, count)
    for call in range(calls):
        rows[call, (np.arange(count) // 5 + call) % 3 != 0] = np.float32(0)
    return rows


def _once(random, calls, count):
    """A gradient in the first call, and zero ever after."""
    rows = np.zeros((calls, count), np.float32)
    rows[0] = inputs.noisy(random, 1, count)[0]
    return rows


_NAN, _INFINITY = float("nan"), float("inf")
_SKIP = {"kind": "skipStep", "limit": 3}
_DECAYED = hyperparameters(weightDecay=0.1)

# One group has a beta1 of 0, the other a factor on the learning rate.
_TWO_GROUPS = (
    Group("outer", (0, 2), hyperparameters(learningRate=2e-3, beta1=0.0, alpha=8.0, epsilon=1e-6)),
    Group("inner", (1,), hyperparameters(beta2=0.95, beta3=0.99, alpha=2.0, weightDecay=0.1),
          learning_rate_factor=0.25),
)  # fmt: skip

_FROZEN = (
    Group("trained", (0, 2), _DECAYED),
    Group("frozen", (1,), hyperparameters(weightDecay=0.5), is_frozen=True),
)

# These rates are so far from 1 that the difference between 1 and a float64 schedule is exact enough.
_AFTER_ADAMW = hyperparameters(
    learningRate=linear(1e-2, 2e-3, 24),
    alpha=linear(0.0, 4.0, 8),
    beta3=half_life(0.9, 0.99, 8),
    weightDecay=0.1,
)

ALL = [
    Composition("clip-global-norm", "optax.clip_by_global_norm before AdEMAMix.", _DECAYED,
                Options(clipping=_clipping("globalNorm", 10.5, rule="optax"))),
    Composition("clip-global-norm-torch",
                "torch.nn.utils.clip_grad_norm_ before AdEMAMix, as an equation: a factor of "
                "limit/(norm + 1e-6), at most 1.", _DECAYED,
                Options(clipping=_clipping("globalNorm", 12.0, rule="torch"))),
    Composition("clip-value", "optax.clip before AdEMAMix.", _DECAYED,
                Options(clipping=_clipping("value", 0.5))),
    Composition("clip-block-rms", "optax.clip_by_block_rms before AdEMAMix.", _DECAYED,
                Options(clipping=_clipping("blockRMS", 1.2))),

    Composition("accumulation-mean", "optax.MultiSteps: a step for every four gradients.",
                _DECAYED, Options(accumulation=_mean(constant(4))),
                calls=24, recorded=(3, 24)),
    Composition("accumulation-sum", "optax.MultiSteps without the mean: a step for every three.",
                hyperparameters(), Options(accumulation={"kind": "sum", "over": constant(3)}),
                calls=9, recorded=(9,)),
    Composition("accumulation-scheduled",
                "optax.MultiSteps with a schedule of steps: 1, 2, 2, 3, 4 and 4 gradients, and "
                "two of the next five.",
                hyperparameters(), Options(accumulation=_mean(linear(1.0, 5.0, 6))),
                calls=18, recorded=(8, 18)),

    Composition("skipped-steps", "optax.apply_if_finite, with a NaN and later an infinity.",
                _DECAYED, Options(nonFiniteGradients=_SKIP), calls=6, recorded=(3, 6),
                gradients=_with_values((3, 50, _NAN), (5, 99, -_INFINITY))),
    Composition("zeroed-elements", "optax.zero_nans before AdEMAMix.",
                hyperparameters(), Options(nonFiniteGradients={"kind": "zeroElements"}),
                calls=6, recorded=(6,),
                gradients=_with_values((3, 0, _NAN), (3, 50, _NAN), (4, 99, _NAN))),

    Composition("groups", "optax.partition: two groups with hyperparameters of their own.",
                _TWO_GROUPS),
    Composition("groups-clipped", "optax.clip_by_global_norm before optax.partition.",
                _TWO_GROUPS, Options(clipping=_clipping("globalNorm", 12.0, rule="optax"))),
    Composition("frozen-group",
                "optax.transforms.freeze, then optax.apply_if_finite of clip_by_global_norm and "
                "optax.partition: neither the norm nor the check sees the frozen group.",
                _FROZEN, Options(nonFiniteGradients=_SKIP,
                                 clipping=_clipping("globalNorm", 8.0, rule="optax")),
                gradients=_with_values((2, 45, _NAN), (4, 10, _INFINITY), (5, 40, 1e20))),

    Composition("edited-learning-rate", "optax.inject_hyperparams: new learning rates.",
                _DECAYED, edits=(_edit(3, "learningRate", 2e-2), _edit(6, "learningRate", 1e-3))),
    Composition("edited-weight-decay", "optax.inject_hyperparams: one group's weight decay.",
                _TWO_GROUPS, edits=(_edit(4, "weightDecay", 0.5, "inner"),
                                    _edit(6, "learningRate", 5e-3, "outer"))),
    Composition("edited-beta3", "optax.inject_hyperparams: beta3 falls and rises again.",
                hyperparameters(), edits=(_edit(3, "beta3", 0.9), _edit(6, "beta3", 0.999))),
    Composition("edited-others", "optax.inject_hyperparams: all other hyperparameters.", _DECAYED,
                edits=(_edit(3, "alpha", 2.0), _edit(4, "beta1", 0.8), _edit(5, "beta2", 0.99),
                       _edit(6, "epsilon", 1e-3), _edit(7, "epsilonRoot", 1e-2))),

    Composition("thawed-group",
                "Groups that are frozen and trained in turn, one of which gets a fast average "
                "later: what starts later has clocks of its own. As equations.",
                (Group("early", (0,), hyperparameters(
                     beta1=0.0, alpha=linear(2.0, 8.0, 6), learningRate=linear(1e-2, 1e-3, 8))),
                 Group("late", (1, 2), hyperparameters(
                     alpha=linear(0.0, 5.0, 4), beta3=half_life(0.9, 0.99, 4),
                     learningRate=linear(1e-2, 1e-3, 8), weightDecay=0.1), is_frozen=True)),
                edits=(_edit(4, "isFrozen", 0, "late"), _edit(5, "isFrozen", 1, "early"),
                       _edit(5, "beta1", 0.9, "early"), _edit(6, "isFrozen", 0, "early"),
                       _edit(7, "learningRateFactor", 0.3, "late")),
                recorded=(3, 5, 8)),

    Composition("simplified", "optax.contrib.simplified_ademamix with its defaults.",
                simplified(learningRate=1e-3)),
    Composition("simplified-alpha", "optax.contrib.simplified_ademamix with alpha and decay.",
                simplified(learningRate=1e-3, alpha=10.0, weightDecay=0.1, epsilonRoot=1e-4)),
    Composition("simplified-scheduled-alpha",
                "optax.contrib.simplified_ademamix with a schedule of alpha.",
                simplified(learningRate=1e-3, alpha=linear(20.0, 5.0, 6), weightDecay=0.1)),
    Composition("simplified-warmup",
                "Simplified AdEMAMix with its authors' warm-up of beta1, as an equation.",
                simplified(learningRate=1e-3, beta1=half_life(0.9, 0.99, 6), alpha=10.0,
                           weightDecay=0.1), clock="fromOne"),

    Composition("update-alone", "optax.contrib.scale_by_ademamix, whose alpha is 6.",
                hyperparameters(alpha=6.0), is_update_alone=True),
    Composition("scale-power-of-two", "optax.scale before AdEMAMix.", _DECAYED,
                Options(gradientScale=2.0**-7)),
    Composition("scale-third", "optax.scale, by a number that is not exact, and "
                "optax.clip_by_global_norm of what it gives.", _DECAYED,
                Options(gradientScale=1 / 3, clipping=_clipping("globalNorm", 2.8, rule="optax"))),

    Composition("after-adamw", "optax.adamw, whose averages optax.contrib.ademamix takes over.",
                _AFTER_ADAMW, adamw_calls=8),
    Composition("after-adamw-from-one", "The same with schedules that see 1 first.",
                _AFTER_ADAMW, adamw_calls=8, clock="fromOne"),

    Composition("cautious", "An element moves where its update agrees with its gradient in sign, "
                "as an equation.", _DECAYED, Options(isCautious=True)),
    Composition("cautious-bound", "One of 1200 elements moves, by 1000 times its update.",
                hyperparameters(), Options(isCautious=True), sizes=(1200,), calls=3, recorded=(3,),
                gradients=_one_that_agrees),
    Composition("update-clipping", "StableAdamW's clipping of updates, as an equation.", _DECAYED,
                Options(updateClipping=1.0), gradients=_surging),
    Composition("cautious-update-clipping", "Both, the second moment being short, as equations.",
                hyperparameters(beta2=0.9, weightDecay=0.1, epsilonRoot=1e-2),
                Options(isCautious=True, updateClipping=0.75), gradients=_surging),

    Composition("direction-limit", "Each element of the direction is limited, as an equation.",
                Group("all", (0, 1, 2), hyperparameters(alpha=8.0, weightDecay=0.1),
                      direction_limit=0.75),
                gradients=_surging),
    Composition("direction-limit-idle",
                "The same without gradients after the first call, the second moment being short.",
                Group("all", (0, 1, 2), hyperparameters(beta2=0.9, beta3=0.99),
                      direction_limit=1.25),
                calls=40, recorded=(10, 40), gradients=_once),
    Composition("skipped-zeros",
                "Parameters and moments stay where a gradient is zero, as equations.",
                Group("all", (0, 1, 2), _DECAYED, skips_zero_gradients=True),
                gradients=_sparse),
    Composition("skipped-zeros-groups",
                "The same with accumulated gradients, a limit, and a beta1 of 0 or below 1/2.",
                (Group("plain", (0,), _DECAYED),
                 Group("skips", (1,), hyperparameters(beta1=0.25, beta3=0.99, weightDecay=0.2),
                       skips_zero_gradients=True),
                 Group("both", (2,), hyperparameters(beta1=0.0, beta3=linear(0.5, 0.999, 4)),
                       skips_zero_gradients=True, direction_limit=0.5)),
                Options(accumulation=_mean(constant(2))),
                calls=12, recorded=(5, 12), gradients=_sparse),
    Composition("skipped-zeros-simplified", "The same in the simplified form.",
                Group("all", (0, 1, 2), simplified(learningRate=1e-3, alpha=2.0, weightDecay=0.1),
                      skips_zero_gradients=True, direction_limit=2.0),
                gradients=_sparse),

    Composition("everything",
                "Frozen groups, gradients scaled, checked, accumulated and clipped, and two "
                "groups, one of which is edited.",
                (Group("first", (0,), _DECAYED),
                 Group("frozen", (1,), _DECAYED, is_frozen=True),
                 Group("last", (2,), hyperparameters(learningRate=1e-3, beta1=0.8, beta3=0.99))),
                Options(gradientScale=0.1, accumulation=_mean(constant(2)),
                        nonFiniteGradients=_SKIP,
                        clipping=_clipping("globalNorm", 0.7, rule="optax")),
                edits=(_edit(6, "learningRate", 5e-3, "last"), _edit(8, "beta3", 0.999, "first")),
                calls=12, recorded=(5, 12),
                gradients=_with_values((2, 3, _NAN), (7, 80, _INFINITY), (9, 41, _NAN))),
]  # fmt: skip
