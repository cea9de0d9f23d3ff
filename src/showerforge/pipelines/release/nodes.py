"""Nodes of the release."""

from pathlib import Path
from typing import Any

import pandas as pd

from showerforge.parameters import DataProcessingParameters, ModellingParameters
from showerforge.release.settings import ReleaseSettings


def export_model(
    model: Any,
    choice: dict[str, Any],
    processing: DataProcessingParameters,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
) -> tuple[bytes, dict[str, float]]:
    """Write the kept model as ONNX, and compare the scores of all events.

    Returns
    -------
    model_onnx : the file.
    parity : number of events and largest difference.
    """
    from showerforge.extras import require_packages
    from showerforge.release.bundles import check_parity
    from showerforge.release.models import to_onnx

    require_packages("Releases", ("onnx", "onnxruntime"), ("serve",))

    content = to_onnx(model, " ".join([choice["candidate"], processing.note]).strip())
    events = pd.concat([train_events, test_events])
    difference = check_parity(model, content, events)
    return content, {"n_events": len(events), "largest_difference": difference}


def count_reference(
    model_onnx: bytes,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    release: ReleaseSettings,
) -> bytes:
    """Count what events look like when nothing is wrong."""
    from showerforge.release.bundles import make_reference

    return make_reference(model_onnx, train_events, test_events, release.n_bins).to_bytes()


def measure_power(
    model_onnx: bytes,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    release: ReleaseSettings,
    seed: int,
) -> pd.DataFrame:
    """Measure which faults are seen within how many events."""
    from showerforge.release.bundles import judge_power

    events = pd.concat([train_events, test_events])
    return pd.DataFrame(judge_power(model_onnx, events, release, seed))


def write_release(
    model: Any,
    model_onnx: bytes,
    drift_reference: bytes,
    drift_power: pd.DataFrame,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    choice: dict[str, Any],
    figures_of_merit: pd.DataFrame,
    sky: pd.DataFrame,
    processing: DataProcessingParameters,
    release: ReleaseSettings,
    seed: int,
) -> dict[str, bytes]:
    """Put model, reference, power and manifest together.

    Returns
    -------
    release : content of the files by name.
    """
    from showerforge.datasets.models import MODEL_IMPORTS, installed_versions
    from showerforge.release.bundles import Provenance, bind_release, power_to_json
    from showerforge.release.points import figures_of, working_points_of
    from showerforge.repository import git_state
    from showerforge.serving.manifest import MODEL, POWER, REFERENCE

    name = choice["candidate"]
    provenance = Provenance(
        experiment="magic",
        model=name,
        note=processing.note,
        working_points=working_points_of(sky, name),
        working_point=release.working_point,
        figures=figures_of(figures_of_merit, name),
        code=git_state(Path.cwd()),
        packages=dict(pin.split("==") for pin in installed_versions(MODEL_IMPORTS)),
    )
    files = {
        MODEL: model_onnx,
        REFERENCE: drift_reference,
        POWER: power_to_json(drift_power.to_dict("records")),
    }
    return bind_release(
        files,
        model,
        train_events,
        test_events,
        processing.relations,
        provenance,
        release,
        seed,
    )


def draw_power(
    drift_power: pd.DataFrame,
    data: dict[str, Any],
    release: ReleaseSettings,
    modelling: ModellingParameters,
) -> Any:
    """Draw how surely faults are seen, against the number of events."""
    from showerforge.figures.drift import power_figure

    rate, confidence = release.alarms.false_alarm_rate, modelling.evaluation.confidence
    return power_figure(drift_power, rate, confidence, data["footer"])
