"""What generators of images need to know of a detector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from showerforge.calorimeter.columns import IMAGE_SHAPE, PARTICLES
from showerforge.calorimeter.symmetries import crystal_symmetries
from showerforge.calorimeter.views import number_crystals
from showerforge.cameras.camera import Camera
from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.cameras.settings import CleaningSettings
from showerforge.events.schema import GAMMA, HADRON, Column
from showerforge.generators.images.readouts import CameraReadout, CrystalReadout, Readout
from showerforge.networks.layout import Layout
from showerforge.showers.settings import DetectorSettings

_COLUMNS = {column.name: column for column in (*TRUTH_COLUMNS, *IMAGE_COLUMNS)}
#: what images of a camera can be asked for, beside the particle
CAMERA_CONDITIONS = tuple(_COLUMNS[name] for name in ("true_energy", "impact", "size"))
CHARGE = Column("charge", "p.e.", "after pedestal subtraction")


class Detector(ABC):
    """What takes images.

    Attributes
    ----------
    particles : the classes.
    conditions : what images can be asked for, beside the particle.
    channels : numbers of each pixel.
    """

    particles: tuple[str, ...]
    conditions: tuple[Column, ...]
    channels: tuple[Column, ...]

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call it."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """How the pixels lie, and which turns leave them alike."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Collect all that the detector is, in types that JSON knows."""

    @abstractmethod
    def readout(self, n_rings: int, is_symmetric: bool, n_draws: int, tolerance: float) -> Readout:
        """Tell how light becomes an image; see `showerforge.generators.images.readouts`."""

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return self.layout.symmetries.shape[1]

    @property
    def shape(self) -> tuple[int, int]:
        """Pixels and channels of an image."""
        return self.n_pixels, len(self.channels)


@dataclass(frozen=True, eq=False)
class CameraDetector(Detector):
    """The camera of an imaging telescope.

    Attributes
    ----------
    camera : its pixels.
    cleaning : which pixels make an image.
    noise : and the trigger, with which light is recorded.
    source : x and y of the source of gammas, deg; where it is not in the centre of the camera, no
        image may be turned.
    """

    camera: Camera
    cleaning: CleaningSettings
    noise: DetectorSettings
    source: tuple[float, float] = (0.0, 0.0)

    particles = (GAMMA, HADRON)
    conditions = CAMERA_CONDITIONS
    channels = (CHARGE,)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"camera {self.camera.name}"

    @cached_property
    def layout(self) -> Layout:
        """How the pixels lie, and which turns leave them alike."""
        rotations = self.camera.rotations
        return Layout(self.camera.grid, rotations if self.is_centred else rotations[:1])

    @property
    def is_centred(self) -> bool:
        """Whether the source is in the centre of the camera."""
        return self.source == (0.0, 0.0)

    def describe(self) -> dict[str, Any]:
        """Collect all that the camera is, in types that JSON knows."""
        return {
            "kind": "camera",
            "camera": self.camera.describe(),
            "cleaning": self.cleaning.model_dump(),
            "noise": self.noise.model_dump(exclude={"draw"}),
            "source": list(self.source),
        }

    def readout(
        self, n_rings: int, is_symmetric: bool, n_draws: int, tolerance: float
    ) -> CameraReadout:
        """Tell how light becomes an image."""
        return CameraReadout(
            self.camera,
            self.cleaning,
            self.noise,
            n_rings,
            is_symmetric and self.is_centred,
            n_draws,
            tolerance,
        )


@dataclass(frozen=True, eq=False)
class CalorimeterDetector(Detector):
    """Crystals of a calorimeter, 32 by 32."""

    name = "calorimeter of 32x32 crystals"
    particles = PARTICLES
    conditions = ()
    channels = (
        Column("energy", "", "of the crystal, in the unit of the file", 0.0),
        Column("time", "", "of the crystal, in the unit of the file"),
    )

    @cached_property
    def layout(self) -> Layout:
        """How the crystals lie, and which mirror images are alike."""
        return Layout(number_crystals(), crystal_symmetries())

    def describe(self) -> dict[str, Any]:
        """Collect all that the calorimeter is, in types that JSON knows."""
        return {"kind": "calorimeter", "shape": list(IMAGE_SHAPE)}

    def readout(
        self, n_rings: int, is_symmetric: bool, n_draws: int, tolerance: float
    ) -> CrystalReadout:
        """Tell how energies become an image."""
        return CrystalReadout(self.layout)
