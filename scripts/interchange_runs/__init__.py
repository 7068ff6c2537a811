"""Runs that go from Python to Swift and back, against ones that stayed in Python."""
