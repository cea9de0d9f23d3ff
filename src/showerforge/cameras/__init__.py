"""Cameras of imaging telescopes: geometry, image cleaning, Hillas parametrisation, readers."""
