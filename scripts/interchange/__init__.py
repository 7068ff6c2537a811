# SPDX-License-Identifier: Apache-2.0
"""Conversion of checkpoints of the Swift library from and to the states of optimizers in Python.

In Python, with the folder `scripts` on the path:

    from interchange import adamw, apple, bitsandbytes, checkpoint, optax, pytorch_optimizer, tensors

    state = checkpoint.load("run.safetensors")
    optimizer.load_state_dict(tensors.of_torch(apple.write(state)))
"""

import sys

if sys.version_info < (3, 11):  # before modules that an older Python cannot read
    sys.exit(
        "python3 3.11 or newer is needed, found {}.{} ({}): set PYTHON to another interpreter".format(
            sys.version_info[0], sys.version_info[1], sys.executable
        )
    )
