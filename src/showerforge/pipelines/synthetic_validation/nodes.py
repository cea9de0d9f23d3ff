"""Nodes of the stage synthetic_validation."""

import logging
from dataclasses import fields
from typing import Any

import pandas as pd

from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS, PARENTS
from showerforge.events.splits import iterate_folds
from showerforge.parameters import (
    DataProcessingParameters,
    GeneratorParameters,
    ModellingParameters,
    SyntheticGenerationParameters,
    SyntheticValidationParameters,
)
from showerforge.pipelines.making import make_events
from showerforge.pipelines.yardstick import build_yardstick
from showerforge.validation import Evidence, leakage
from showerforge.validation.alarm import raise_alarm

logger = logging.getLogger(__name__)

#: the tables that are certified
ROLES = ("generator", "reference")
#: the generator of the alarm and the tracer, which must interpolate
INTERPOLATING = GeneratorParameters(name="smote")
#: a dye must not be rounded away
UNROUNDED = 12
TRACED = "fDist"


def prove_no_leakage(
    events: pd.DataFrame,
    train_events: pd.DataFrame,
    fold_synthetic_events: pd.DataFrame,
    synthetic_events: pd.DataFrame,
    reference_events: pd.DataFrame,
    generator_choice: dict[str, Any],
    generation: SyntheticGenerationParameters,
    processing: DataProcessingParameters,
    seed: int,
) -> dict[str, Any]:
    """Prove that no held-out event reaches a synthetic one, and that a leak would be seen.

    Returns
    -------
    proof : ``folds`` (parents outside the training part of each fold), ``holdout_invariance``
        (garbage in the test events changes nothing of the very table that is certified),
        ``tracer`` (dyed test events, by the right and by a wrong recipe),
        ``groups_on_both_sides``, ``groups_in_two_folds``, and ``alarm``, what a wrong recipe
        pretends and how it is found out.
    """
    is_train = events.index.isin(train_events.index)

    def smote(train: pd.DataFrame, decimals: int | None = None) -> pd.DataFrame:
        return make_events(INTERPOLATING, train, generation, processing, seed, decimals)

    def prove(name: str, certified: pd.DataFrame) -> dict[str, Any]:
        clean, again = (
            make_events(generation.generators[name], table[is_train], generation, processing, seed)
            for table in (events, garbage)
        )
        return {
            "generator": _label(generator_choice, name),
            "is_invariant": leakage.fingerprint(clean) == leakage.fingerprint(again),
            "is_certified_table": clean[HILLAS_PARAMETERS].equals(certified[HILLAS_PARAMETERS]),
        }

    garbage = leakage.with_garbage(events, ~is_train, HILLAS_PARAMETERS, seed)
    certified = {
        generator_choice["generator"]: synthetic_events,
        generator_choice["reference"]: reference_events,
    }
    _, fitted, _ = next(iterate_folds(train_events["fold"]))
    alarm = raise_alarm(
        train_events,
        fitted,
        smote,
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
        lambda table, train: smote(table[train], UNROUNDED), events, is_train, TRACED
    )
    _, wrong = leakage.count_traced(
        lambda table, train: smote(table, UNROUNDED), events, is_train, TRACED
    )
    generator = INTERPOLATING.name.upper()
    return {
        "folds": _parents_in_folds(fold_synthetic_events, train_events),
        "holdout_invariance": [prove(name, table) for name, table in certified.items()],
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


def _leaks(proof: dict[str, Any], generator: str, label: str) -> dict[str, bool]:
    """Read from the proof what must be true of a generator, by what is counted if it is not."""
    invariance = next(row for row in proof["holdout_invariance"] if row["generator"] == label)
    in_folds = [row["n_outside"] for row in proof["folds"] if row["generator"] == generator]
    return {
        "changes by garbage in the held-out events": invariance["is_invariant"],
        "differences between the proved and the certified table": invariance["is_certified_table"],
        "parents inside of a fold that is held out": not any(in_folds),
        "groups in two folds": proof["groups_in_two_folds"] == 0,
        "alarms that did not sound": proof["tracer"]["right"] == 0
        and proof["tracer"]["wrong"] > 0
        and proof["alarm"]["is_flagged"],
    }


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
    certificates, evidence = [], []
    for role, label, events in (
        ("generator", generator_choice["label"], synthetic_events),
        ("reference", generator_choice["reference_label"], reference_events),
    ):
        certificate, found = yardstick.certify(
            events, label, _leaks(leakage_proof, generator_choice[role], label)
        )
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
