"""Bootstrap of figures of merit: all resamples at once against scikit-learn one by one.

Run it with ``python benchmarks/bootstrap.py``. Both ways judge the same resamples, and the
program checks that they agree before it prints how long each took.
"""

import time

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from showerforge.metrics.intervals import bootstrap_weights
from showerforge.metrics.separation import Separation

N_EVENTS = 3_800
N_RESAMPLES = 300


def main() -> None:
    """Measure both ways and print the ratio."""
    generator = np.random.default_rng(0)
    is_gamma = np.arange(N_EVENTS) < 0.65 * N_EVENTS
    gammaness = generator.normal(is_gamma, 0.7)
    weights = bootstrap_weights(is_gamma, N_RESAMPLES, seed=0)

    begin = time.perf_counter()
    separation = Separation(is_gamma, gammaness, weights)
    at_once = np.column_stack([separation.roc_auc(), separation.average_precision_gamma()])
    seconds_at_once = time.perf_counter() - begin

    begin = time.perf_counter()
    one_by_one = [
        (
            roc_auc_score(is_gamma, gammaness, sample_weight=weight),
            average_precision_score(is_gamma, gammaness, sample_weight=weight),
        )
        for weight in weights
    ]
    seconds_one_by_one = time.perf_counter() - begin

    np.testing.assert_allclose(at_once, one_by_one, atol=1e-9)
    print(f"ROC-AUC and PR-AUC of {N_RESAMPLES} resamples of {N_EVENTS:,} events, same results")
    print(f"  scikit-learn, one by one: {seconds_one_by_one:6.2f} s")
    print(f"  showerforge, all at once: {seconds_at_once:6.2f} s")
    print(f"  ratio:                    {seconds_one_by_one / seconds_at_once:6.1f}")


if __name__ == "__main__":
    main()
