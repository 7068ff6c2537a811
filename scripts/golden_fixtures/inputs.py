# SPDX-License-Identifier: Apache-2.0
"""Seeded initial parameters and gradients, exact in float32, so that every run sees the same."""

import os
import zlib

import numpy as np

# The fixtures of the tests have the seed 0.
SEED = int(os.environ.get("ADEMAMIX_SEED", "0"))
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


def generator(name):
    """The random numbers of the case called `name`."""
    return np.random.Generator(np.random.PCG64([20240905 + SEED, zlib.crc32(name.encode())]))


def weights(random, count):
    """Initial parameters as large as the weights of a network."""
    return (0.1 * random.standard_normal(count)).astype(np.float32)


def half_zero(random, count):
    """Initial parameters, every other of which is zero: added to zero, the smallest update is exact."""
    return weights(random, count) * (np.arange(count) % 2).astype(np.float32)


def noisy(random, steps, count):
    """Gradients whose mean and noise differ between elements, over two decades of scale."""
    scale = 10 ** random.uniform(-1.5, 0.5, count)
    mean = random.standard_normal(count)
    noise = random.standard_normal((steps, count))
    return (scale * (0.5 * mean + noise)).astype(np.float32)


def special(random, steps, count):
    """Tiny, huge, zero, denormal and smallest normal gradients, one tensor of each."""
    magnitudes = np.repeat([1e-20, 1e15, 0.0, 1e-40, SMALLEST_NORMAL], count // 5)
    signs = random.choice([-1.0, 1.0], count)
    sizes = random.uniform(0.5, 1.5, (steps, count))
    return (magnitudes * signs * sizes).astype(np.float32)
