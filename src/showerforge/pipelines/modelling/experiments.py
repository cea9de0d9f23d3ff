"""In what the experiments with images differ, as far as classifiers are concerned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from showerforge.image_parameters import (
    CalorimeterModellingParameters,
    ImageModellingParameters,
    NotedSplitParameters,
)

if TYPE_CHECKING:
    from showerforge.classifiers.classes import Classes
    from showerforge.classifiers.image_networks import NetworkContender
    from showerforge.classifiers.image_separation import TableClassifier


@dataclass(frozen=True)
class ImageExperiment:
    """An experiment with images.

    Attributes
    ----------
    classes : what is told apart.
    table_classifiers : cuts and boosting, of what is measured of an image.
    show : makes a view of images of parameters of data_processing and settings of the view; it
        has ``read(rows)``, ``layout`` and ``patches``, pixels that are near each other.
    """

    classes: Classes
    table_classifiers: Sequence[TableClassifier]
    show: Callable[[Any, Any, Any], Any]


def experiment_of(modelling: ImageModellingParameters) -> ImageExperiment:
    """Tell what parameters are of."""
    from showerforge.classifiers import image_separation
    from showerforge.classifiers.classes import ELECTRON_PHOTON, GAMMA_HADRON

    if isinstance(modelling, CalorimeterModellingParameters):
        return ImageExperiment(
            ELECTRON_PHOTON, image_separation.CALORIMETER_CLASSIFIERS, _show_calorimeter
        )
    return ImageExperiment(GAMMA_HADRON, image_separation.CAMERA_CLASSIFIERS, _show_camera)


def _show_camera(images: Any, processing: Any, settings: Any) -> Any:
    from showerforge.cameras.views import CameraView

    return CameraView(images, processing.cleaning, settings)


def _show_calorimeter(images: Any, processing: Any, settings: Any) -> Any:
    from showerforge.calorimeter.views import CalorimeterView

    return CalorimeterView(images, settings)


def members_of(name: str, networks: dict[str, bytes]) -> list[bytes]:
    """Take the files of all members of a network, which are kept as ``name/member``."""
    return [content for key, content in networks.items() if key.rpartition("/")[0] == name]


def make_contenders(
    images: Any, processing: NotedSplitParameters, modelling: ImageModellingParameters
) -> list[NetworkContender]:
    """Show each network the images as it wants them."""
    from showerforge.classifiers.image_networks import NetworkContender

    contenders = []
    for name, network in modelling.networks.items():
        view = experiment_of(modelling).show(images, processing, network.view)
        contenders.append(
            NetworkContender(
                name, network.label, network.network, view, view.layout, network.scores(name)
            )
        )
    return contenders
