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
        ("generated", {"true_energy": [1.0, 2.0]}, "generated"),
        ("generated", {"size": [1, 2]}, "generated"),
        ("recorded", {"generator": ["cvae", "cgan"], "true_energy": [1.0, 2.0]}, "generated"),
        (None, {"generator": ["cvae", ""], "true_energy": [1.0, 2.0]}, "partly generated"),
        ("recorded", {"generator": ["cvae", None]}, "partly generated"),
        ("partly generated", {"true_energy": [1.0, 2.0]}, "partly generated"),
        ("recorded", {"generator": ["", None]}, "recorded"),
    ],
)
def test_truth_tells_of_a_simulation_whatever_is_stated(stated, columns, source):
    attributes = {} if stated is None else {"source": stated}
    assert find_source(attributes, pd.DataFrame(columns)) == source
