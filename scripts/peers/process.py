# SPDX-License-Identifier: Apache-2.0
"""Measures on one number of threads, and prints the results as lines of JSON.

    python -m peers.process SETTING

The setting is an object of JSON. A process of its own for each number of threads is needed since JAX takes as many
as there are processors when it starts.
"""

import gc
import importlib
import json
import os
import sys

from . import problem
from .contestant import Contestant
from .rounds import OtherWork, measure


def main() -> None:
    """Prints a line for each size and state, or each contestant of the long runs."""
    setting = json.loads(sys.argv[1])
    threads = setting["threads"]
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[:threads])
    # Results go to the descriptor of the output, and all that programs print elsewhere.
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    classes = _classes(setting)
    if setting["errors"]:
        _print_errors(classes, output)
    for count in setting["counts"]:
        contestants = _made(classes, count, threads)
        for state in setting["states"]:
            other_work = OtherWork(setting["gap"] / 1e3, setting["cache"]) if state == "loop" else None
            times = measure(contestants, setting["rounds"], other_work)
            fused = times["fused"]
            rows = {
                name: {
                    "nanosecondsPerParameter": of.median / count * 1e9,
                    "spread": of.spread,
                    "ratioToFused": of.ratio(fused),
                }
                for name, of in times.items()
            }
            print(json.dumps({"state": state, "count": count, "threads": threads, "rows": rows}), file=output, flush=True)
        del contestants
        gc.collect()


def _classes(setting: dict) -> dict[str, type[Contestant]]:
    modules = ["native", "jax_peers"] + (["torch_peers"] if setting["torch"] else [])
    return {
        name: kind
        for module in modules
        for name, kind in importlib.import_module(f".{module}", __package__).CONTESTANTS.items()
    }


def _made(classes: dict[str, type[Contestant]], count: int, threads: int) -> dict[str, Contestant]:
    """The contestants that this machine can run. It says which it cannot."""
    found = {}
    for name in list(classes):
        try:
            made = classes[name](count, threads)
            made.step()
        except Exception as error:  # A peer may fail in any way that its compiler or its import does.
            if classes[name].__module__ == f"{__package__}.native":
                raise
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            print(f"compare-peers: left out {name}: {reason}", file=sys.stderr)
            del classes[name]
        else:
            found[name] = made
    return found


def _print_errors(classes: dict[str, type[Contestant]], output) -> None:
    """Prints how far each contestant is from the equations in double precision."""
    truths = problem.truths()
    names = [name for name, kind in classes.items() if kind.is_ademamix]
    for name in names:
        # The step that shows that it runs would be one too many.
        if not _made({name: classes[name]}, problem.COUNT, 1):
            del classes[name]
            continue
        contestant = classes[name](problem.COUNT, 1)
        found = {}
        for step, gradient in zip(range(1, problem.CHECKPOINTS[-1] + 1), problem.gradients(problem.COUNT)):
            contestant.set_gradients(gradient)
            contestant.step()
            if step in problem.CHECKPOINTS:
                found[step] = problem.error(contestant.parameters(), truths[step])
        print(json.dumps({"name": name, "errors": found}), file=output, flush=True)


if __name__ == "__main__":
    main()
