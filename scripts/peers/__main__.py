# SPDX-License-Identifier: Apache-2.0
"""Runs the comparison, and prints its tables. See scripts/compare-peers."""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from . import problem, tables

_FULL = ([1_000, 10_000, 100_000, 1_000_000, 8_000_000], 15)
_QUICK = ([1_000_000], 5)
_PACKAGES = ("numpy", "jax", "optax", "torch", "bitsandbytes", "pytorch_optimizer", "deepspeed")
_STATES = ("loop", "repeated")


def main() -> int:
    """Returns 0 if all that was measured computes AdEMAMix."""
    options = _parsed()
    counts, rounds = _QUICK if options.quick else _FULL
    facts = _facts(options)
    _note(f"{facts['machine']}, {facts['processors']} processors, " + ", ".join(facts["versions"].values()))
    results, errors = [], []
    threads = sorted(set(options.threads or [1, facts["processors"]]))
    for index, number in enumerate(threads):
        setting = {
            "threads": number,
            "counts": sorted(set(options.count or counts)),
            "states": [options.state] if options.state else _STATES,
            "gap": options.gap,
            "cache": _last_cache(),
            "rounds": rounds,
            "torch": not options.without_torch,
            "errors": index == 0 and not options.quick,
        }
        for found in _run(setting):
            if "errors" in found:
                errors.append(found)
                _note(f"error of {found['name']}: done")
            else:
                results.append(found)
                if not options.markdown:
                    print(tables.text(found), flush=True)
    if options.markdown:
        print(tables.markdown(results))
    if errors:
        print(tables.errors(errors, options.markdown))
    if options.json:
        content = {**facts, "times": results, "errors": errors}
        options.json.write_text(json.dumps(content, indent=2) + "\n")
    strange = [found["name"] for found in errors if max(found["errors"].values()) > problem.LARGEST_ERROR]
    for name in strange:
        _note(f"{name} computes something else than the others")
    return 1 if strange else 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/compare-peers")
    parser.add_argument("--count", type=_size, nargs="+")
    parser.add_argument("--threads", type=int, nargs="+")
    parser.add_argument("--state", choices=_STATES)
    parser.add_argument("--gap", type=float, default=5.0)
    parser.add_argument("--without-torch", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    if options.json and not os.access(options.json.parent, os.W_OK):
        # Before anything is measured.
        raise SystemExit(f"compare-peers: --json {options.json} cannot be written")
    return options


def _size(text: str) -> int:
    digits = text.replace("_", "")
    unit = {"k": 1_000, "m": 1_000_000}.get(digits[-1].lower())
    return int(digits[:-1]) * unit if unit else int(digits)


def _run(setting: dict):
    """The results of a process on some number of threads."""
    number = str(setting["threads"])
    environment = os.environ | {
        # Pools of threads that exist before a contestant can set their size.
        "OMP_NUM_THREADS": number,
        "OPENBLAS_NUM_THREADS": number,
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        # Huge pages for the memory of all contestants, as this library asks for.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "THP_MEM_ALLOC_ENABLE": "1",
    }
    command = [sys.executable, "-m", "peers.process", json.dumps(setting)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode:
        raise SystemExit(f"compare-peers: the run on {number} threads ended with {process.returncode}")


def _facts(options: argparse.Namespace) -> dict:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "machine": _processor(),
        "processors": len(os.sched_getaffinity(0)),
        "cacheByteCounts": _caches(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "swiftCompiler": os.environ["PEER_SWIFT"],
        "cCompiler": os.environ["PEER_C"],
        "gapMilliseconds": options.gap,
        "versions": versions,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _last_cache() -> int:
    """The bytes of the largest cache; 32 MiB if the system does not tell."""
    return max(_caches().values(), default=32 << 20)


def _caches() -> dict[str, int]:
    """The bytes of the first processor's caches of data, by their level; none if the system does not tell."""
    caches = {}
    for folder in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            caches[f"L{level}"] = int(size.rstrip("K")) << 10
    return caches


def _note(text: str) -> None:
    print(f"compare-peers: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
