# SPDX-License-Identifier: Apache-2.0
"""Compares steps of this library with those of other programs, in one process."""
