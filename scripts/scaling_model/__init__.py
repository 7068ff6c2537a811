"""How long a step takes on many hosts, from what one host measures."""
