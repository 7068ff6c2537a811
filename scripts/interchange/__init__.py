"""Checkpoints of the Swift library, from and to optimizers in Python: see README.md, "Checkpoints".

In Python, with the folder `scripts` on the path:

    from interchange import adamw, apple, bitsandbytes, checkpoint, optax, pytorch_optimizer

    state = checkpoint.load("run.safetensors")
    optimizer.load_state_dict(apple.write(state))
"""
