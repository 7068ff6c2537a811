# SPDX-License-Identifier: Apache-2.0
"""Compositions in NumPy float64: the truth that their fixtures hold.

* Caution: Liang et al., 2024, "Cautious Optimizers: Improving Training with One Line of Code". The
  rest of a masked update is scaled up by at most 1000, as in the authors' code.
* Update clipping: Wortsman et al., 2023, "Stable and low-precision training for large-scale
  vision-language models", algorithm 2 (StableAdamW).
* A limit of the direction, and elements that are left alone where their gradient is 0: the clocks
  of these go on, as in TensorFlow's LazyAdam and PyTorch's SparseAdam.
"""

import math
from dataclasses import replace

import numpy as np

from . import schedules
from .equations import QUANTITIES, rate_and_decay, schedule_count

# The sign of an update this close to 0 may differ in float32.
MARGIN = 1e-5


def trajectory(case, parameters, moments, gradients):
    """Runs `case` over the rows of `gradients`, from lists of tensors and their moments.

    Returns, for each of `QUANTITIES`, its arrays after the recorded numbers of calls, and a report
    of each call. The arrays of moments skip tensors that are frozen or have none. An update alone
    is recorded in place of the parameters.
    """
    run = _Run(case, parameters, moments)
    history = {name: [] for name in QUANTITIES}
    reports = []
    for call, row in enumerate(gradients, start=1):
        for edit in case.edits:
            if edit["beforeCall"] == call:
                run.edit(edit)
        reports.append(run.call(case.split(np.asarray(row, dtype=np.float64))))
        if call in case.recorded:
            for name, array in run.quantities().items():
                history[name].append(array)
    return history, reports


class _Run:
    """The state of a composition between two calls. Tensors are lists of arrays."""

    def __init__(self, case, parameters, moments):
        self.case = case
        self.parameters = list(parameters)
        self.moments = moments
        self.updates = [np.zeros_like(tensor) for tensor in parameters]
        self.groups = {group.name: group for group in case.groups}
        self.steps = case.adamw_calls
        self.accumulated = None
        self.accumulated_count = 0
        self.has_moments = set(self.trained)

    @property
    def trained(self):
        """The indices of the tensors that are not frozen."""
        return [index for index in range(len(self.moments)) if not self.group_of(index).is_frozen]

    def group_of(self, tensor):
        """The group of a tensor, as edited."""
        return self.groups[self.case.group_of(tensor).name]

    def edit(self, edit):
        """Gives a property of a group another value."""
        group, name, value = self.groups[edit["group"]], edit["name"], edit["value"]
        if name == "isFrozen":
            group = replace(group, is_frozen=bool(value))
        elif name == "learningRateFactor":
            group = replace(group, learning_rate_factor=value)
        else:
            hyper = group.hyperparameters
            if name == "beta1" and hyper["beta1"] == 0:
                self._start_fast(group)
            if isinstance(hyper[name], dict):
                value = schedules.constant(value)
            group = replace(group, hyperparameters=hyper | {name: value})
        self.groups[group.name] = group
        self.has_moments.update(self.trained)

    def _start_fast(self, group):
        """Starts the fast average of a group that had none."""
        for index in group.tensors:
            self.moments[index].m1 = np.zeros(self.case.sizes[index])
            self.moments[index].fast_steps = 0

    def call(self, gradient):
        """Makes a call with a gradient, and returns the report, with None for values that are not checked."""
        options = self.case.options
        report = {"outcome": "completed", "gradientNorm": None, "clipFactor": None,
                  "zeroedElementCount": 0}  # fmt: skip
        gradient = [
            tensor * options.gradientScale if index in self.trained else np.zeros_like(tensor)
            for index, tensor in enumerate(gradient)
        ]
        finite = [np.isfinite(tensor) for tensor in gradient]
        policy = options.nonFiniteGradients["kind"]
        if policy == "skipStep" and not all(tensor.all() for tensor in finite):
            return report | {"outcome": "skipped"}
        if policy == "zeroElements":
            report["zeroedElementCount"] = sum(int((~tensor).sum()) for tensor in finite)
            pairs = zip(finite, gradient, strict=True)
            gradient = [np.where(is_finite, tensor, 0.0) for is_finite, tensor in pairs]

        if options.accumulation is not None:
            gradient, count = self._accumulate(gradient, options.accumulation)
            if gradient is None:
                return report | {"outcome": "accumulated", "count": self.accumulated_count,
                                 "of": count}  # fmt: skip
        if options.clipping is not None:
            gradient = _clipped(gradient, options.clipping, report)
        self._step(gradient)
        return report

    def _accumulate(self, gradient, accumulation):
        count = round(schedules.value(accumulation["over"], self.steps))
        if self.accumulated_count > 0:
            gradient = [a + b for a, b in zip(self.accumulated, gradient, strict=True)]
        self.accumulated, self.accumulated_count = gradient, self.accumulated_count + 1
        if self.accumulated_count < count:
            return None, count
        divisor = self.accumulated_count if accumulation["kind"] == "mean" else 1
        self.accumulated_count = 0
        return [tensor / divisor for tensor in gradient], count

    def _step(self, gradient):
        options = self.case.options
        count = schedule_count(self.case.clock, self.steps)
        self.steps += 1
        for index in self.trained:
            group = self.group_of(index)
            hyper, moments = group.hyperparameters, self.moments[index]
            idle = group.skips_zero_gradients & (gradient[index] == 0)
            before = moments.m1, moments.m2, moments.nu
            update = moments.update(hyper, self.case.clock, gradient[index])
            if group.direction_limit is not None:
                update = np.clip(update, -group.direction_limit, group.direction_limit)
            update = np.where(idle, 0.0, update)
            after = moments.m1, moments.m2, moments.nu
            moments.m1, moments.m2, moments.nu = (
                np.where(idle, old, new) for old, new in zip(before, after, strict=True)
            )
            self.updates[index] = update
            if self.case.is_update_alone:
                continue
            rate, decay = rate_and_decay(hyper, count)
            rate *= group.learning_rate_factor
            if options.updateClipping is not None:
                rate /= _excess(gradient[index], moments, hyper, options.updateClipping)
            if options.isCautious:
                update = _cautious(gradient[index], update)
            theta = self.parameters[index]
            moved = theta - rate * (update + decay * theta)
            self.parameters[index] = np.where(idle, theta, moved)

    def quantities(self):
        """The arrays of `QUANTITIES`."""
        parameters = self.updates if self.case.is_update_alone else self.parameters
        moments = {name: [np.zeros(0)] for name in QUANTITIES[1:]}
        for index in sorted(self.has_moments):
            group = replace(self.group_of(index), is_frozen=False)
            for name, arrays in moments.items():
                if group.has_moment(name):
                    arrays.append(getattr(self.moments[index], name))
        arrays = {"parameters": parameters} | moments
        return {name: np.concatenate(arrays[name]) for name in QUANTITIES}


def _clipped(gradient, clipping, report):
    limit = clipping["limit"]
    if clipping["kind"] == "value":
        return [np.clip(tensor, -limit, limit) for tensor in gradient]

    if clipping["kind"] == "globalNorm":
        norm = math.sqrt(_sum_of_squares(np.concatenate(gradient)))
        factors = [_factor(norm, limit, clipping["rule"])] * len(gradient)
        report["gradientNorm"] = norm
    else:
        factors = [
            _factor(math.sqrt(_sum_of_squares(tensor) / tensor.size), limit) for tensor in gradient
        ]
    report["clipFactor"] = min(factors)
    return [tensor * factor for tensor, factor in zip(gradient, factors, strict=True)]


def _factor(norm, limit, rule="optax"):
    return min(1.0, limit / (norm + 1e-6) if rule == "torch" else limit / norm)


def _excess(gradient, moments, hyper, threshold):
    denominators = np.maximum(moments.corrected_second(hyper), hyper["epsilon"] ** 2)
    mean = math.fsum(gradient**2 / denominators) / gradient.size
    return max(1.0, math.sqrt(mean) / threshold)


def _cautious(gradient, update):
    if np.abs(update).min() < MARGIN:
        raise ValueError("a sign hangs on rounding: choose other gradients")
    moves = np.sign(gradient) * np.sign(update) > 0
    share = max(np.count_nonzero(moves) / moves.size, 1e-3)
    return np.where(moves, update, 0.0) / share


def _sum_of_squares(values):
    return math.fsum(values**2)  # rounded once, so that it does not depend on the order
