# SPDX-License-Identifier: Apache-2.0
"""The fixtures of compositions, checked against optax."""

import numpy as np

from . import comparison, composition_cases, composition_equations, composition_optax, encoding
from .equations import QUANTITIES, Moments, trajectory
from .schedules import constant


def fixtures():
    """Pairs of a fixture and the distance of optax in float32, or None for one that optax does not have."""
    for case in composition_cases.ALL:
        yield _fixture(case)


def _fixture(case):
    initial, gradients = case.inputs()
    start = {"parameters": initial}
    if case.adamw_calls > 0:
        start = _after_adamw(case, initial, gradients[: case.adamw_calls])
        gradients = gradients[case.adamw_calls :]
    expected, reports = composition_equations.trajectory(
        case, case.split(np.float64(start["parameters"])), _moments(case, start), gradients
    )
    _check_reports(case, reports)

    double = single = None
    if case.is_in_optax:
        double = composition_optax.trajectory(case, start, gradients, np.float64)
        single = composition_optax.trajectory(case, start, gradients, np.float32)
        comparison.check(double, expected, _recorded_sizes(case), case.name)
    content = case.described() | {
        "initialParameters": encoding.base64_of(start["parameters"], "f4"),
        "adamW": _described_adamw(case, start),
        "gradients": encoding.base64_of(gradients, "f4"),
        "expected": encoding.history(expected, "f8"),
        "optaxFloat64Parameters": double and encoding.history(double, "f8")["parameters"],
        "optaxFloat32": single and encoding.history(single, "f4"),
        "reports": reports,
    }
    return content, single and comparison.distances(single, expected)


def _after_adamw(case, initial, gradients):
    """The state after AdamW, rounded to float32 so that every run continues from the same numbers."""
    hyper = case.groups[0].hyperparameters | {"alpha": constant(0.0), "beta3": constant(0.0)}
    history = trajectory(hyper, case.clock, True, initial, gradients, (len(gradients),))
    start = {name: history[name][0] for name in ("parameters", "m1", "nu")}
    theirs = composition_optax.adamw(case, initial, gradients)
    for name, values in start.items():
        np.testing.assert_allclose(theirs[name], values, comparison.TOLERANCE, err_msg=case.name)
    return {name: values.astype(np.float32) for name, values in start.items()}


def _moments(case, start):
    """The moments of each tensor before the first call."""
    moments = [Moments.zero(size) for size in case.sizes]
    if case.adamw_calls > 0:
        m1, nu = (case.split(np.float64(start[name])) for name in ("m1", "nu"))
        for index, tensor in enumerate(moments):
            tensor.m1, tensor.nu = m1[index], nu[index]
            tensor.fast_steps = tensor.steps = case.adamw_calls
    return moments


def _described_adamw(case, start):
    if case.adamw_calls == 0:
        return None
    return {
        "steps": case.adamw_calls,
        "m1": encoding.base64_of(start["m1"], "f4"),
        "nu": encoding.base64_of(start["nu"], "f4"),
    }


def _recorded_sizes(case):
    return {
        quantity: [case.sizes[tensor] for tensor in case.recorded_tensors(quantity)]
        for quantity in QUANTITIES
    }


def _check_reports(case, reports):
    """Requires that a case with clipping clips in some calls, and not in others."""
    factors = [report["clipFactor"] for report in reports if report["clipFactor"] is not None]
    if factors and not min(factors) < max(factors) == 1:
        raise ValueError(f"{case.name}: clipping factors are {factors}")
