"""Do events of today look like those that a classifier was made with? Needs NumPy only."""
