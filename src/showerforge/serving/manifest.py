"""What a release says of itself."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from showerforge.monitoring.alarms import AlarmSettings

#: version of the format; another one is refused
FORMAT = 1
#: names of the files of a release
MANIFEST, MODEL, REFERENCE, POWER = "manifest.json", "model.onnx", "reference.npz", "power.json"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    # the interval of a quality factor may have no end; JSON has no infinity
    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), ser_json_inf_nan="strings"
    )


class FileNote(_Part):
    """A file of the release.

    Attributes
    ----------
    sha256, size : of its content, the latter in bytes.
    """

    sha256: Digest
    size: int = Field(ge=1)


class Parameter(_Part):
    """A recorded parameter, in the order in which the model takes them.

    Attributes
    ----------
    name, unit, description : what it is.
    lowest, highest : the values allowed; None for no limit.
    above_lowest : whether `lowest` itself is excluded.
    """

    name: str
    unit: str
    description: str
    lowest: float | None = None
    highest: float | None = None
    above_lowest: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The allowed range, infinite where there is no limit."""
        return (
            -math.inf if self.lowest is None else self.lowest,
            math.inf if self.highest is None else self.highest,
        )

    @property
    def allowed(self) -> str:
        """The allowed range in words."""
        unit = f" {self.unit}" if self.unit else ""
        parts = []
        if self.lowest is not None:
            parts.append(f"{'above' if self.above_lowest else 'at least'} {self.lowest:g}")
        if self.highest is not None:
            parts.append(f"at most {self.highest:g}")
        return " and ".join(parts) + unit if parts else "any finite number"


class Relation(_Part):
    """A relation ``left (relation) factor * right`` that every recorded image obeys.

    Attributes
    ----------
    name, because : what is told of an event that breaks it.
    left, right : parameters; `right` may be a number.
    relation, factor, tolerance : see `showerforge.events.constraints.Constraint`.
    """

    name: str
    left: str
    relation: Literal["<=", "<", ">=", ">"]
    right: str | float
    factor: float = 1.0
    tolerance: float = Field(0.0, ge=0)
    because: str


class WorkingPoint(_Part):
    """Where gammas end and hadrons begin.

    Attributes
    ----------
    threshold : least gammaness of a gamma.
    gamma_efficiency, hadron_efficiency : shares of either that pass, of test events; None where too
        few hadrons are left to tell.
    about : how the threshold was chosen.
    """

    threshold: Share
    gamma_efficiency: Share
    hadron_efficiency: Share | None
    about: str


class Figure(_Part):
    """A figure of merit with its interval.

    Attributes
    ----------
    value, lower, upper : on test events.
    """

    value: float
    lower: float
    upper: float


class Golden(_Part):
    """Events whose scores are known.

    Attributes
    ----------
    events : float[n, n_parameters].
    scores : gammaness, as the training side gives it.
    tolerance : largest difference allowed.
    """

    events: tuple[tuple[float, ...], ...] = Field(min_length=1)
    scores: tuple[Share, ...]
    tolerance: float = Field(gt=0, le=1e-3)

    @model_validator(mode="after")
    def _as_many_scores(self) -> Golden:
        if len(self.scores) != len(self.events):
            raise ValueError("there must be a score for each golden event")
        return self


class Manifest(_Part):
    """What a release says of itself.

    Attributes
    ----------
    format : version of this format.
    experiment, model : such as "magic", "stack (real)".
    note : what everybody must know, such as that the events are simulated.
    parameters, relations : what events are, and must obey.
    working_points, working_point : all of them by name, and the one that is used by default.
    gamma_share : share of gammas in the training events, which the gammaness stands for.
    training_data : SHA-256 of the training events.
    code : commit of the repository, and whether files differed from it.
    packages : versions that the model was made with.
    figures : figures of merit on test events.
    alarms : when drift is an alarm.
    golden : events whose scores are known.
    files : all others of the release.
    """

    format: Literal[1] = 1
    experiment: str
    model: str
    note: str = ""
    parameters: tuple[Parameter, ...] = Field(min_length=1)
    relations: tuple[Relation, ...]
    working_points: dict[str, WorkingPoint] = Field(min_length=1)
    working_point: str
    gamma_share: float = Field(gt=0, lt=1)
    training_data: Digest
    code: dict[str, str]
    packages: dict[str, str]
    figures: dict[str, Figure]
    alarms: AlarmSettings
    golden: Golden
    files: dict[str, FileNote]

    @model_validator(mode="after")
    def _names_are_known(self) -> Manifest:
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError("a parameter is named twice")
        for relation in self.relations:
            for side in (relation.left, relation.right):
                if isinstance(side, str) and side not in names:
                    raise ValueError(f"relation {relation.name!r} names {side!r}, no parameter")
        if self.working_point not in self.working_points:
            raise ValueError(f"there is no working point {self.working_point!r}")
        if any(len(event) != len(names) for event in self.golden.events):
            raise ValueError("a golden event has another number of parameters")
        missing = {MODEL, REFERENCE, POWER} - set(self.files)
        if missing:
            raise ValueError(f"files are missing: {', '.join(sorted(missing))}")
        return self

    @property
    def names(self) -> list[str]:
        """Names of the parameters, in order."""
        return [parameter.name for parameter in self.parameters]
