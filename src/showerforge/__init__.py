"""Validated synthetic events and trustworthy classifiers for detectors of the high-energy sky."""

__version__ = "0.1.0"
