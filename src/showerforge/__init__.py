"""Validated synthetic events and trustworthy classifiers for detectors of the high-energy sky."""

import os

__version__ = "0.1.0"

# OpenMP reads this once, when the first library that uses it is loaded. Threads that
# spin while they wait slow XGBoost down twentyfold on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
