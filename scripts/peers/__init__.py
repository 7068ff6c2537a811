"""Compares steps of this library with those of other programs, in one process."""
