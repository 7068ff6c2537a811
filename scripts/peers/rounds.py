# SPDX-License-Identifier: Apache-2.0
"""Times contestants in turn, round after round."""

import random
import time
from dataclasses import dataclass

import numpy as np

from .contestant import Contestant

# The seconds of one time at least, and those in which the threads of the contestant before fall asleep: some spin
# for milliseconds after their last step.
_SHORTEST = 0.003
_REST = 0.02
_WARM_UP = 5


class OtherWork:
    """The other work of a training loop between two steps: it reads and writes memory of its own, on one thread."""

    _CHUNK = 1 << 17  # numbers: 1 MiB
    # As in the benchmark.
    _LARGEST = 256 << 20

    def __init__(self, seconds: float, cache: int):
        self._seconds = seconds
        count = min(cache // 2 * 3, self._LARGEST) // 8
        memory = np.zeros(count, np.int64)
        self._chunks = [memory[start : start + self._CHUNK] for start in range(0, count, self._CHUNK)]

    def run(self) -> None:
        """Works through all of the memory, and on until the time is over."""
        end = time.perf_counter() + self._seconds
        for chunk in self._chunks:
            np.add(chunk, 1, out=chunk)
        while True:
            for chunk in self._chunks:
                if time.perf_counter() >= end:
                    return
                np.add(chunk, 1, out=chunk)


@dataclass
class Times:
    """The seconds of a step, round by round."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return float(np.median(self.seconds))

    @property
    def spread(self) -> float:
        """The distance of the quartiles, over the median."""
        low, high = np.percentile(self.seconds, (25, 75))
        return float((high - low) / self.median)

    def ratio(self, other: "Times") -> float:
        """The median of the rounds' ratios, which holds better than a ratio of medians."""
        return float(np.median(np.divide(self.seconds, other.seconds)))


def measure(
    contestants: dict[str, Contestant], rounds: int, other_work: OtherWork | None
) -> dict[str, Times]:
    """The times of a step. With other work before each time it is that of one step."""
    for contestant in contestants.values():
        for _ in range(_WARM_UP):
            contestant.step()
    steps = {name: 1 if other_work else _steps(contestant) for name, contestant in contestants.items()}
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name in random.sample(list(contestants), len(contestants)):
            found[name].append(_time(contestants[name], steps[name], other_work))
    return {name: Times(seconds) for name, seconds in found.items()}


def _time(contestant: Contestant, steps: int, other_work: OtherWork | None) -> float:
    step = contestant.step
    time.sleep(_REST)
    # The caches hold the memory of the contestant before, and threads are asleep.
    step()
    if other_work:
        other_work.run()
    elif steps > 1:
        for _ in range(steps):
            step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps


def _steps(contestant: Contestant) -> int:
    start = time.perf_counter()
    for _ in range(3):
        contestant.step()
    return max(1, round(_SHORTEST / ((time.perf_counter() - start) / 3)))
