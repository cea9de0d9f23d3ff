"""Which training events settings belong to."""

from typing import Any

import pandas as pd

from showerforge.parameters import DataProcessingParameters


def provenance_of(
    train_events: pd.DataFrame,
    data: dict[str, Any],
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Collect what settings that were found on training events depend on.

    Returns
    -------
    provenance : ``data_sha256``, ``seed``, ``n_folds``, ``test_fraction``, ``maximum_events``,
        ``feature_sets``, ``features`` and ``training_events``, a fingerprint of the events
        with their folds.
    """
    from showerforge.classifiers.provenance import fingerprint_of

    return {
        "data_sha256": data["sha256"],
        "seed": seed,
        "n_folds": processing.n_folds,
        "test_fraction": processing.test_fraction,
        "maximum_events": processing.maximum_events,
        "feature_sets": list(processing.feature_sets),
        "features": processing.features,
        "training_events": fingerprint_of(train_events),
    }
