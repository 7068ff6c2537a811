"""Tests of scripts/convert without its peers: the command line, and files that PyTorch wrote."""
