"""Electrons and photons in a crystal calorimeter: files, shower shapes, simulation."""
