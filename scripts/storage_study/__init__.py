"""How far moments that are stored in fewer bits end from those of float64."""
