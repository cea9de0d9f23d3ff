"""Shapley values of the kept model: noise and cost against shap's PermutationExplainer.

Run it after ``kedro run``: ``python benchmarks/shapley.py``. All estimates share the background
events, so that what is compared is the noise by the orders of parameters alone.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import shap

from showerforge.classifiers.explanation import log_odds, shapley_values
from showerforge.datasets.models import SkopsDataset
from showerforge.events.schema import HILLAS_PARAMETERS

DATA = Path(__file__).parents[1] / "data"
N_EVENTS, N_BACKGROUND, N_TRUTH = 16, 50, 12


class Counted:
    """A function that counts the rows it is asked for."""

    def __init__(self, function):
        self.function = function
        self.n_rows = 0

    def __call__(self, rows):
        """Call it."""
        self.n_rows += len(rows)
        return self.function(np.asarray(rows))


def sample(name: str, n: int) -> np.ndarray:
    """Take recorded parameters of some events of the run."""
    events = pd.read_parquet(DATA / f"05_model_input/magic/{name}_events.parquet")
    return events[HILLAS_PARAMETERS].sample(n, random_state=0).to_numpy()


def main() -> None:
    """Measure and print."""
    function = Counted(log_odds(SkopsDataset(str(DATA / "06_models/magic/model.skops")).load()))
    events, background = sample("test", N_EVENTS), sample("train", N_BACKGROUND)
    truth = np.mean(
        [shapley_values(function, events, background, seed + 1)[0] for seed in range(N_TRUTH)],
        axis=0,
    )

    def of_shap(n_orders: int) -> np.ndarray:
        masker = shap.maskers.Independent(background, max_samples=N_BACKGROUND)
        explainer = shap.PermutationExplainer(function, masker, seed=0)
        n_evaluations = n_orders * (2 * len(HILLAS_PARAMETERS) + 1)
        return explainer(events, max_evals=n_evaluations, silent=True).values

    print(f"{'':28}{'predictions':>12}{'CPU s':>8}{'rms error':>11}{'mean |value| wrong by':>23}")
    for label, estimate in (
        ("an order for each pair", lambda: shapley_values(function, events, background, 0)[0]),
        ("shap, one order", lambda: of_shap(1)),
        ("shap, two orders", lambda: of_shap(2)),
    ):
        function.n_rows, begin = 0, time.process_time()
        values = estimate()
        taken = time.process_time() - begin
        error = np.sqrt(np.mean((values - truth) ** 2))
        sizes = np.abs(values).mean(axis=0) / np.abs(truth).mean(axis=0) - 1
        print(
            f"{label:28}{function.n_rows:12,}{taken:8.1f}{error:11.3f}"
            f"{sizes.min():+13.0%} to {sizes.max():+.0%}"
        )
    print(f"root mean square of the values: {np.sqrt(np.mean(truth**2)):.3f}")


if __name__ == "__main__":
    main()
