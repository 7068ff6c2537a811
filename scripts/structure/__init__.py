# SPDX-License-Identifier: Apache-2.0
"""Reads the sources of the package, for the checks of their structure and prose."""
