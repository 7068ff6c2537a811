"""What one host has measured: the files of `Benchmarks ranks --json`, one for each number of ranks."""

import json
from dataclasses import dataclass
from pathlib import Path

GRADIENT_BYTES = 4  # of a Float


@dataclass(frozen=True)
class Run:
    """A step on some ranks of one host, and its parts, in seconds."""

    ranks: int
    count: int
    step: float
    reduce_scatter: float
    update: float
    all_gather: float
    agreement: float

    @staticmethod
    def read(result: dict) -> "Run":
        """What a file's object has."""
        setting, seconds = result["setting"], result["seconds"]
        if setting["scalar"] != "Float" or setting["threads"] != 1:
            raise SystemExit("scaling: the runs must be of Float, on one thread a rank")
        return Run(
            ranks=setting["ranks"], count=setting["count"], step=seconds["sharded"],
            reduce_scatter=seconds["reduceScatter"], update=seconds["update"],
            all_gather=seconds["allGather"], agreement=seconds["agreement"],
        )  # fmt: skip

    @property
    def received(self) -> float:
        """The bytes that a rank receives in a reduce-scatter, and again in an all-gather."""
        return GRADIENT_BYTES * self.count * (self.ranks - 1) / self.ranks


@dataclass(frozen=True)
class Host:
    """What a host takes, in seconds."""

    processors: int
    # The update of a parameter, by one processor, and with all of them for the same memory.
    update: float
    update_of_all: float
    # To receive a byte of a gradient and add it, and to receive a byte of a parameter: by one processor.
    reduce: float
    gather: float
    # To agree with one other.
    agreement: float

    @staticmethod
    def calibrated(runs: dict[int, Run], processors: int) -> "Host":
        """From the runs on one rank and on two."""
        one, two = runs[1], runs[2]
        return Host(
            processors=processors,
            update=one.update / one.count,
            update_of_all=two.update / two.count,
            reduce=two.reduce_scatter / two.received,
            gather=two.all_gather / two.received,
            agreement=two.agreement,
        )


def read(path: Path) -> tuple[str, int, dict[int, Run]]:
    """The machine, its processors, and its runs by their number of ranks."""
    measured = json.loads(path.read_text())
    runs = [Run.read(result) for result in measured["runs"]]
    return measured["machine"], measured["processors"], {run.ranks: run for run in runs}
