"""What blocks of parameters have in common."""

from typing import Any

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


class SplitParameters(Block):
    """How events are split, whatever the experiment."""

    test_fraction: float = Field(ge=0.05, le=0.5, description="share held out for the test")
    n_folds: int = Field(ge=2, le=20, description="cross-validation folds of the training set")
