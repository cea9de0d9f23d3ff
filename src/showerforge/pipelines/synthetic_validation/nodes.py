"""Nodes of the stage synthetic_validation."""

import logging
from dataclasses import fields
from typing import Any

import pandas as pd

from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS, PARENTS
from showerforge.events.splits import iterate_folds
from showerforge.generators import build_generator, fill_up
from showerforge.parameters import (
    DataProcessingParameters,
    GeneratorParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
    SyntheticValidationParameters,
)
from showerforge.pipelines.yardstick import build_yardstick
from showerforge.validation import Evidence, leakage
from showerforge.validation.alarm import raise_alarm

logger = logging.getLogger(__name__)

#: the tables that are certified
ROLES = ("generator", "reference")
INVARIANCE = "changes by garbage in the held-out events"
#: the generator of the alarm and the tracer, which must interpolate
INTERPOLATING = GeneratorParameters(name="smote")
#: a dye must not be rounded away
UNROUNDED = 12
TRACED = "fDist"


def prove_no_leakage(
    events: pd.DataFrame,
    train_events: pd.DataFrame,
    fold_synthetic_events: pd.DataFrame,
    generator_choice: dict[str, Any],
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Prove that no held-out event reaches a synthetic one, and that a leak would be seen.

    Returns
    -------
    proof : ``folds`` (parents outside the training part of each fold), ``holdout_invariance``
        (garbage in the test events changes nothing), ``tracer`` (dyed test events, by the
        right and by a wrong recipe), ``groups_on_both_sides``, and ``alarm``, what a wrong
        recipe pretends and how it is found out.
    """
    is_train = events.index.isin(train_events.index)

    def generate(
        generator: GeneratorParameters, train: pd.DataFrame, decimals: int
    ) -> pd.DataFrame:
        drawn = fill_up(
            build_generator(generator.name, generator.options),
            train[HILLAS_PARAMETERS],
            train["particle"],
            generation.particle,
            generation.ratio,
            processing.constraints,
            decimals,
            generation.maximum_rounds,
            seed,
        )
        return drawn.events.assign(particle=generation.particle)

    def is_invariant(name: str) -> bool:
        return leakage.is_holdout_invariant(
            lambda table, train: generate(
                generation.generators[name], table[train], generation.decimals
            ),
            events,
            is_train,
            HILLAS_PARAMETERS,
            seed,
        )

    _, fitted, _ = next(iterate_folds(train_events["fold"]))
    alarm = raise_alarm(
        train_events,
        fitted,
        lambda table: generate(INTERPOLATING, table, generation.decimals),
        HILLAS_PARAMETERS,
        GAMMA,
        seed,
    )
    logger.info(
        "%s before the split would pretend %+.4f in ROC-AUC; flagged: %s",
        INTERPOLATING.name.upper(),
        alarm["illusion"],
        alarm["is_flagged"],
    )
    n_synthetic, right = leakage.count_traced(
        lambda table, train: generate(INTERPOLATING, table[train], UNROUNDED),
        events,
        is_train,
        TRACED,
    )
    _, wrong = leakage.count_traced(
        lambda table, train: generate(INTERPOLATING, table, UNROUNDED), events, is_train, TRACED
    )
    generator = INTERPOLATING.name.upper()
    return {
        "folds": _parents_in_folds(fold_synthetic_events, train_events),
        "holdout_invariance": [
            {"generator": _label(generator_choice, name), "is_invariant": is_invariant(name)}
            for name in dict.fromkeys(generator_choice[role] for role in ROLES)
        ],
        "tracer": {
            "generator": generator,
            "n_synthetic": n_synthetic,
            "right": right,
            "wrong": wrong,
        },
        "groups_on_both_sides": leakage.groups_on_both_sides(train_events, events[~is_train]),
        "groups_in_two_folds": int((train_events.groupby("group")["fold"].nunique() > 1).sum()),
        "alarm": {"generator": generator, **alarm},
    }


def _label(choice: dict[str, Any], name: str) -> str:
    return str(choice["label"] if name == choice["generator"] else choice["reference_label"])


def _parents_in_folds(
    fold_synthetic_events: pd.DataFrame, train_events: pd.DataFrame
) -> list[dict[str, Any]]:
    """Count the parents of every generator in every fold, and those in the fold itself."""
    rows = []
    for (generator, fold), synthetic in fold_synthetic_events.groupby(
        ["generator", "fold"], sort=False
    ):
        outside_fold = train_events.index[train_events["fold"] != fold]
        parents = pd.concat([synthetic[column] for column in PARENTS])
        rows.append(
            {
                "generator": str(generator),
                "fold": int(fold),
                "n_synthetic": len(synthetic),
                "n_parents": int(parents.nunique()),
                "n_outside": leakage.parents_outside(synthetic, outside_fold),
            }
        )
    return rows


def certify_synthetic_events(
    synthetic_events: pd.DataFrame,
    reference_events: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    leakage_proof: dict[str, Any],
    generator_choice: dict[str, Any],
    validation: SyntheticValidationParameters,
    processing: DataProcessingParameters,
    generation: SyntheticGenerationParameters,
    modelling: ModellingParameters,
    seed: int,
) -> tuple[dict[str, Any], ...]:
    """Draw up the certificates of the chosen generator and of the reference.

    Returns
    -------
    certificate, reference_certificate : as plain types.
    two_sample_scores, separating_columns, nearest_distances, membership_scores, marginals,
    correlations : what the figures are drawn from; ``table`` tells "generator" from "reference".
    """
    yardstick = build_yardstick(
        train_events,
        test_events,
        validation,
        generation,
        processing,
        modelling,
        validation.n_repeats,
        seed,
    )
    invariant = {
        row["generator"]: row["is_invariant"] for row in leakage_proof["holdout_invariance"]
    }
    certificates, evidence = [], []
    for role, label, events in (
        ("generator", generator_choice["label"], synthetic_events),
        ("reference", generator_choice["reference_label"], reference_events),
    ):
        certificate, found = yardstick.certify(events, label, {INVARIANCE: invariant[label]})
        logger.info("Certificate of %s: %s", label, certificate.verdict.upper())
        certificates.append(certificate.to_json())
        evidence.append((role, found))
    tables = (
        pd.concat(
            [getattr(found, field.name).assign(table=role) for role, found in evidence],
            ignore_index=True,
        )
        for field in fields(Evidence)
    )
    return (*certificates, *tables)
