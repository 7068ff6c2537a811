# SPDX-License-Identifier: Apache-2.0
"""Compares moments that are stored in fewer bits with those in float64."""
