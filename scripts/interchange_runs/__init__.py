# SPDX-License-Identifier: Apache-2.0
"""Compares runs that go from Python to Swift and back with runs that stay in Python."""
