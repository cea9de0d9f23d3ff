"""What somebody else's event table looks like, as data: names, units, labels, groups."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from showerforge.errors import InputError, describe_validation, suggest_names
from showerforge.events.schema import (
    GAMMA,
    HADRON,
    HILLAS_COLUMNS,
    HILLAS_PARAMETERS,
    OPTIONAL_COLUMNS,
)
from showerforge.events.units import check_unit

FileFormat = Literal["csv", "parquet", "hdf5"]
FORMAT_OF_SUFFIX: dict[str, FileFormat] = {
    ".csv": "csv",
    ".dat": "csv",
    ".data": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".h5": "hdf5",
    ".hdf": "hdf5",
    ".hdf5": "hdf5",
}
TRUE_ENERGY_COLUMN = next(column for column in OPTIONAL_COLUMNS if column.name == "true_energy")


def format_of(path: Path) -> FileFormat:
    """Tell the format of a file by its name.

    Raises
    ------
    InputError
        If the name says nothing.
    """
    file_format = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if file_format is None:
        raise InputError(
            f"{path}: the ending {path.suffix!r} says nothing about the format. Known are "
            f"{', '.join(FORMAT_OF_SUFFIX)}; for any other, set `format` in the layout to csv, "
            "parquet or hdf5."
        )
    return file_format


def as_list(value: Any) -> Any:
    """Let a single value stand for a list of one."""
    return value if isinstance(value, list) else [value]


def _as_column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class _Description(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceColumn(_Description):
    """A column of the file, and how its values become ours."""

    column: str = Field(min_length=1, description="name in the file")
    unit: str | None = Field(None, description="unit in the file; null is the unit of ours")
    factor: float = Field(
        1.0, allow_inf_nan=False, description="multiplies the values of the file first"
    )
    fold: bool = Field(
        False, description="fAlpha only: fold any angle of the axis into 0 to 90 degrees"
    )

    @field_validator("factor")
    @classmethod
    def _is_not_zero(cls, factor: float) -> float:
        if factor == 0:
            raise ValueError("it must not be zero")
        return factor


Source = Annotated[SourceColumn, BeforeValidator(_as_column)]
LabelValues = Annotated[list[bool | int | float | str], BeforeValidator(as_list)]


class Label(_Description):
    """The column that tells gammas from hadrons."""

    column: str = Field(min_length=1, description="name in the file")
    values: dict[Literal["gamma", "hadron"], LabelValues] = Field(
        description="value, or list of values, of each class"
    )

    @field_validator("values")
    @classmethod
    def _part_two_classes(cls, values: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for particle in (GAMMA, HADRON):
            if not values.get(particle):
                raise ValueError(f"the values of {particle} are missing")
        both = {as_label(v) for v in values[GAMMA]} & {as_label(v) for v in values[HADRON]}
        if both:
            raise ValueError(f"gamma and hadron share {', '.join(sorted(both))}")
        return values

    def particle_of_value(self) -> dict[str, str]:
        """Look up particles by the values of the file, as `as_label` writes them."""
        return {as_label(v): particle for particle, vs in self.values.items() for v in vs}


def as_label(value: object) -> str:
    """Write a label so that 1, 1.0, "1" and b"1" are the same."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)


class TableLayout(_Description):
    """Where an event table has what an event needs.

    All ten Hillas parameters must be there. Columns that are not named are not read, so that
    they cannot become features.
    """

    format: FileFormat | None = Field(None, description="null goes by the name of the file")
    key: str | None = Field(
        None, description="hdf5: table, or group with one array a column; null if there is one"
    )
    delimiter: str = Field(",", min_length=1, max_length=1, description="csv: parts the cells")
    encoding: str = Field("utf-8", description="csv: encoding of the text")
    columns: dict[str, Source] = Field(description="column of the file by our name")
    focal_length: float | None = Field(
        None, gt=0, description="metres; needed where distances are given as angles"
    )
    decimals: int | None = Field(
        None, ge=0, le=12, description="round to so many decimals after the conversion"
    )
    label: Label | None = Field(None, description="class of an event; null for a file per class")
    group: Annotated[list[str], BeforeValidator(as_list)] = Field(
        default_factory=list, description="columns whose values together name a shower or run"
    )
    weight: str | None = Field(None, description="column of event weights")
    true_energy: Source | None = Field(None, description="column of true energies")

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, encoding: str) -> str:
        try:
            name = codecs.lookup(encoding).name
        except LookupError:
            raise ValueError("no encoding has this name; utf-8, latin-1, utf-16 do") from None
        return "utf-8-sig" if name == "utf-8" else encoding

    @field_validator("columns")
    @classmethod
    def _are_the_ten(cls, columns: dict[str, SourceColumn]) -> dict[str, SourceColumn]:
        unknown = [
            f"{name}{suggest_names(name, HILLAS_PARAMETERS)}"
            for name in columns
            if name not in HILLAS_PARAMETERS
        ]
        missing = [name for name in HILLAS_PARAMETERS if name not in columns]
        if unknown or missing:
            problems = [f"missing are {', '.join(missing)}"] if missing else []
            problems += [f"unknown are {', '.join(unknown)}"] if unknown else []
            raise ValueError(f"all ten Hillas parameters are needed: {'; '.join(problems)}")
        folded = [name for name, source in columns.items() if source.fold and name != "fAlpha"]
        if folded:
            raise ValueError(f"only fAlpha can be folded, not {', '.join(folded)}")
        return columns

    @model_validator(mode="after")
    def _units_can_be_converted(self) -> TableLayout:
        for column in HILLAS_COLUMNS:
            check_unit(self.columns[column.name].unit, column, self.focal_length)
        if self.true_energy is not None:
            check_unit(self.true_energy.unit, TRUE_ENERGY_COLUMN, None)
        return self

    @model_validator(mode="after")
    def _take_each_column_once(self) -> TableLayout:
        users: dict[str, list[str]] = {}
        for user, name in self._uses():
            users.setdefault(name, []).append(user)
        for name, by in users.items():
            if len(by) > 1 and any(user in self.columns for user in by):
                raise ValueError(f"the column {name!r} is taken for {' and '.join(by)}")
        return self

    def _uses(self) -> Iterator[tuple[str, str]]:
        for ours, source in self.columns.items():
            yield ours, source.column
        if self.label:
            yield "label", self.label.column
        for name in self.group:
            yield "group", name
        if self.weight:
            yield "weight", self.weight
        if self.true_energy:
            yield "true_energy", self.true_energy.column

    @property
    def names(self) -> list[str]:
        """Names of all columns of the file that are read, each once."""
        return list(dict.fromkeys(name for _, name in self._uses()))

    def format_of(self, path: Path) -> FileFormat:
        """Tell the format of a file, by its name if the layout does not say it.

        Raises
        ------
        InputError
            If the name says nothing.
        """
        return self.format or format_of(path)


def parse_layout(description: dict[str, Any]) -> TableLayout:
    """Check the description of a table as it stands in the catalog.

    Raises
    ------
    InputError
        Naming every entry that is unknown, missing or wrong.
    """
    try:
        return TableLayout.model_validate(description)
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            name = ".".join(["layout", *map(str, problem["loc"])])
            value = problem["input"]
            if isinstance(value, dict):
                value = "as it is"
            problems.append(f"  - {name}: {_plainly(problem, value)}")
        raise InputError(
            "The layout of the event table in the catalog cannot be used:\n"
            + "\n".join(problems)
            + "\nAll entries are explained in docs/own-data.md. Nothing has been read."
        ) from error


def _plainly(problem: Any, value: Any) -> str:
    if problem["type"] == "extra_forbidden":
        names = [*TableLayout.model_fields, *SourceColumn.model_fields, *Label.model_fields]
        return f"there is no such entry{suggest_names(str(problem['loc'][-1]), names)}"
    text = describe_validation(problem["type"], problem["msg"], value)
    return text.removeprefix("is 'as it is'; ")
