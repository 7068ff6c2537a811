# SPDX-License-Identifier: Apache-2.0
"""Prints the tables of Scaling.md, or puts them and the figure there.

    python -m scaling_model MEASUREMENTS [--page FILE] [--check] [--speed 4] [--threads 16]
"""

import argparse
import sys
from pathlib import Path

from . import tables
from .figure import figure
from .measurements import Host, read
from .model import piece_count

BEGIN = "<!-- made by scripts/scaling -->"
END = "<!-- end -->"


def main() -> int:
    """Returns 1 if the page has other tables."""
    parser = argparse.ArgumentParser(prog="scripts/scaling")
    parser.add_argument("measurements", type=Path)
    parser.add_argument("--page", type=Path, help="put the tables into this page")
    parser.add_argument("--check", action="store_true", help="only say whether the page has them")
    parser.add_argument("--speed", type=float, default=4, help="of a host, over one processor that was measured")
    parser.add_argument("--threads", type=int, default=16, help="of a rank")
    arguments = parser.parse_args()
    text = made(arguments.measurements, arguments.speed, arguments.threads)
    if arguments.page is None:
        print(text)
        return 0
    page = arguments.page.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = {
        arguments.page: f"{before}{BEGIN}\n\n{text}\n\n{END}{after}",
        arguments.page.with_name("scaling.svg"): picture(arguments.measurements, arguments.speed, arguments.threads),
    }
    if arguments.check:
        other = [path for path, text in new.items() if not path.exists() or path.read_text() != text]
        for path in other:
            print(f"scaling: {path} is not of the kept measurements: run scripts/scaling --write", file=sys.stderr)
        return int(bool(other))
    for path, text in new.items():
        path.write_text(text)
    return 0


def picture(measurements: Path, speed: float, threads: int) -> str:
    """The figure of the page."""
    _, processors, runs = read(measurements)
    return figure(Host.calibrated(runs, processors), speed, threads)


def made(measurements: Path, speed: float, threads: int) -> str:
    """The text of all tables."""
    machine, processors, runs = read(measurements)
    for run in runs.values():
        if run.piece_count != piece_count(run.count, run.ranks, threads=1):
            raise SystemExit("scaling: chunks are no longer cut as model.py has it")
    host = Host.calibrated(runs, processors)
    count = f"{next(iter(runs.values())).count:,}"
    parts = [
        f"Measured on {machine}, {count} parameters:",
        tables.costs(host),
        "A step on ranks that share this host, one thread each, predicted from communication alone and the "
        "update on one rank:",
        tables.check(runs, host),
        f"Many hosts, each {speed:g} times as fast as one processor of that machine, with {threads} threads: "
        "seconds a step, and the update's share of it.",
        *(tables.steps(host, network, speed, threads) for network in tables.NETWORKS),
        "Time after the backward pass: of a step at once, of one that sends bfloat16, and of an open step whose sums "
        "are hidden; and the least backward pass that hides them, with the network as the limit.",
        tables.sendings(host, speed, threads),
        "10 B parameters:",
        tables.borders(host, speed, threads),
        "Memory. Parameters and gradients are whole on each rank:",
        tables.memory(),
    ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
