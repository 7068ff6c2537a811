# SPDX-License-Identifier: Apache-2.0
"""Puts the files of `Benchmarks ranks --json` in a folder into one, with the machine.

    python -m scaling_model.collect FOLDER RANKS ...
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Prints the file that measurements.read reads."""
    folder, ranks = Path(sys.argv[1]), sys.argv[2:]
    runs = [json.loads((folder / f"{number}.json").read_text()) for number in ranks]
    processors = len(os.sched_getaffinity(0))
    machine = f"{processor_name()}, {processors} processors"
    print(json.dumps({"machine": machine, "processors": processors, "runs": runs}, indent=2, sort_keys=True))


def processor_name() -> str:
    """The name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "an unknown processor"


if __name__ == "__main__":
    main()
