"""Nodes of the stage synthetic_validation, for experiments with images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.generation_parameters import (
    AnyValidation,
    CalorimeterGenerationParameters,
    CalorimeterValidationParameters,
    CameraGenerationParameters,
    CameraValidationParameters,
)
from showerforge.image_parameters import (
    AnyModelling,
    AnyProcessing,
    CalorimeterProcessingParameters,
    CameraModellingParameters,
    ImageProcessingParameters,
)
from showerforge.pipelines.generating import make_detector, pass_cuts
from showerforge.pipelines.image_sets import iterate_sets, make_monte_carlo_set
from showerforge.pipelines.modelling.experiments import experiment_of, make_contenders, members_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from showerforge.generators.images.detectors import Detector
    from showerforge.validation.images.judge import ImageJudge, Scores
    from showerforge.validation.images.sets import ImageSet


def certify_generators(
    judged_images: tuple[pd.DataFrame, Any],
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    generation_costs: pd.DataFrame,
    processing: AnyProcessing,
    modelling: AnyModelling,
    validation: AnyValidation,
    seed: int,
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Draw up the certificate of each generator and particle, by what is measured of images.

    Returns
    -------
    image_certificates : ``generator``, ``label``, ``particle`` and ``certificate`` of each; null
        where no image passes the cuts.
    certificate_summary : see `showerforge.report.generated_verdict.summarise_certificate`.
    """
    from showerforge.progress import run_side_by_side
    from showerforge.report.generated_verdict import summarise_certificate
    from showerforge.validation import Margins, Settings, Yardstick

    settings = Settings(
        n_repeats=validation.n_repeats,
        n_permutations=validation.n_permutations,
        n_resamples=validation.n_resamples,
        minimum_events=validation.minimum_events,
        maximum_compared=validation.maximum_compared,
        n_jobs=validation.n_jobs,
        seed=seed,
    )
    table = pass_cuts(judged_images[0], processing)
    certificates = []
    classes = experiment_of(modelling).classes
    for particle in (classes.signal, classes.background):
        yardstick = Yardstick(
            train_events,
            test_events,
            validation.constraints,
            Margins(**validation.margins.model_dump()),
            particle,
            validation.columns,
            None,
            classes.signal,
            settings,
            validation.own_gates,
        )
        own = table[table["particle"] == particle]
        # both are needed by all, and made when they are first asked for
        _, _ = yardstick.null, yardstick.controls

        def certify(
            key: str,
            label: str,
            yardstick: Yardstick = yardstick,
            own: pd.DataFrame = own,
            particle: str = particle,
        ) -> dict[str, Any]:
            synthetic = own[own["generator"] == key][[*validation.columns, "particle"]]
            told = {"generator": key, "label": label, "particle": particle}
            if synthetic.empty:
                return {**told, "certificate": None}
            certificate, _ = yardstick.certify(synthetic, label)
            return {**told, "certificate": certificate.to_json()}

        jobs = list(generation_costs[["generator", "label"]].itertuples(index=False, name=None))
        certificates += list(
            run_side_by_side(
                certify,
                jobs,
                validation.n_jobs,
                f"Certifying generated {particle}s",
                in_processes=True,
            )
        )
    return certificates, pd.DataFrame([summarise_certificate(**each) for each in certificates])


def judge_camera_images(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    networks: dict[str, bytes],
    out_of_fold_scores: pd.DataFrame,
    test_scores: pd.DataFrame,
    separation: pd.DataFrame,
    processing: ImageProcessingParameters,
    generation: CameraGenerationParameters,
    modelling: CameraModellingParameters,
    validation: CameraValidationParameters,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge camera images pixel by pixel, and by programs that know simulated ones only.

    Returns
    -------
    image_metrics : see `showerforge.validation.images.tables.with_null`.
    generated_scores : float[n_judged, 1], gammaness of the judged images by the classifier.
    """
    from showerforge.validation.images.judge import Scores

    detector = make_detector(event_images, processing, generation)
    table, images = judged_images
    gammaness = _score(
        images, table, detector, networks, processing, modelling, validation.classifier
    )
    threshold = separation.set_index("classifier").loc[validation.classifier, "threshold"]
    reference = test_scores[validation.classifier].to_numpy()
    of_training = out_of_fold_scores[validation.classifier].to_numpy()

    def scores_of(particle: str, own: NDArray[np.bool_] | None) -> Scores:
        is_test = (test_events["particle"] == particle).to_numpy()
        if own is None:
            own_scores = of_training[(train_events["particle"] == particle).to_numpy()]
        else:
            own_scores = gammaness[own]
        return Scores(own_scores, reference[is_test], threshold)

    judged = _judge_all(
        judged_images,
        event_images,
        train_events,
        test_events,
        detector,
        processing,
        validation,
        scores_of,
        seed,
    )
    return judged, pd.DataFrame({"gammaness": gammaness}, table.index)


def judge_calorimeter_images(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    processing: CalorimeterProcessingParameters,
    generation: CalorimeterGenerationParameters,
    validation: CalorimeterValidationParameters,
    seed: int,
) -> pd.DataFrame:
    """Judge images of a calorimeter crystal by crystal.

    Returns
    -------
    image_metrics : see `showerforge.validation.images.tables.with_null`.
    """
    detector = make_detector(event_images, processing, generation)
    return _judge_all(
        judged_images,
        event_images,
        train_events,
        test_events,
        detector,
        processing,
        validation,
        lambda particle, own: None,
        seed,
    )


def _judge_all(
    judged_images: tuple[pd.DataFrame, Any],
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    detector: Detector,
    processing: Any,
    validation: Any,
    scores_of: Any,
    seed: int,
) -> pd.DataFrame:
    from showerforge.progress import track
    from showerforge.validation.images.tables import with_null

    table, _ = judged_images
    sets = list(iterate_sets(judged_images, detector, processing))
    real = [
        make_monte_carlo_set(event_images, events, detector, processing)
        for events in (train_events, test_events)
    ]
    rows = []
    for particle in detector.particles:
        train, test = (each.of(particle) for each in real)
        judge = _make_judge(train, test, detector, validation, seed)
        rows.append(judge.judge_monte_carlo(scores_of(particle, None)))
        for sample in track(sets, f"Judging generated {particle}s", len(sets)):
            own = (table["particle"] == particle) & (table["generator"] == sample.generator)
            rows.append(judge.judge(sample.of(particle), scores_of(particle, own.to_numpy())))
    return with_null(pd.concat(rows, ignore_index=True))


def _make_judge(
    train: ImageSet, test: ImageSet, detector: Detector, validation: Any, seed: int
) -> ImageJudge:
    from showerforge.generators.images.detectors import CameraDetector
    from showerforge.validation.images.judge import ImageJudge, TelescopeQuestions
    from showerforge.validation.images.resampling import Resampling

    telescope = None
    if isinstance(detector, CameraDetector):
        telescope = TelescopeQuestions(
            detector.camera, validation.quality, validation.n_energy_classes
        )
    return ImageJudge(
        train,
        test,
        detector.layout,
        validation.charge_scale,
        telescope,
        validation.network,
        Resampling(validation.n_resamples, seed=seed),
        validation.columns,
    )


def _score(
    images: Any,
    table: pd.DataFrame,
    detector: Detector,
    networks: dict[str, bytes],
    processing: ImageProcessingParameters,
    modelling: CameraModellingParameters,
    classifier: str,
) -> NDArray[np.float64]:
    """Gammaness of images by all members of a network, float[n]."""
    from showerforge.cameras.images import EventImages
    from showerforge.cameras.streams import HeldImages
    from showerforge.generators.images.detectors import CameraDetector
    from showerforge.networks.backends import require, run_alone

    assert isinstance(detector, CameraDetector)
    source = HeldImages(EventImages(detector.camera, table, images[:, :, 0]))
    contenders = {c.name: c for c in make_contenders(source, processing, modelling)}
    members = members_of(classifier, networks)
    return run_alone(require(), _score_members, members, contenders[classifier], len(table))


def _score_members(members: list[bytes], contender: Any, n: int) -> NDArray[np.float64]:
    from scipy.special import expit

    from showerforge.networks.files import from_bytes
    from showerforge.networks.samples import Sample
    from showerforge.networks.training import score_logits

    sample = Sample(contender.view.read, np.arange(n), np.zeros(n, dtype=bool))
    logits = [score_logits(from_bytes(content), sample, contender.layout)[0] for content in members]
    return np.asarray(expit(np.mean(logits, axis=0)))


def summarise_generators(
    certificate_summary: pd.DataFrame, image_metrics: pd.DataFrame
) -> dict[str, float]:
    """Flatten what runs are compared by into names and numbers, for MLflow.

    Returns
    -------
    generation_metrics : such as ``light_mixture.gamma.two_sample_auc``.
    """
    metrics = {
        f"{row['generator']}.{row['particle']}.{name}": row[name]
        for row in certificate_summary.to_dict("records")
        for name in ("two_sample_auc", "ks_distance", "coverage", "membership_auc")
    }
    metrics |= {
        f"{row['generator']}.{row['particle']}.{row['metric']}": row["value"]
        for row in image_metrics.to_dict("records")
    }
    return {name: float(value) for name, value in metrics.items() if np.isfinite(value)}
