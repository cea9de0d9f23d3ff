"""Parameters of the experiments with images; see `showerforge.parameters`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    Field,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from showerforge.blocks import (
    AllDifferent,
    Block,
    CutsParameters,
    Fraction,
    LightGBMParameters,
    OperatingPointParameters,
    SplitParameters,
    all_different,
)
from showerforge.calorimeter.settings import CrystalCleaning
from showerforge.calorimeter.settings import ViewSettings as CalorimeterViewSettings
from showerforge.cameras.ctapipe_files import FocalLengthChoice, Telescope
from showerforge.cameras.settings import MeasurementSettings, ViewSettings
from showerforge.errors import suggest_names
from showerforge.generation_parameters import (
    CalorimeterGenerationParameters,
    CalorimeterValidationParameters,
    CameraGenerationParameters,
    CameraValidationParameters,
)
from showerforge.monitoring.settings import CameraMonitorSettings
from showerforge.networks.backends import Backend
from showerforge.networks.settings import NetworkSettings
from showerforge.partitions.settings import PartitionSettings
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


def find_camera(camera: str) -> str:
    """Give the name of a camera that is known, or the path of its geometry file.

    Raises
    ------
    ValueError
        If there is neither.
    """
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


#: added to the name of a network whose scores are the mean over all symmetries of the detector
AVERAGED = "_averaged"
#: name of the classifier that weighs the scores of others
COMBINATION = "combination"


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
        return find_camera(camera)

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


class NotedSplitParameters(SplitParameters):
    """How images are split, and a warning that goes with them."""

    note: str = Field("", description="a line for every figure and the report, such as a warning")


class ImageProcessingParameters(MeasurementSettings, NotedSplitParameters):
    """How camera images become training and test events."""


class ParametrisationParameters(PartitionSettings, MeasurementSettings):
    """How image files become tables of the ten Hillas parameters of a release."""

    camera: str | None = Field(
        None,
        min_length=1,
        description="that all images must be of, or its geometry file; null takes any",
    )
    telescope: Telescope | list[Telescope] | None = Field(
        None,
        description="of simtel and DL1 files: id, type or camera, or a list; null takes all, if "
        "they are of one type",
    )
    focal_length_choice: FocalLengthChoice = Field(
        "EFFECTIVE", description="of simtel and DL1 files: the focal length that makes angles"
    )
    photons_per_photo_electron: float = Field(
        gt=0, description="sizes of a release are in photons, as in the table of MAGIC"
    )

    @field_validator("camera")
    @classmethod
    def _is_there(cls, camera: str | None) -> str | None:
        return None if camera is None else find_camera(camera)


class CalorimeterProcessingParameters(NotedSplitParameters):
    """How electron and photon images become training and test events."""

    maximum_events: int | None = Field(
        None, ge=100, description="random sample of the images; null takes all"
    )
    cleaning: CrystalCleaning


class ContenderNetworkParameters(Block):
    """A network that takes part in the comparison."""

    label: str = Field(min_length=1, description="name in tables and figures")
    view: Block
    network: NetworkSettings
    averaged: bool = Field(
        False, description="also judged by the mean of its scores over the detector's symmetries"
    )

    def classifiers(self, name: str) -> dict[str, str]:
        """Labels of the classifiers that a network of this key is, by name."""
        averaged = {name + AVERAGED: f"{self.label}, averaged"}
        return {name: self.label, **(averaged if self.averaged else {})}

    def scores(self, name: str) -> dict[str, bool]:
        """Whether each of these classifiers is the mean over all symmetries."""
        return {key: key != name for key in self.classifiers(name)}

    @property
    def is_blind(self) -> bool:
        """Whether it knows nothing of directions, where images have some."""
        return False


class CameraNetworkParameters(ContenderNetworkParameters):
    """A network of camera images."""

    view: ViewSettings

    @property
    def is_blind(self) -> bool:
        """Whether it knows nothing of directions."""
        return self.view.window is not None


class CalorimeterNetworkParameters(ContenderNetworkParameters):
    """A network of electron and photon images."""

    view: CalorimeterViewSettings


Network = TypeVar("Network", bound=ContenderNetworkParameters)
Networks = Annotated[
    Mapping[str, Network],
    Field(
        min_length=1,
        description="networks, by key; an environment leaves one out, with the questions about it, "
        "by null",
    ),
]


class CombinationParameters(Block):
    """A classifier that weighs the scores of others."""

    label: str = Field(min_length=1, description="name in tables and figures")
    parts: Annotated[list[str], AllDifferent] = Field(
        min_length=2, description="classifiers whose logits are weighed"
    )


class QuestionParameters(Block):
    """A paired comparison of two classifiers."""

    question: str = Field(min_length=1, description="what it answers, for people")
    candidate: str = Field(description="classifier")
    against: str = Field(description="classifier that it is compared with")


class ImageModellingParameters(Block):
    """Which classifiers of images are trained, and how they are judged."""

    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="fits at a time; -1 is one for each core"
    )
    cuts: CutsParameters
    lightgbm: LightGBMParameters
    n_members: int = Field(
        ge=1,
        le=20,
        description="trainings of each network, each without another fold and from another seed",
    )
    networks: Networks[ContenderNetworkParameters]
    combination: CombinationParameters | None = None
    questions: list[QuestionParameters] = Field(description="paired comparisons")
    operating_point: OperatingPointParameters
    n_resamples: int = Field(
        ge=100, le=20_000, description="bootstrap resamples of the test images"
    )
    confidence: float = Field(gt=0.5, lt=1, description="coverage of every interval")
    n_examples: int = Field(
        ge=1, le=20, description="images of each kind that are shown: kept and lost, right or wrong"
    )

    #: classifiers of image parameters, which are there beside the networks
    table_classifiers: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, values: Any) -> Any:
        """Leave out networks that an environment has set to null, and questions about them."""
        if not isinstance(values, dict) or not isinstance(values.get("networks"), dict):
            return values
        networks, questions = values["networks"], values.get("questions")
        left_out = {
            key
            for name, network in networks.items()
            if network is None
            for key in (name, name + AVERAGED)
        }
        kept = {name: network for name, network in networks.items() if network is not None}
        values = {**values, "networks": kept}
        if isinstance(questions, list):
            values["questions"] = [
                question
                for question in questions
                if not isinstance(question, dict)
                or not left_out & {question.get("candidate"), question.get("against")}
            ]
        return values

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        networks = [key for name, own in self.networks.items() for key in own.classifiers(name)]
        known = [*self.table_classifiers, *networks]
        all_different([*known, COMBINATION])
        if self.combination is not None:
            if self.n_members < 2:
                raise ValueError(
                    "a combination needs n_members of at least 2: it is fitted to the folds that "
                    "members left out, and judged on another of them"
                )
            _check_names("combination.parts", self.combination.parts, known)
            known.append(COMBINATION)
        for question in self.questions:
            _check_names("questions", [question.candidate, question.against], known)
        return self


def _check_names(place: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(
                f"{place} names {name!r}, which is no classifier{suggest_names(name, known)} "
                f"(known: {', '.join(known)})"
            )


class CameraModellingParameters(ImageModellingParameters):
    """Which classifiers of camera images are trained, and how they are judged."""

    table_classifiers = ("width_alpha_cuts", "width_length_cuts", "lightgbm", "lightgbm_blind")

    networks: Networks[CameraNetworkParameters]


class CalorimeterModellingParameters(ImageModellingParameters):
    """Which classifiers of electron and photon images are trained, and how they are judged."""

    table_classifiers = ("shape_cuts", "lightgbm")

    networks: Networks[CalorimeterNetworkParameters]


class CalorimeterReportingParameters(Block):
    """The report on electrons and photons."""

    title: str = Field(min_length=1, description="heading of the report")
    recorded_source: str = Field(
        min_length=1, description="how the images came about that were in files of the user"
    )
    simulated_source: str = Field(min_length=1, description="how the simulated ones came about")
    n_shown: int = Field(ge=1, le=20, description="images of each class that are shown")


class BackendsParameters(Block):
    """The study of one network on several backends of Keras."""

    backends: Annotated[list[Backend], AllDifferent] = Field(
        min_length=2,
        description="those that must be installed; the first makes the initial weights, and the "
        "others are compared with it",
    )
    if_installed: Annotated[list[Backend], AllDifferent] = Field(
        description="further ones, left out where they are not installed"
    )
    n_seeds: int = Field(
        ge=2, le=50, description="trainings on each backend, with other weights and order of images"
    )
    maximum_events: int = Field(ge=100, description="training images")
    view: ViewSettings
    network: NetworkSettings

    @field_validator("network")
    @classmethod
    def _has_epochs_after_the_first(cls, network: NetworkSettings) -> NetworkSettings:
        if network.n_epochs < 2:
            raise ValueError("n_epochs must be at least 2: the first epoch compiles, others count")
        return network


class ImageReportingParameters(Block):
    """The report on camera images."""

    title: str = Field(min_length=1, description="heading of the report")
    source: str = Field(min_length=1, description="how the images came about")
    shown_quantiles: list[Fraction] = Field(
        min_length=1, max_length=6, description="of the size, at which images are shown"
    )
    n_energy_bins: int = Field(
        ge=2, le=100, description="logarithmic bins of efficiency and effective area"
    )
    examples: ExampleSettings


class TaigaParameters(Block):
    """All parameters of the experiment with camera images."""

    simulation: SimulationParameters
    data_processing: ImageProcessingParameters
    synthetic_generation: CameraGenerationParameters
    synthetic_validation: CameraValidationParameters
    modelling: CameraModellingParameters
    backends: BackendsParameters
    reporting: ImageReportingParameters
    monitoring: CameraMonitorSettings

    @model_validator(mode="after")
    def _fit_together(self) -> TaigaParameters:
        check_members(self.modelling, self.data_processing)
        validation, networks = self.synthetic_validation, list(self.modelling.networks)
        _check_names("synthetic_validation.classifier", [validation.classifier], networks)
        _check_names(
            "synthetic_validation.utility.classifier", [validation.utility.classifier], networks
        )
        return self


class CalorimeterParameters(Block):
    """All parameters of the experiment with electrons and photons."""

    data_processing: CalorimeterProcessingParameters
    synthetic_generation: CalorimeterGenerationParameters
    synthetic_validation: CalorimeterValidationParameters
    modelling: CalorimeterModellingParameters
    reporting: CalorimeterReportingParameters

    @model_validator(mode="after")
    def _fit_together(self) -> CalorimeterParameters:
        check_members(self.modelling, self.data_processing)
        return self


def check_members(modelling: ImageModellingParameters, processing: SplitParameters) -> None:
    """Refuse more members of a network than there are folds to leave out."""
    if modelling.n_members > processing.n_folds:
        raise ValueError(
            f"modelling.n_members is {modelling.n_members}, but there are only "
            f"{processing.n_folds} folds (data_processing.n_folds), and each leaves one out"
        )


# Kedro makes parameters of the type that a node names. Nodes that all experiments with images share
# leave it to the others, which name that of their experiment.
AnyProcessing = TypeVar("AnyProcessing", bound=NotedSplitParameters)
AnyModelling = TypeVar("AnyModelling", bound=ImageModellingParameters)
