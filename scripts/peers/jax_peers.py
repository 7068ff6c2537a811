# SPDX-License-Identifier: Apache-2.0
"""The optimizer of optax, compiled by JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .contestant import Contestant
from .problem import NUMBERS, gradients, parameters


class Optax(Contestant):
    """optax.contrib.ademamix. The step is one compiled function that is given the parameters and the state."""

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        n = NUMBERS
        optimizer = optax.contrib.ademamix(
            n.rate, b1=n.beta1, b2=n.beta2, b3=n.beta3, alpha=n.alpha, eps=n.epsilon, weight_decay=n.decay
        )

        def step(values, state, gradient):
            updates, state = optimizer.update(gradient, state, values)
            return optax.apply_updates(values, updates), state

        # The compiler may write the results over the arguments.
        self._function = jax.jit(step, donate_argnums=(0, 1))
        self._parameters = jnp.array(parameters(count))
        self._state = optimizer.init(self._parameters)
        self._gradients = jnp.array(next(gradients(count)))

    def step(self) -> None:
        self._parameters, self._state = self._function(self._parameters, self._state, self._gradients)
        jax.block_until_ready((self._parameters, self._state))

    def set_gradients(self, values: np.ndarray) -> None:
        self._gradients = jnp.array(values)

    def parameters(self) -> np.ndarray:
        return np.array(self._parameters)


CONTESTANTS = {"optax": Optax}
