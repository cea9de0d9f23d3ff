"""What generators of images need to know of a detector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.events.schema import GAMMA, HADRON, Column
from showerforge.networks.layout import Layout

if TYPE_CHECKING:
    from showerforge.cameras.camera import Camera

_COLUMNS = {column.name: column for column in (*TRUTH_COLUMNS, *IMAGE_COLUMNS)}
#: what images of a camera can be asked for, beside the particle
CAMERA_CONDITIONS = tuple(_COLUMNS[name] for name in ("true_energy", "impact", "size"))
CHARGE = Column("charge", "p.e.", "after pedestal subtraction")


class Detector(ABC):
    """What takes images.

    Attributes
    ----------
    name : what people call it.
    particles : the classes.
    conditions : what images can be asked for, beside the particle.
    channels : numbers of each pixel.
    """

    name: str
    particles: tuple[str, ...]
    conditions: tuple[Column, ...]
    channels: tuple[Column, ...]

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """How the pixels lie, and which turns leave them alike."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Collect all that the detector is, in types that JSON knows."""

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
    """

    camera: Camera

    particles = (GAMMA, HADRON)
    conditions = CAMERA_CONDITIONS
    channels = (CHARGE,)

    @property
    def name(self) -> str:  # type: ignore[override]
        """What people call it."""
        return f"camera {self.camera.name}"

    @cached_property
    def layout(self) -> Layout:
        """How the pixels lie, and which turns leave them alike."""
        return Layout(self.camera.grid, self.camera.rotations)

    def describe(self) -> dict[str, Any]:
        """Collect all that the camera is, in types that JSON knows."""
        return {"kind": "camera", **self.camera.describe()}
