"""Compares moments that are stored in fewer bits with those in float64."""
