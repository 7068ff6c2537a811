# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/convert without its peers: the command line, and files that PyTorch wrote."""
