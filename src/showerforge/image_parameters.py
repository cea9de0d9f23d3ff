"""Parameters of the experiments with camera images; see `showerforge.parameters`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from showerforge.blocks import (
    Block,
    CutsParameters,
    Fraction,
    LightGBMParameters,
    OperatingPointParameters,
    SplitParameters,
    all_different,
)
from showerforge.cameras.columns import IMAGE_PARAMETERS
from showerforge.cameras.settings import CleaningSettings
from showerforge.errors import suggest_names
from showerforge.events.constraints import Constraint, check_columns
from showerforge.project import in_project
from showerforge.showers.settings import (
    HIGHEST_ZENITH,
    BeamSettings,
    DetectorSettings,
    ExampleSettings,
    Primary,
    SimulationSettings,
)

if TYPE_CHECKING:
    from showerforge.showers.production import Production


def _of_images(cuts: list[Constraint]) -> list[Constraint]:
    all_different([cut.name for cut in cuts])
    check_columns(cuts, IMAGE_PARAMETERS, "cut", "not measured of an image")
    return cuts


ImageCuts = Annotated[list[Constraint], AfterValidator(_of_images)]


class SimulationParameters(SimulationSettings):
    """What is simulated, and how much of it."""

    camera: str = Field(min_length=1, description="name of a camera, or its geometry file")
    beams: dict[Primary, BeamSettings] = Field(
        min_length=1, description="particles, by primary: energies, directions and impacts"
    )
    detector: DetectorSettings
    wanted_events: dict[Primary, Annotated[int, Field(ge=1, le=100_000_000)]] = Field(
        description="images of each primary that must trigger"
    )
    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="processes; -1 is one for each core"
    )

    @field_validator("camera")
    @classmethod
    def _is_there(cls, camera: str) -> str:
        from showerforge.cameras.catalogue import CAMERAS

        path = in_project(camera)
        if camera in CAMERAS:
            return camera
        if path.is_file():
            return str(path)
        files = [file.name for file in path.parent.glob("*") if file.is_file()]
        near = suggest_names(camera, CAMERAS) or suggest_names(path.name, files)
        raise ValueError(
            f"there is no camera of this name{near} (known: {', '.join(CAMERAS)}), nor a geometry "
            f"file {path}"
        )

    def production(self, seed: int) -> Production:
        """Put together what is simulated, with a seed of all random draws."""
        from showerforge.cameras.catalogue import build_camera
        from showerforge.showers.production import Production

        return Production(
            settings=self,
            beams=self.beams,
            camera=build_camera(self.camera),
            detector=self.detector,
            wanted=self.wanted_events,
            seed=seed,
        )

    @field_serializer("camera")
    def _as_seen_from_the_project(self, camera: str) -> str:
        """So that nothing depends on where the project lies."""
        path = Path(camera)
        return (
            str(path.relative_to(in_project(""))) if path.is_relative_to(in_project("")) else camera
        )

    @field_validator("beams", mode="before")
    @classmethod
    def _know_their_primary(cls, beams: Any) -> Any:
        if not isinstance(beams, dict):
            return beams
        return {
            primary: {"primary": primary, **beam} if isinstance(beam, dict) else beam
            for primary, beam in beams.items()
        }

    @field_validator("beams")
    @classmethod
    def _are_what_they_are_called(
        cls, beams: dict[Primary, BeamSettings]
    ) -> dict[Primary, BeamSettings]:
        for name, beam in beams.items():
            if beam.primary != name:
                raise ValueError(f"the beam called {name} has the primary {beam.primary}")
        return beams

    @field_validator("wanted_events")
    @classmethod
    def _are_of_the_beams(
        cls, wanted: dict[Primary, int], others: ValidationInfo
    ) -> dict[Primary, int]:
        beams = others.data.get("beams", wanted)
        if set(wanted) != set(beams):
            raise ValueError(f"it must have a number for each beam, {' and '.join(beams)}")
        return wanted

    @model_validator(mode="after")
    def _stay_above_the_horizon(self) -> SimulationParameters:
        for name, beam in self.beams.items():
            zenith = self.site.highest_zenith + beam.source_offset + beam.cone
            if zenith > HIGHEST_ZENITH:
                raise ValueError(
                    f"{name}s may come from {zenith:g} deg off the zenith (site.highest_zenith "
                    f"+ source_offset + cone; allowed: up to {HIGHEST_ZENITH:g} deg)"
                )
        return self


class ImageProcessingParameters(SplitParameters):
    """How images become training and test events."""

    note: str = Field("", description="a line for every figure and the report, such as a warning")
    cleaning: CleaningSettings
    source_x: Annotated[float, Field(ge=-30, le=30)] | None = Field(
        None,
        description="assumed source in the field of view, deg, for alpha and miss; null is where "
        "the simulation has put it, or the centre",
    )
    source_y: Annotated[float, Field(ge=-30, le=30)] | None = Field(
        None, description="the same, upwards"
    )
    cuts: ImageCuts = Field(description="what an image must be like to be kept, in order")

    def source_of(self, attributes: dict[str, Any]) -> tuple[float, float]:
        """Tell where the source of images is taken to be, deg.

        Parameters
        ----------
        attributes : of the images; they tell where a simulation has put it.
        """
        beams = attributes.get("simulation", {}).get("beams", {})
        x = beams.get("gamma", {}).get("source_offset", 0.0)
        return (
            x if self.source_x is None else self.source_x,
            0.0 if self.source_y is None else self.source_y,
        )


class SeparationParameters(Block):
    """How gammas are told from hadrons by image parameters, and how that is judged."""

    cuts: CutsParameters
    lightgbm: LightGBMParameters
    operating_point: OperatingPointParameters
    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples of the showers")
    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="fits at a time; -1 is one for each core"
    )


class ImageReportingParameters(Block):
    """The report."""

    title: str = Field(min_length=1, description="heading of the report")
    source: str = Field(min_length=1, description="how the images came about")
    confidence: float = Field(gt=0.5, lt=1, description="coverage of every interval")
    shown_quantiles: list[Fraction] = Field(
        min_length=1, max_length=6, description="of the size, at which images are shown"
    )
    n_energy_bins: int = Field(
        ge=2, le=100, description="logarithmic bins of efficiency and effective area"
    )
    separation: SeparationParameters
    examples: ExampleSettings


class TaigaParameters(Block):
    """All parameters of the experiment with images."""

    simulation: SimulationParameters
    data_processing: ImageProcessingParameters
    reporting: ImageReportingParameters
