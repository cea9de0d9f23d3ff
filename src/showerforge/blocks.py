"""What blocks of parameters have in common."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Block(BaseModel):
    """A block of parameters; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def all_different(names: list[Any]) -> list[Any]:
    """Refuse a list that names something twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"each may be named once, repeated: {', '.join(map(str, repeated))}")
    return names


AllDifferent = AfterValidator(all_different)
Fraction = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class SplitParameters(Block):
    """How events are split, whatever the experiment."""

    test_fraction: float = Field(ge=0.05, le=0.5, description="share held out for the test")
    n_folds: int = Field(ge=2, le=20, description="cross-validation folds of the training set")


class LightGBMParameters(Block):
    """Settings of LGBMClassifier."""

    n_estimators: int = Field(ge=1, le=100_000)
    learning_rate: float = Field(gt=0, le=1)
    num_leaves: int = Field(ge=2, le=10_000)
    min_child_samples: int = Field(ge=1)
    subsample: float = Field(gt=0, le=1)
    subsample_freq: int = Field(ge=0)
    colsample_bytree: float = Field(gt=0, le=1)


class CutsParameters(Block):
    """The classical analysis: consecutive cuts on Hillas parameters."""

    n_steps: int = Field(ge=5, le=1000, description="cut values tried for each parameter")


class OperatingPointParameters(Block):
    """The rule for the threshold of the quality factor."""

    minimum_gamma_efficiency: Fraction
    minimum_surviving_hadrons: int = Field(ge=1)
