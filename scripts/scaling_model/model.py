# SPDX-License-Identifier: Apache-2.0
"""The time of a step: on ranks of one host, and on many hosts with a network between them.

There are n parameters and R ranks. Each rank receives the gradients of its n/R parameters from all other ranks,
adds them, updates its parameters, and receives the other n - n/R parameters:

    received  4 n (R - 1) / R bytes of gradients, and as many of parameters
    compute   received (reduce + gather) + n / R · update + 1 µs for each message, of a piece of a chunk
    network   2 received / bandwidth, and twice the latency for each chunk
    step      max(compute, network) + what does not overlap, of the first and last chunk, + agreement

On one host the same processors communicate and compute, and a step takes the time of both:

    step      communication alone + n / processors · update

An open step sends gradients behind the backward pass, and makes sums on all ranks, which then send these to their
owners. If the pass takes as long as that, a step leaves for its end:

    sent      4 n (R - 1) / R · (1 + 1 / R) bytes of gradients and sums, in the pass
    compute   received gather + n / R · update + 1 µs for each message
    network   received / bandwidth, and the latency for each chunk

Gradients in bfloat16 have 2 bytes in place of 4, and the sums that owners get have 4.

The time of an update is that of one processor, which memory limits: while it updates, the others communicate
through caches. If all update at once, an update takes twice as long on a host whose memory one processor can
fill.
"""

from dataclasses import dataclass
from math import ceil, log2

from .measurements import GRADIENT_BYTES, Host, Run

# To start and end a message between hosts, in seconds: MPI makes a million a second on one core.
MESSAGE = 1e-6
STATE_BYTES = 12  # three moments of a Float
PARAMETER_BYTES = 4


@dataclass(frozen=True)
class Network:
    """The network between the hosts."""

    gigabits: float
    # The latency of a message in seconds, with MPI's own: of Ethernet with RDMA, or of InfiniBand.
    latency: float = 5e-6

    @property
    def bandwidth(self) -> float:
        """The bytes a second of each host, in each direction."""
        return self.gigabits * 1e9 / 8


@dataclass(frozen=True)
class Sending:
    """How gradients are sent."""

    # Behind a backward pass that takes as long.
    overlaps: bool = False
    gradient_bytes: int = GRADIENT_BYTES


@dataclass(frozen=True)
class Step:
    """A prediction, in seconds."""

    compute: float
    network: float
    update: float
    total: float


def piece_count(count: int, ranks: int, threads: int) -> int:
    """The number of elements of a rank's share of a chunk, as in ChunkPlan.pieceCount."""
    wanted = 1 << 16 if threads == 1 else threads << 18
    return min((1 << 30) // ranks, max(1 << 13, min(wanted, max(1 << 23, count // 32) // ranks, count // (8 * ranks))))


def on_one_host(run: Run, host: Host) -> float:
    """The time of a step whose ranks share a host, one thread each, from the times of its parts."""
    update = run.count * host.update / min(run.ranks, host.processors)
    return run.reduce_scatter + run.all_gather + update + run.agreement


def on_many_hosts(
    count: int, ranks: int, host: Host, network: Network, speed: float, threads: int, sending: Sending | None = None
) -> Step:
    """The time of a step with one rank on each host, which is `speed` times as fast as one processor of `host`.

    It is what follows the backward pass. For an open step, it is that if the pass takes as long as the sums."""
    sending = sending or Sending()
    share = (ranks - 1) / ranks
    gradients = 0 if sending.overlaps else sending.gradient_bytes * count * share
    parameters = PARAMETER_BYTES * count * share
    directions = 1 if sending.overlaps else 2
    update = count / ranks * host.update / speed
    chunks = max(1, ceil(count / ranks / piece_count(count, ranks, threads)))
    messages = directions * chunks * (ranks - 1) * MESSAGE
    compute = update + (gradients * host.reduce + parameters * host.gather) / speed + messages
    wires = (gradients + parameters) / network.bandwidth + directions * chunks * network.latency
    alone = (compute + wires) / chunks if chunks > 1 else min(compute, wires)
    total = max(compute, wires) + alone + agreement(ranks, network.latency)
    return Step(compute=compute, network=wires, update=update, total=total)


def sums_in_pass(count: int, ranks: int, network: Network, sending: Sending) -> float:
    """The time that the network needs for the sums of an open step: a backward pass as long hides them."""
    gradients = sending.gradient_bytes * count * (ranks - 1) / ranks
    sums = GRADIENT_BYTES * count * (ranks - 1) / ranks**2 if ranks > 2 else 0
    return (gradients + sums) / network.bandwidth


def agreement(ranks: int, latency: float) -> float:
    """The time of the small all-reduce of a step, which goes up and down a tree."""
    return 2 * ceil(log2(ranks)) * latency if ranks > 1 else 0


def bytes_of_rank(count: int, ranks: int) -> tuple[float, float]:
    """The bytes that a rank keeps: parameters and gradients, and its share of the state."""
    return count * (PARAMETER_BYTES + GRADIENT_BYTES), count * STATE_BYTES / ranks
