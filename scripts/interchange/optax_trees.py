# SPDX-License-Identifier: Apache-2.0
"""Trees of optax: the states of ademamix in them, and the names of their leaves."""

from collections.abc import Iterator

_FIELDS = {"count", "count_m2", "m1", "m2", "nu"}


def is_state(node) -> bool:
    """Whether a node is the state of ademamix."""
    return _FIELDS <= set(getattr(node, "_fields", ()))


def is_leaf(node) -> bool:
    """Whether a search for states and arrays does not look inside a node."""
    return is_state(node) or type(node).__name__ == "ScaleByScheduleState"


def leaves(tree) -> list[tuple]:
    """The paths and leaves of a tree."""
    import jax

    return jax.tree_util.tree_flatten_with_path(tree, is_leaf=is_leaf)[0]


def states(opt_state) -> Iterator[tuple]:
    """The label, path and state of each AdEMAMix in an optimizer state."""
    index = 0
    for path, node in leaves(opt_state):
        if is_state(node):
            labels = [str(key.key) for key in path if hasattr(key, "key")]
            yield (labels[-1] if labels else f"group{index}"), path, node
            index += 1


def named_leaves(tree) -> list[tuple]:
    """The names and leaves of a tree."""
    return [(name_of(path), leaf) for path, leaf in leaves(tree)]


def name_of(path) -> str:
    """The name of a tensor with a path, such as "dense/kernel"."""
    import jax

    return jax.tree_util.keystr(path, simple=True, separator="/")
