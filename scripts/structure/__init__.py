"""Reads the sources of the package, for the checks of their structure and prose."""
