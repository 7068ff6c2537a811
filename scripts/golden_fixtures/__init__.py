# SPDX-License-Identifier: Apache-2.0
"""Golden fixtures for the AdEMAMix test suite: float64 equations, and optax's own runs."""
