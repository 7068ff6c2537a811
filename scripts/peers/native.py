# SPDX-License-Identifier: Apache-2.0
"""The engines of this library, and loops in C and NumPy."""

import ctypes
import os

import numpy as np

from .contestant import Contestant
from .problem import NUMBERS, gradients, parameters

_FLOATS = ctypes.c_void_p
_CACHE_LINE = 64


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _stream(values: np.ndarray, slot: int) -> np.ndarray:
    """A copy whose start differs within a page from that of other slots, as in the benchmark."""
    skew = slot * 13 * _CACHE_LINE
    memory = np.zeros(values.nbytes + skew + 4096, np.uint8)
    start = -memory.ctypes.data % 4096 + skew
    stream = memory[start : start + values.nbytes].view(np.float32)
    stream[:] = values
    return stream


class Native(Contestant):
    """A contestant on arrays of NumPy."""

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        self._count = count
        self._parameters = _stream(parameters(count), 3)
        self._gradients = _stream(next(gradients(count)), 4)

    def set_gradients(self, values: np.ndarray) -> None:
        self._gradients[:] = values

    def parameters(self) -> np.ndarray:
        return self._parameters.copy()

    def _moments(self) -> list[np.ndarray]:
        return [_stream(np.zeros(self._count, np.float32), slot) for slot in range(3)]


class Engine(Native):
    """An engine of this library."""

    kind = 0

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        library = ctypes.CDLL(os.environ["PEER_LIBRARY"])
        library.ademamix_peer_make.restype = ctypes.c_void_p
        library.ademamix_peer_make.argtypes = [
            _FLOATS, _FLOATS, ctypes.c_ssize_t, ctypes.c_int, ctypes.c_int, _FLOATS
        ]  # fmt: skip
        numbers = NUMBERS.array()
        made = library.ademamix_peer_make(
            _pointer(self._parameters), _pointer(self._gradients), count, self.kind, threads, _pointer(numbers)
        )
        if made is None:
            raise RuntimeError("the library made no optimizer")
        self._peer = ctypes.c_void_p(made)
        self._free = library.ademamix_peer_free
        self._step = library.ademamix_peer_step

    def __del__(self):
        if hasattr(self, "_peer"):
            self._free(self._peer)

    def step(self) -> None:
        if self._step(self._peer):
            raise RuntimeError("the step threw an error")


class Fused(Engine):
    """The engine `fused`."""

    kind = 1


class Compact(Engine):
    """The engine `fused` on moments of the storage `compact`."""

    kind = 2


class Minimal(Engine):
    """The engine `fused` on moments of the storage `minimal`."""

    kind = 3


class CLoop(Native):
    """The equations as a loop in C under OpenMP."""

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        self._loops = ctypes.CDLL(os.environ["PEER_LOOPS"])
        self._loops.loops_set_threads(threads)
        self._state = self._moments()
        self._numbers = NUMBERS.array()
        streams = [self._parameters, self._gradients, *self._state, self._numbers]
        self._arguments = [ctypes.c_size_t(count), *map(_pointer, streams)]
        self._steps = 0

    def step(self) -> None:
        self._steps += 1
        self._loops.loops_step(*self._arguments, ctypes.c_long(self._steps))


class CCeiling(CLoop):
    """A loop in C that reads and writes the same memory and only adds."""

    is_ademamix = False

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        # Adding zeros leaves the values as they are, however often it is done.
        self._gradients[:] = 0
        streams = [self._parameters, *self._state, self._gradients]
        self._arguments = [ctypes.c_size_t(count), *map(_pointer, streams)]

    def step(self) -> None:
        self._loops.loops_ceiling(*self._arguments)


class NumPy(Native):
    """The equations in NumPy, in place, on one thread."""

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        self._fast, self._slow, self._second = self._moments()
        self._update, self._root = self._moments()[:2]
        self._steps = 0

    def step(self) -> None:
        n, update, root = NUMBERS, self._update, self._root
        self._steps += 1
        for moment, beta in ((self._fast, n.beta1), (self._slow, n.beta3)):
            np.multiply(moment, beta, out=moment)
            np.multiply(self._gradients, 1 - beta, out=update)
            np.add(moment, update, out=moment)
        np.multiply(self._second, n.beta2, out=self._second)
        np.multiply(self._gradients, self._gradients, out=update)
        np.multiply(update, 1 - n.beta2, out=update)
        np.add(self._second, update, out=self._second)
        np.multiply(self._second, 1 / (1 - n.beta2**self._steps), out=root)
        np.sqrt(root, out=root)
        np.add(root, n.epsilon, out=root)
        np.multiply(self._slow, n.alpha * (1 - n.beta1**self._steps), out=update)
        np.add(update, self._fast, out=update)
        np.multiply(update, 1 / (1 - n.beta1**self._steps), out=update)
        np.divide(update, root, out=update)
        # A factor of 1 - rate * decay would be off by more in float32.
        np.multiply(self._parameters, n.decay, out=root)
        np.add(update, root, out=update)
        np.multiply(update, n.rate, out=update)
        np.subtract(self._parameters, update, out=self._parameters)


CONTESTANTS = {
    "C, 5 reads 4 writes": CCeiling,
    "C loop": CLoop,
    "NumPy": NumPy,
    "blas": Engine,
    "fused": Fused,
    "compact": Compact,
    "minimal": Minimal,
}
