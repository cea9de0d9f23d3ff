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


class MarginParameters(Block):
    """What passes: margins beyond the real-against-real band, and limits."""

    special_rate: Share = Field(
        description="rates of broken soft rules and repeated values, above the band"
    )
    ks_distance: Share = Field(description="Kolmogorov-Smirnov distance, above the band")
    wasserstein: float = Field(ge=0, description="shift in interquartile ranges, above the band")
    correlation: float = Field(ge=0, le=2, description="rank correlations, above the band")
    energy_distance: float = Field(ge=0, description="above the band")
    diversity: Share = Field(description="precision, recall and coverage, below the band")
    density: float = Field(ge=0, description="on either side of the band")
    authenticity: Share = Field(description="below the band")
    two_sample_auc: Share = Field(description="largest ROC-AUC of grade A")
    two_sample_auc_b: Share = Field(
        description="largest ROC-AUC of grade B; real events must be below it"
    )
    segment_share: Share = Field(description="largest share of events between training events")
    membership_auc: Share = Field(description="largest ROC-AUC of the membership attack")
    membership_found: Share = Field(
        description="largest share of training events recognised when 1 % of others are accused"
    )
    utility: Share = Field(description="loss of ROC-AUC and PR-AUC that counts as none")


class CertificateParameters(Block):
    """How a certificate is drawn up, whatever the experiment."""

    margins: MarginParameters
    n_repeats: int = Field(ge=5, le=10_000, description="real-against-real partitions")
    n_permutations: int = Field(ge=19, le=100_000, description="relabellings for a p-value")
    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples")
    minimum_events: int = Field(
        ge=20, description="fewest events of either side by which a distribution is judged"
    )
    maximum_compared: int = Field(
        ge=100, description="most events of either side in a comparison of distributions"
    )
