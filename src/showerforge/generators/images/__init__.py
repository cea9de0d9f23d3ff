"""Generators of images, behind one interface."""
