"""What tests make: events and images of a toy telescope, copies of the project."""

import atexit
import io
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from forked_runs import kedro

from showerforge.cameras.camera import Camera
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.images import TRUTH_COLUMNS, EventImages
from showerforge.events.schema import GAMMA, HADRON, HILLAS_PARAMETERS, WEIGHT
from showerforge.events.splits import group_duplicates

PROJECT = Path(__file__).parents[1]


def make_events(n_gamma: int, n_hadron: int, seed: int = 0) -> pd.DataFrame:
    """Draw toy events: gammas short, slender and pointing to the source, hadrons less so."""
    generator = np.random.default_rng(seed)
    n = n_gamma + n_hadron
    is_gamma = np.arange(n) < n_gamma
    length = generator.lognormal(np.where(is_gamma, 3.4, 3.9), 0.35)
    concentration = generator.uniform(0.1, 0.8, n)
    events = pd.DataFrame(
        {
            "fLength": length,
            "fWidth": length * generator.beta(2, np.where(is_gamma, 5, 3)),
            "fSize": generator.normal(2.8, 0.3, n).clip(2, 5),
            "fConc": concentration,
            "fConc1": concentration * generator.uniform(0.5, 1, n),
            "fAsym": generator.normal(0, 30, n),
            "fM3Long": generator.normal(10, 30, n),
            "fM3Trans": generator.normal(0, 15, n),
            "fAlpha": np.where(
                is_gamma, generator.exponential(12, n), generator.uniform(0, 90, n)
            ).clip(0, 90),
            "fDist": generator.uniform(50, 350, n),
        }
    ).round(4)
    events["particle"] = np.where(is_gamma, GAMMA, HADRON)
    events = events.sample(frac=1, random_state=seed).reset_index(drop=True)
    events["group"] = group_duplicates(events, [*HILLAS_PARAMETERS, "particle"])
    events[WEIGHT] = 1.0
    return events.rename_axis("event_id")


def hadrons_of(events: pd.DataFrame) -> pd.DataFrame:
    return events[events["particle"] == "hadron"]


def make_camera(n_rings: int = 4, pitch: float = 0.36) -> Camera:
    """Put hexagonal pixels in rings around a central one."""
    q, r = (part.ravel() for part in np.mgrid[-n_rings : n_rings + 1, -n_rings : n_rings + 1])
    inside = np.abs(q + r) <= n_rings
    q, r = q[inside], r[inside]
    return Camera(
        name="toy",
        x=pitch * (q + r / 2),
        y=pitch * r * np.sqrt(3) / 2,
        pitch=pitch,
        focal_length=4.75,
        mirror_area=8.5,
        cluster=(q > 0).astype(np.int32),
    )


def make_images(camera: Camera, n_events: int, seed: int = 0) -> EventImages:
    """Draw round spots of light, with what a simulation would say about them."""
    generator = np.random.default_rng(seed)
    x, y = generator.normal(0, 0.5, (2, n_events, 1))
    light = generator.lognormal(4, 1, (n_events, 1))
    expected = light * np.exp(-((camera.x - x) ** 2 + (camera.y - y) ** 2) / (2 * 0.2**2))
    expected[expected < 0.1] = 0
    is_gamma = generator.random(n_events) < 0.5
    table = pd.DataFrame(
        {column.name: generator.random(n_events) for column in TRUTH_COLUMNS},
        index=pd.RangeIndex(1000, 1000 + n_events, name="event_id").astype("int64"),
    )
    table["primary"] = pd.array(np.where(is_gamma, "gamma", "proton"), dtype="str")
    table["particle"] = pd.array(np.where(is_gamma, GAMMA, HADRON), dtype="str")
    table["shower_id"] = np.arange(n_events) // 4
    table["triggered"] = is_gamma
    noise = generator.normal(0, 0.5, expected.shape)
    images = (generator.poisson(expected) + noise).astype(np.float32)
    return EventImages(camera, table, images, expected.astype(np.float32))


def parameters_of(environment: str) -> dict[str, Any]:
    """Give the parameters of an environment of the project."""
    return deepcopy(_read_parameters(environment))


@cache
def _read_parameters(environment: str) -> dict[str, Any]:
    from kedro.config import OmegaConfigLoader

    from showerforge.configuration import CONFIG_LOADER_ARGS

    loader = OmegaConfigLoader(str(PROJECT / "conf"), env=environment, **CONFIG_LOADER_ARGS)
    return loader["parameters"]


def copy_project(target: Path, magic_file: Path | None, has_store: bool = True) -> Path:
    """Copy the project but for its code: runs take that of this one, which is compiled already.

    The first run of a project makes the store of MLflow, which takes a second; copies have an empty
    one unless they are told not to.
    """
    for name in ("conf", "notebooks", "pyproject.toml", ".telemetry"):
        source = PROJECT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        target.mkdir(exist_ok=True)
        copy(source, target / name)
    (target / "src").mkdir()
    shutil.rmtree(target / "conf/local")
    (target / "conf/local").mkdir()
    (target / "data/01_raw").mkdir(parents=True)
    if magic_file is not None:
        shutil.copy2(magic_file, target / "data/01_raw")
    if has_store:
        shutil.copy2(_empty_store(), target)
    return target


@cache
def _empty_store() -> Path:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    folder = Path(tempfile.mkdtemp(prefix="showerforge-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", str(folder / "mlartifacts"))
    store.engine.dispose()
    return folder / "mlflow.db"


def run_study(project: Path, pipeline: str, *arguments: str) -> str:
    """Run a study as a user types it, on small numbers, and return what it prints."""
    result = kedro(project, "run", "--env", "quick", "--pipelines", pipeline, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def run_notebook(project: Path, name: str) -> None:
    """Run a notebook on what a quick run has left, from an empty state, and look for figures."""
    import nbformat
    from nbclient import NotebookClient

    path = project / f"notebooks/{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}})
    client.execute(env={**os.environ, "KEDRO_ENV": "quick"})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output["output_type"] == "error" for output in outputs)
    assert "WARNING" not in str(outputs)


def make_image_events(n_gamma: int, n_hadron: int, seed: int = 0) -> pd.DataFrame:
    """Draw measured toy images, four of a shower: gammas are narrower and point to the source."""
    generator = np.random.default_rng(seed)
    n = n_gamma + n_hadron
    is_gamma = np.arange(n) < n_gamma
    events = pd.DataFrame({name: generator.random(n) for name in IMAGE_PARAMETERS})
    events["width"] = generator.lognormal(np.where(is_gamma, -1.8, -1.5), 0.35)
    events["length"] = events["width"] * generator.uniform(1.5, 3, n)
    events["size"] = generator.lognormal(5, 0.8, n)
    events["n_pixels"] = generator.integers(3, 40, n)
    events["n_islands"] = generator.integers(1, 4, n)
    events["psi"] = generator.uniform(-90, 90, n)
    events["alpha"] = np.where(
        is_gamma, generator.exponential(10, n), generator.uniform(0, 90, n)
    ).clip(0, 90)
    events["particle"] = np.where(is_gamma, GAMMA, HADRON)
    events["group"] = np.where(is_gamma, 0, 1_000_000) + np.arange(n) // 4
    return events.sample(frac=1, random_state=seed, ignore_index=True).rename_axis("event_id")


def process(simtel_file: Path, target: Path, *options: str) -> Path:
    """Let ctapipe write a DL1 file."""
    command = Path(sys.executable).with_name("ctapipe-process")
    arguments = ["--SimTelEventSource.focal_length_choice=EQUIVALENT", "--quiet", *options]
    # it leaves a log where it runs
    subprocess.run(
        [command, "-i", simtel_file.absolute(), "-o", target, *arguments],
        cwd=target.parent,
        check=True,
    )
    return target


#: classifiers of toy images: key, label, kind, whether they are blind to directions, how far apart
#: they put the classes
TOY_CLASSIFIERS = (
    ("width_alpha_cuts", "width and alpha cuts", "cuts", False, 1.0),
    ("width_length_cuts", "width and length cuts", "cuts", True, 0.5),
    ("lightgbm", "LightGBM, all image parameters", "boosting", False, 3.0),
    ("lightgbm_blind", "LightGBM, shape only", "boosting", True, 1.6),
    ("lenet5", "LeNet-5, as published", "network", False, 1.2),
    ("hexagons", "hexagonal CNN", "network", False, 2.6),
    ("hexagons_cleaned", "hexagonal CNN, cleaned images", "network", False, 2.3),
    ("hexagons_turned", "hexagonal CNN, turned images, mean over 6 turns", "network", False, 2.8),
    ("resnet", "ResNet", "network", False, 2.5),
    ("hexagons_blind", "hexagonal CNN, shifted to the centre", "network", True, 1.5),
    ("combination", "LightGBM and hexagonal CNN", "combination", False, 3.3),
    ("combination_blind", "LightGBM and CNN, shape only", "combination", True, 1.8),
)


def make_scored_images(
    n_signal: int = 3000, n_background: int = 3000, seed: int = 0
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Draw scores of toy classifiers, and the table that judges them.

    Returns
    -------
    scores, is_signal, separation : intervals of the table are 2 % to both sides.
    """
    generator = np.random.default_rng(seed)
    is_signal = np.arange(n_signal + n_background) < n_signal
    common = generator.normal(0, 1, len(is_signal))
    scores, rows = {}, []
    for name, label, kind, is_blind, distance in TOY_CLASSIFIERS:
        own = 0.7 * common + 0.7 * generator.normal(0, 1, len(is_signal))
        score = 1 / (1 + np.exp(-(distance * (is_signal - 0.5) + own) * max(distance, 1)))
        threshold = float(np.quantile(score[is_signal], 0.4))
        is_kept = score >= threshold
        signal, background = is_kept[is_signal].mean(), is_kept[~is_signal].mean()
        figures = {
            "roc_auc": np.mean(score[is_signal] > np.sort(score[~is_signal])[:, None]),
            "quality_factor": signal / np.sqrt(background) if background > 0 else np.inf,
            "gamma_efficiency": signal,
            "hadron_efficiency": background,
        }
        row = {
            "classifier": name,
            "label": label,
            "kind": kind,
            "is_blind": is_blind,
            "threshold": threshold,
            "rule": f"gammaness ≥ {threshold:.3f}",
            "surviving_hadrons": int(np.sum(is_kept & ~is_signal)),
            "n_hadrons": n_background,
            "cpu_seconds": np.nan if kind == "cuts" else 60.0 * distance,
            "n_parameters": 80_000 if kind == "network" else np.nan,
        }
        for figure, value in figures.items():
            row |= {figure: value, f"{figure}_lower": 0.98 * value, f"{figure}_upper": 1.02 * value}
        scores[name] = score
        rows.append(row)
    return pd.DataFrame(scores), is_signal, pd.DataFrame(rows)


def make_comparisons(changes: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    """Tabulate paired changes, each candidate, against, figure, change; half as wide as 0.1."""
    labels = {name: label for name, label, *_ in TOY_CLASSIFIERS}
    rows = []
    for candidate, against, figure, change in changes:
        lower, upper = change - 0.05, change + 0.05
        rows.append(
            {
                "question": f"is {labels[candidate]} better than {labels[against]}?",
                "candidate": candidate,
                "against": against,
                "candidate_label": labels[candidate],
                "against_label": labels[against],
                "figure": figure,
                "change": change,
                "lower": lower,
                "upper": upper,
                "answer": "better" if lower > 0 else "worse" if upper < 0 else "no clear change",
            }
        )
    return pd.DataFrame(rows)


def make_training_curves() -> pd.DataFrame:
    """Draw three fits each of two networks whose validation loss is least at epoch 6."""
    rows = [
        {
            "classifier": name,
            "label": label,
            "member": member,
            "epoch": epoch,
            "loss": 0.6 * np.exp(-epoch / 4) + 0.02 * member,
            "validation_loss": 0.3 + 0.01 * (epoch - 6) ** 2 + 0.02 * member + shift,
            "validation_roc_auc": 0.95 - 0.002 * (epoch - 6) ** 2 - 0.01 * member - shift,
            "learning_rate": 1e-3,
        }
        for name, label, shift in (("resnet", "ResNet", 0.0), ("lenet5", "LeNet-5", 0.1))
        for member in range(3)
        for epoch in range(1, 11)
    ]
    return pd.DataFrame(rows)


def make_backends() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw what two backends make of the same network: alike, but for their speed."""
    generator = np.random.default_rng(0)
    rows, curves = [], []
    for backend, version, speed in (("torch", "2.13.0", 300.0), ("tensorflow", "2.21.0", 400.0)):
        for seed in range(3):
            area = 0.97 + generator.normal(0, 0.002)
            threshold = np.linspace(0, 1, 101)
            signal = 1 - threshold**3
            background = (1 - threshold) ** 3 + generator.normal(0, 0.002)
            rows.append(
                {
                    "backend": backend,
                    "version": version,
                    "seed": seed,
                    "roc_auc": area,
                    "roc_auc_lower": area - 0.004,
                    "roc_auc_upper": area + 0.004,
                    "quality_factor": 6.0,
                    "train_images_per_cpu_second": speed + 10 * seed,
                    "predict_images_per_cpu_second": 4 * speed,
                    "peak_memory_mb": 900.0 + seed,
                }
            )
            kept = np.maximum(background, 0)
            quality = np.divide(
                signal, np.sqrt(kept), out=np.full_like(signal, np.inf), where=kept > 0
            )
            curves.append(
                pd.DataFrame(
                    {
                        "backend": backend,
                        "seed": seed,
                        "threshold": threshold,
                        "gamma_efficiency": signal,
                        "hadron_efficiency": kept,
                        "quality_factor": quality,
                    }
                )
            )
    return pd.DataFrame(rows), pd.concat(curves, ignore_index=True)


def footer_of(figure) -> str:
    """Draw a figure, which must not warn, and return what its footer says."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), dpi=40)
    return figure._supxlabel.get_text()
