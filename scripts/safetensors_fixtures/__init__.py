"""Writes the fixtures of Tests/SafeTensorsTests from the reference implementation of the format."""
