# SPDX-License-Identifier: Apache-2.0
"""Optimizers for PyTorch."""

import importlib
import math

import numpy as np
import torch

from .contestant import Contestant
from .problem import NUMBERS, gradients, parameters


class Torch(Contestant):
    """A contestant on tensors of PyTorch."""

    def __init__(self, count: int, threads: int):
        super().__init__(count, threads)
        torch.set_num_threads(threads)
        # Code that is compiled for another size has sizes that change in it, and is slower.
        torch._dynamo.reset()
        self._parameters = torch.nn.Parameter(torch.from_numpy(parameters(count)))
        self._gradients = torch.from_numpy(next(gradients(count)))
        self._parameters.grad = self._gradients
        self.step = self._made()

    def _made(self):
        raise NotImplementedError

    def step(self) -> None:  # Each object has its own.
        raise NotImplementedError

    def set_gradients(self, values: np.ndarray) -> None:
        self._gradients.copy_(torch.from_numpy(values))

    def parameters(self) -> np.ndarray:
        return self._parameters.detach().numpy().copy()


class Official(Torch):
    """The optimizer of apple/ml-ademamix, as it is."""

    def _made(self):
        n = NUMBERS
        module = importlib.import_module("ademamix")
        return module.AdEMAMix(
            [self._parameters], lr=n.rate, betas=n.betas, alpha=n.alpha, eps=n.epsilon, weight_decay=n.decay
        ).step


class CompiledOfficial(Official):
    """The same under torch.compile."""

    def _made(self):
        return torch.compile(super()._made())


class CompiledEquations(Torch):
    """The equations under torch.compile, with the factors that change as tensors: no step compiles anew."""

    def _made(self):
        n = NUMBERS
        fast, slow, second = (torch.zeros_like(self._gradients) for _ in range(3))
        corrections = torch.zeros(2)

        @torch.no_grad()
        def update(theta, gradient, fast, slow, second, corrections):
            fast.mul_(n.beta1).add_(gradient, alpha=1 - n.beta1)
            slow.mul_(n.beta3).add_(gradient, alpha=1 - n.beta3)
            second.mul_(n.beta2).addcmul_(gradient, gradient, value=1 - n.beta2)
            root = second.sqrt() * corrections[1] + n.epsilon
            theta.sub_(n.rate * ((fast * corrections[0] + n.alpha * slow) / root + n.decay * theta))

        compiled = torch.compile(update)
        theta, gradient, steps = self._parameters.detach(), self._gradients, 0
        factors = corrections.numpy()

        def step():
            nonlocal steps
            steps += 1
            factors[0] = 1 / (1 - n.beta1**steps)
            factors[1] = 1 / math.sqrt(1 - n.beta2**steps)
            compiled(theta, gradient, fast, slow, second, corrections)

        return step


class PytorchOptimizer(Torch):
    """pytorch_optimizer.AdEMAMix, compiled in the way of its package."""

    def _made(self):
        import pytorch_optimizer

        n = NUMBERS
        model = torch.nn.Module()
        model.weight = self._parameters
        return pytorch_optimizer.create_optimizer(
            model, "ademamix", n.rate, n.decay, compile=True, weight_decouple=True,
            betas=n.betas, alpha=n.alpha, eps=n.epsilon,
        ).step  # fmt: skip


class BitsAndBytes(Torch):
    """bitsandbytes.optim.AdEMAMix with a state of 32 bits."""

    def _made(self):
        import bitsandbytes

        n = NUMBERS
        return bitsandbytes.optim.AdEMAMix(
            [self._parameters], lr=n.rate, betas=n.betas, alpha=n.alpha, eps=n.epsilon, weight_decay=n.decay
        ).step


class FusedAdamW(Torch):
    """AdamW of PyTorch, fused: it moves 7 values a parameter, and AdEMAMix 9."""

    is_ademamix = False

    def _made(self):
        n = NUMBERS
        return torch.optim.AdamW(
            [self._parameters], lr=n.rate, betas=n.betas[:2], eps=n.epsilon, weight_decay=n.decay, fused=True
        ).step


class CPUAdam(Torch):
    """CPUAdam of DeepSpeed: AdamW, which moves 7 values a parameter."""

    is_ademamix = False

    def _made(self):
        from deepspeed.ops.adam import DeepSpeedCPUAdam

        n = NUMBERS
        return DeepSpeedCPUAdam(
            [self._parameters], lr=n.rate, betas=n.betas[:2], eps=n.epsilon, weight_decay=n.decay
        ).step


CONTESTANTS = {
    "official": Official,
    "official, compiled": CompiledOfficial,
    "torch.compile": CompiledEquations,
    "pytorch_optimizer": PytorchOptimizer,
    "bitsandbytes": BitsAndBytes,
    "AdamW, torch": FusedAdamW,
    "AdamW, DeepSpeed": CPUAdam,
}
