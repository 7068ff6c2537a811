# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures of Tests/SafeTensorsTests from the reference implementation of the format."""
