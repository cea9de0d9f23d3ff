"""The pipelines that ``kedro run --pipelines`` knows."""

import importlib
import pkgutil

from kedro.pipeline import Pipeline

from showerforge import pipelines as package
from showerforge.pipelines import (
    data_processing,
    modelling,
    monitoring,
    reporting,
    synthetic_generation,
    synthetic_validation,
)
from showerforge.pipelines.stages import STAGES


def register_pipelines() -> dict[str, Pipeline]:
    """Collect the stages and the experiments made of them.

    Returns
    -------
    pipelines : every stage of the magic experiment by its name, and ``magic``, all five,
        which is also the default; ``simulation``, and ``taiga``, which begins with it;
        ``calorimeter``; ``camera_monitoring``; studies and operations by their names; ``runs``.
    """
    found = _find_pipelines()
    magic = sum((found[stage] for stage in STAGES if stage in found), Pipeline([]))
    taiga = (
        found["simulation"]
        + data_processing.create_image_pipeline()
        + reporting.create_image_pipeline()
    )
    calorimeter = (
        data_processing.create_calorimeter_pipeline() + reporting.create_calorimeter_pipeline()
    )
    for stage in (synthetic_generation, synthetic_validation, modelling):
        taiga += stage.create_image_pipeline("taiga")
        calorimeter += stage.create_image_pipeline("calorimeter")
    experiments = {
        "magic": magic,
        "taiga": taiga,
        "calorimeter": calorimeter,
        "camera_monitoring": monitoring.create_image_pipeline(),
    }
    return {**found, **experiments, "__default__": magic}


def _find_pipelines() -> dict[str, Pipeline]:
    """Make the pipeline of every package.

    Kedro's own `find_pipelines` looks for the packages of those that are asked for only, and
    experiments have none.
    """
    return {
        module.name: importlib.import_module(f"{package.__name__}.{module.name}").create_pipeline()
        for module in pkgutil.iter_modules(package.__path__)
        if module.ispkg
    }
