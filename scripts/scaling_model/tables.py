# SPDX-License-Identifier: Apache-2.0
"""The tables of the page, with measurements and predictions, in Markdown."""

from collections.abc import Sequence

from .measurements import Host, Run
from .model import Network, Sending, bytes_of_rank, on_many_hosts, on_one_host, sums_in_pass

COUNTS = (1e9, 10e9, 100e9)
RANKS = (8, 32, 128, 1024)
NETWORKS = tuple(Network(gigabits) for gigabits in (25, 100, 200, 400))
# The smallest share of a step that is printed: less is lost in the noise of the step.
MATTERS = 0.05


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is a name."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def costs(host: Host) -> str:
    """The times from which the model predicts."""
    rows = [
        ["updating a parameter", f"{host.update * 1e9:.3f} ns"],
        ["receiving a byte of a gradient, and adding it", f"{host.reduce * 1e9:.3f} ns"],
        ["receiving a byte of a parameter", f"{host.gather * 1e9:.3f} ns"],
        ["agreement of two ranks", f"{host.agreement * 1e6:.0f} µs"],
    ]
    return table(["one processor", "time"], rows)


def check(runs: dict[int, Run], host: Host) -> str:
    """Predictions for the ranks of one host, beside the times measured."""
    rows = []
    for ranks, run in sorted(runs.items()):
        predicted = on_one_host(run, host)
        rows.append(
            [
                str(ranks), f"{predicted * 1e3:.1f} ms", f"{run.step * 1e3:.1f} ms",
                f"{(predicted / run.step - 1) * 100:+.0f} %",
            ]
        )  # fmt: skip
    return table(["ranks", "predicted", "measured", "off by"], rows)


def steps(host: Host, network: Network, speed: float, threads: int) -> str:
    """The seconds of a step, and the share of the update."""
    rows = []
    for count in COUNTS:
        row = [f"{count / 1e9:g} B"]
        for ranks in RANKS:
            step = on_many_hosts(int(count), ranks, host, network, speed, threads)
            row.append(f"{step.total:.3g} s, {100 * step.update / step.total:.2g} %")
        rows.append(row)
    return table([f"{network.gigabits:g} Gbit/s", *(f"{ranks} ranks" for ranks in RANKS)], rows)


def sendings(host: Host, speed: float, threads: int) -> str:
    """The seconds that follow the backward pass, for each way of sending, and those of the pass that hides sums."""
    network = Network(100)
    narrow = Sending(gradient_bytes=2)
    rows = []
    for count in COUNTS:
        for ranks in RANKS[:3]:
            row = [f"{count / 1e9:g} B, {ranks} ranks"]
            for sending in (Sending(), narrow, Sending(overlaps=True)):
                step = on_many_hosts(int(count), ranks, host, network, speed, threads, sending)
                row.append(f"{step.total:.3g} s")
            row += [f"{sums_in_pass(int(count), ranks, network, sending):.3g} s" for sending in (Sending(), narrow)]
            rows.append(row)
    header = [
        "100 Gbit/s", "step at once", "in bfloat16", "open step", "pass that hides its sums", "in bfloat16"
    ]  # fmt: skip
    return table(header, rows)


def memory() -> str:
    """The gigabytes of a rank."""
    rows = []
    for count in COUNTS:
        state = [f"{bytes_of_rank(int(count), ranks)[1] / 1e9:.3g}" for ranks in RANKS]
        rows.append([f"{count / 1e9:g} B", f"{bytes_of_rank(int(count), 1)[0] / 1e9:.3g}", *state])
    return table(["GB a rank", "parameters, gradients", *(f"state, {ranks}" for ranks in RANKS)], rows)


def borders(host: Host, speed: float, threads: int) -> str:
    """The number of ranks from which on the update is below a share of the step."""
    count = int(10e9)
    rows = []
    for network in NETWORKS:
        ranks = 2
        while True:
            step = on_many_hosts(count, ranks, host, network, speed, threads)
            if step.update < MATTERS * step.total:
                break
            ranks += 1
        bound = "network" if step.network > step.compute else "memory"
        rows.append([f"{network.gigabits:g} Gbit/s", f"{ranks}", bound])
    return table(["network", f"ranks from which the update is below {MATTERS:.0%}", "limited by"], rows)
