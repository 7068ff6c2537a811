# SPDX-License-Identifier: Apache-2.0
"""The measurements of one host: the files of `Benchmarks ranks --json`, one for each number of ranks."""

import json
from dataclasses import dataclass
from pathlib import Path

GRADIENT_BYTES = 4  # of a Float


@dataclass(frozen=True)
class Run:
    """A step on some ranks of one host, and its parts, in seconds."""

    ranks: int
    count: int
    piece_count: int
    step: float
    reduce_scatter: float
    update: float
    all_gather: float
    agreement: float

    @staticmethod
    def read(result: dict) -> "Run":
        """The run in the object of a file."""
        setting, seconds = result["setting"], result["seconds"]
        if setting["scalar"] != "Float" or setting["threads"] != 1:
            raise SystemExit("scaling: the runs must be of Float, on one thread a rank")
        return Run(
            ranks=setting["ranks"], count=setting["count"], piece_count=setting["pieceCount"],
            step=seconds["sharded"], reduce_scatter=seconds["reduceScatter"],
            update=seconds["update"], all_gather=seconds["allGather"], agreement=seconds["agreement"],
        )  # fmt: skip

    @property
    def received(self) -> float:
        """The bytes that a rank receives in a reduce-scatter, and again in an all-gather."""
        return GRADIENT_BYTES * self.count * (self.ranks - 1) / self.ranks


@dataclass(frozen=True)
class Host:
    """The times of one processor of a host, in seconds."""

    processors: int
    # To update a parameter, while no other processor uses the memory.
    update: float
    # To receive a byte of a gradient and add it, and to receive a byte of a parameter.
    reduce: float
    gather: float
    # To agree with one other rank.
    agreement: float

    @staticmethod
    def calibrated(runs: dict[int, Run], processors: int) -> "Host":
        """A host from the update on one rank, and the communication of the most ranks, which never wait."""
        most = max(runs)
        run, turns = runs[most], most / min(most, processors)
        return Host(
            processors=processors,
            update=runs[1].update / runs[1].count,
            reduce=run.reduce_scatter / turns / run.received,
            gather=run.all_gather / turns / run.received,
            agreement=runs[2].agreement,
        )


def read(path: Path) -> tuple[str, int, dict[int, Run]]:
    """The machine, its processors, and its runs by their number of ranks."""
    measured = json.loads(path.read_text())
    runs = [Run.read(result) for result in measured["runs"]]
    return measured["machine"], measured["processors"], {run.ranks: run for run in runs}
