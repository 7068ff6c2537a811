# SPDX-License-Identifier: Apache-2.0
"""Predicts the time of a step on many hosts, from measurements on one host."""
