"""Whether images are simulated: by what the events know rather than by what is stated."""

import numpy as np
import pandas as pd
import pytest

from showerforge.cameras.sources import find_source

N = np.nan


@pytest.mark.parametrize(
    ("stated", "columns", "source"),
    [
        ("recorded", {"true_energy": [1.0, 2.0]}, "simulated"),
        (None, {"primary": ["gamma", "proton"]}, "simulated"),
        (None, {"primary": ["unknown", "proton"], "true_energy": [1.0, N]}, "simulated"),
        ("simulated", {"true_energy": [1.0, N]}, "simulated"),
        ("recorded", {"true_energy": [1.0, N]}, "partly simulated"),
        (None, {"primary": ["unknown", "gamma"]}, "partly simulated"),
        ("partly simulated", {"true_energy": [1.0, N]}, "partly simulated"),
        ("recorded", {"primary": ["unknown", "unknown"], "true_energy": [N, N]}, "recorded"),
        ("simulated", {"size": [1, 2]}, "simulated"),
        (None, {"size": [1, 2]}, "origin not stated"),
        ("my telescope", {"size": [1, 2]}, "origin not stated"),
        ("recorded", {"true_energy": []}, "recorded"),
    ],
)
def test_truth_tells_of_a_simulation_whatever_is_stated(stated, columns, source):
    attributes = {} if stated is None else {"source": stated}
    assert find_source(attributes, pd.DataFrame(columns)) == source
