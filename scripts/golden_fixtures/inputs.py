"""Seeded initial parameters and gradients, exact in float32, so that every run sees the same."""

import zlib

import numpy as np

SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


def generator(name):
    """The random numbers of the case called `name`."""
    return np.random.Generator(np.random.PCG64([20240905, zlib.crc32(name.encode())]))


def weights(random, count):
    """Initial parameters of the size of a network's weights."""
    return (0.1 * random.standard_normal(count)).astype(np.float32)


def half_zero(random, count):
    """Initial parameters of which every other is zero, where even the smallest update shows."""
    return weights(random, count) * (np.arange(count) % 2).astype(np.float32)


def noisy(random, steps, count):
    """Gradients with a mean and noise of their own for each element, over two decades of scale."""
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
