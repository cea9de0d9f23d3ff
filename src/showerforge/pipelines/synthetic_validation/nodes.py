"""Nodes of the stage synthetic_validation."""

import logging
from typing import Any

import pandas as pd

from showerforge.events.features import feature_names
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.generators import GENERATORS
from showerforge.parameters import (
    DataProcessingParameters,
    SyntheticGenerationParameters,
    SyntheticValidationParameters,
)
from showerforge.validation.dependence import rank_correlations
from showerforge.validation.marginals import compare_marginals
from showerforge.validation.table_certificate import Margins, certify

logger = logging.getLogger(__name__)


def certify_synthetic_events(
    synthetic_events: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    validation: SyntheticValidationParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    seed: int,
) -> dict[str, Any]:
    """Draw up the certificate of the synthetic events."""
    certificate = certify(
        synthetic_events,
        train_events,
        test_events,
        processing.constraints,
        processing.feature_sets,
        Margins(**validation.margins.model_dump()),
        validation.n_repeats,
        seed,
        GENERATORS[generation.generator.name].label,
    )
    logger.info("Certificate of %s: %s", certificate.generator, certificate.verdict.upper())
    return certificate.to_json()


def compare_distributions(
    synthetic_events: pd.DataFrame,
    test_events: pd.DataFrame,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
) -> pd.DataFrame:
    """Compare every parameter and feature of synthetic events with held-out real ones."""
    reference = test_events[test_events["particle"] == generation.particle]
    columns = [*HILLAS_PARAMETERS, *feature_names(processing.feature_sets)]
    return compare_marginals(synthetic_events, reference, columns)


def compare_correlations(
    synthetic_events: pd.DataFrame,
    test_events: pd.DataFrame,
    generation: SyntheticGenerationParameters,
) -> pd.DataFrame:
    """Compare rank correlations of synthetic events with those of held-out real ones.

    Returns
    -------
    correlations : DataFrame, one row per ordered pair of parameters: ``first``, ``second``,
        ``real``, ``synthetic`` and ``difference``.
    """
    reference = test_events[test_events["particle"] == generation.particle]
    pairs = pd.DataFrame(
        {
            "real": rank_correlations(reference, HILLAS_PARAMETERS).stack(),
            "synthetic": rank_correlations(synthetic_events, HILLAS_PARAMETERS).stack(),
        }
    )
    pairs["difference"] = pairs["synthetic"] - pairs["real"]
    return pairs.rename_axis(["first", "second"]).reset_index()
