"""Every parameter with its type, range and meaning; unknown names are errors.

The values live in ``conf/<environment>/parameters/``. They are checked here before
anything runs, and nodes receive them as these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from showerforge.errors import InputError, describe_validation, suggest_names
from showerforge.events.constraints import Constraint, range_constraints
from showerforge.events.features import BRIGHTEST_PIXEL, feature_names
from showerforge.events.schema import HILLAS_PARAMETERS

Fraction = Annotated[float, Field(gt=0, lt=1)]
FeatureSet = Literal["engineered", "physics"]
ModelName = Literal["random_forest", "xgboost", "lightgbm"]


def _all_different(names: list[str]) -> list[str]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"each may be named once, repeated: {', '.join(repeated)}")
    return names


AllDifferent = AfterValidator(_all_different)


class Block(BaseModel):
    """A block of parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataProcessingParameters(Block):
    """How the raw table becomes training and test events."""

    maximum_events: int | None = Field(
        None, ge=500, description="random sample of the table; null takes all"
    )
    maximum_quarantined_fraction: float = Field(
        ge=0, le=1, description="share of events that may break a hard constraint"
    )
    note: str = Field("", description="a line for every figure and the report, such as a warning")
    feature_sets: Annotated[list[FeatureSet], AllDifferent] = Field(
        min_length=1, description="engineered features beside the ten recorded parameters"
    )
    test_fraction: float = Field(ge=0.05, le=0.5, description="share held out for the test")
    n_folds: int = Field(ge=2, le=20, description="cross-validation folds of the training set")
    constraints: list[Constraint] = Field(description="physical relations, hard and soft")
    extra_constraints: list[Constraint] = Field(
        default_factory=list, description="relations of your own, added to the constraints"
    )
    features: list[str] | None = Field(
        None,
        min_length=1,
        description="the only features that classifiers may use, recorded or engineered; null "
        "takes all",
    )
    check_units: bool = Field(True, description="refuse columns whose unit is unlikely")
    single_feature_auc_limit: float = Field(
        0.95, gt=0.5, le=1, description="ROC-AUC above which a single feature is taken for a leak"
    )
    allowed_despite_alarm: Annotated[list[str], AllDifferent] = Field(
        default_factory=list, description="features that are used although they look like a leak"
    )

    @property
    def relations(self) -> list[Constraint]:
        """All constraints, those of the user's own last."""
        return [*self.constraints, *self.extra_constraints]

    @field_validator("features", "allowed_despite_alarm")
    @classmethod
    def _are_features(cls, names: list[str] | None, others: ValidationInfo) -> list[str] | None:
        known = [*HILLAS_PARAMETERS, *feature_names(others.data.get("feature_sets", []))]
        for name in _all_different(names or []):
            if name not in known:
                raise ValueError(
                    f"no feature is called {name!r}{suggest_names(name, known)}; they are listed "
                    "in docs/features.md, those of the feature_sets that are switched on count"
                )
        return names

    @field_validator("features")
    @classmethod
    def _leave_something(cls, names: list[str] | None) -> list[str] | None:
        if names is not None and set(names) <= set(BRIGHTEST_PIXEL):
            raise ValueError(
                "one model does without the brightest pixel, and nothing would be left for it; "
                f"name at least one other than {', '.join(BRIGHTEST_PIXEL)}"
            )
        return names

    @field_validator("constraints", "extra_constraints")
    @classmethod
    def _make_sense(cls, constraints: list[Constraint], others: ValidationInfo) -> list[Constraint]:
        before = [*range_constraints(), *others.data.get("constraints", [])]
        _all_different([rule.name for rule in [*before, *constraints]])
        for rule in constraints:
            for side in (rule.left, rule.right):
                if isinstance(side, str) and side not in HILLAS_PARAMETERS:
                    raise ValueError(
                        f"constraint {rule.name!r} names {side!r}, which is no recorded "
                        f"parameter ({', '.join(HILLAS_PARAMETERS)})"
                    )
        return constraints


class GeneratorParameters(Block):
    """Which generator, and its own options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _exists(self) -> GeneratorParameters:
        from showerforge.generators import build_generator

        build_generator(self.name, self.options)
        return self


class SyntheticGenerationParameters(Block):
    """What is generated, how much of it, and by what."""

    generators: dict[str, GeneratorParameters] = Field(
        min_length=1, description="generators by the names that the following two use"
    )
    candidates: Annotated[list[str], AllDifferent] = Field(
        min_length=1, description="generators of which the best is chosen"
    )
    reference: str = Field(description="the usual recipe, always made for comparison")
    particle: Literal["gamma", "hadron"] = Field(description="class that is generated")
    ratio: float = Field(gt=0, le=20, description="events of that class wanted for each other")
    decimals: int = Field(ge=0, le=12, description="digits after the point of the real table")
    maximum_rounds: int = Field(ge=1, le=1000, description="draws until enough events are valid")

    @field_validator("candidates", "reference")
    @classmethod
    def _are_defined(cls, names: str | list[str], others: ValidationInfo) -> str | list[str]:
        generators = others.data.get("generators", {})
        unknown = [n for n in ([names] if isinstance(names, str) else names) if n not in generators]
        if unknown:
            raise ValueError(
                f"no generator is called {', '.join(unknown)}; there are {', '.join(generators)}"
            )
        return names

    @property
    def names(self) -> list[str]:
        """Names of all generators that are used, the reference included."""
        return list(dict.fromkeys([*self.candidates, self.reference]))


Share = Annotated[float, Field(ge=0, le=1)]


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


class SyntheticValidationParameters(Block):
    """How the certificate is drawn up."""

    margins: MarginParameters
    n_repeats: int = Field(ge=5, le=10_000, description="real-against-real partitions")
    n_permutations: int = Field(ge=19, le=100_000, description="relabellings for a p-value")
    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples of the utility")
    minimum_events: int = Field(
        ge=20, description="fewest events of either side by which a distribution is judged"
    )
    maximum_compared: int = Field(
        ge=100, description="most events of either side in a comparison of distributions"
    )
    n_fold_repeats: int = Field(
        ge=3, le=10_000, description="real-against-real partitions in each training fold"
    )


class RandomForestParameters(Block):
    """Settings of scikit-learn's RandomForestClassifier."""

    n_estimators: int = Field(ge=1, le=10_000)
    min_samples_leaf: int = Field(ge=1)
    max_features: Fraction | Literal["sqrt", "log2"] | None = Field(
        description="features tried at each node: a share, a rule, or null for all"
    )


class XGBoostParameters(Block):
    """Settings of XGBClassifier."""

    n_estimators: int = Field(ge=1, le=100_000)
    learning_rate: float = Field(gt=0, le=1)
    max_depth: int = Field(ge=1, le=30)
    min_child_weight: float = Field(ge=0)
    subsample: float = Field(gt=0, le=1)
    colsample_bytree: float = Field(gt=0, le=1)


class LightGBMParameters(Block):
    """Settings of LGBMClassifier."""

    n_estimators: int = Field(ge=1, le=100_000)
    learning_rate: float = Field(gt=0, le=1)
    num_leaves: int = Field(ge=2, le=10_000)
    min_child_samples: int = Field(ge=1)
    subsample: float = Field(gt=0, le=1)
    subsample_freq: int = Field(ge=0)
    colsample_bytree: float = Field(gt=0, le=1)


class ModelsParameters(Block):
    """Settings of the base models."""

    random_forest: RandomForestParameters
    xgboost: XGBoostParameters
    lightgbm: LightGBMParameters


class StackParameters(Block):
    """The ensemble: base models and the logistic meta-learner on their out-of-fold scores."""

    members: Annotated[list[ModelName], AllDifferent] = Field(min_length=2)
    regularisation: float = Field(gt=0, description="inverse strength C of the L2 penalty")


class CutsParameters(Block):
    """The classical analysis: consecutive cuts on Hillas parameters."""

    n_steps: int = Field(ge=5, le=1000, description="cut values tried for each parameter")


class OperatingPointParameters(Block):
    """The rule for the threshold of the quality factor."""

    minimum_gamma_efficiency: Fraction
    minimum_surviving_hadrons: int = Field(ge=1)


class ObservationParameters(Block):
    """The sky behind purity and detection time."""

    hadrons_per_hour: float = Field(gt=0, description="triggered hadrons")
    hadrons_per_gamma: float = Field(
        gt=0, description="triggered hadrons for each gamma of the source; more for a weaker one"
    )
    exposure_ratio: float = Field(gt=0, description="on-source over off-source exposure")


class EvaluationParameters(Block):
    """How figures of merit and their intervals are made."""

    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples")
    confidence: float = Field(gt=0.5, lt=1, description="coverage of every interval")
    operating_point: OperatingPointParameters
    observation: ObservationParameters
    importance_repeats: int = Field(ge=1, le=1000, description="permutations per feature")


class ModellingParameters(Block):
    """Models, ensemble and their evaluation."""

    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="fits at a time; -1 is one for each core"
    )
    models: ModelsParameters
    stack: StackParameters
    cuts: CutsParameters
    evaluation: EvaluationParameters


class ReportingParameters(Block):
    """The report."""

    title: str = Field(description="heading of the report")
    source: str = Field(description="where the data come from, and how to cite them")
    n_quantiles: int = Field(ge=10, le=10_000, description="points of a QQ plot")
    n_envelope_samples: int = Field(
        ge=20, le=100_000, description="real samples behind the envelope of a QQ plot"
    )
    leading_columns: Annotated[list[str], AllDifferent] = Field(
        min_length=2, max_length=8, description="parameters drawn against each other"
    )

    @field_validator("leading_columns")
    @classmethod
    def _are_recorded(cls, columns: list[str]) -> list[str]:
        unknown = [name for name in columns if name not in HILLAS_PARAMETERS]
        if unknown:
            raise ValueError(f"no recorded parameter is called {', '.join(unknown)}")
        return columns


class LogisticRegressionParameters(Block):
    """Settings of scikit-learn's LogisticRegression, on standardised features."""

    C: float = Field(gt=0, description="inverse strength of the L2 penalty")
    max_iter: int = Field(ge=1, le=100_000)


class ScarcityModelsParameters(ModelsParameters):
    """Settings of the models of the scarcity study."""

    logistic_regression: LogisticRegressionParameters


class ScarcityGeneratorParameters(GeneratorParameters):
    """A generator of the scarcity study."""

    label: str = Field(min_length=1, description="what tables and figures call it")


class LearnerParameters(Block):
    """A learner of the scarcity study."""

    name: str = Field(min_length=1, description="what tables and figures call it")
    members: Annotated[list[ModelName | Literal["logistic_regression"]], AllDifferent] = Field(
        min_length=1, description="models whose mean log-odds are the learner's"
    )


class ScarcityParameters(Block):
    """When does synthetic data help? Training on few hadrons, with and without synthetic ones."""

    budgets: list[Annotated[int, Field(ge=10)] | Literal["all"]] = Field(
        min_length=1, description="hadrons in training; all takes the whole pool"
    )
    n_repeats: int = Field(ge=1, le=1000, description="subsets of hadrons for each budget")
    training_gammas: int = Field(ge=50, description="gammas in every training")
    test_hadrons: int = Field(ge=50, description="hadrons in the one test set")
    validation_gammas: int = Field(ge=50, description="gammas that only choose thresholds")
    validation_hadrons: int = Field(ge=50, description="hadrons that only choose thresholds")
    generators: list[ScarcityGeneratorParameters] = Field(
        min_length=1, description="generators, each with label, name and options"
    )
    learners: list[LearnerParameters] = Field(
        min_length=1,
        description="learners, each with name and members; the first is that of the closing table",
    )
    models: ScarcityModelsParameters
    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples of the test")
    headline_budget: int | Literal["all"] = Field(
        description="budget whose changes of ROC-AUC are logged as metrics"
    )

    @field_validator("budgets", "generators", "learners")
    @classmethod
    def _can_be_told_apart(cls, values: list[Any]) -> list[Any]:
        names = [str(getattr(v, "label", getattr(v, "name", v))) for v in values]
        _all_different([*names, "none", "class weights"])
        return values

    @field_validator("headline_budget")
    @classmethod
    def _is_a_budget(cls, budget: int | str, info: ValidationInfo) -> int | str:
        if budget not in info.data.get("budgets", [budget]):
            raise ValueError(f"it must be one of the budgets, {info.data['budgets']}")
        return budget


class ExperimentParameters(Block):
    """All parameters of one experiment."""

    data_processing: DataProcessingParameters
    synthetic_generation: SyntheticGenerationParameters
    synthetic_validation: SyntheticValidationParameters
    modelling: ModellingParameters
    reporting: ReportingParameters
    scarcity: ScarcityParameters


class ProjectParameters(Block):
    """All parameters of the project."""

    seed: int = Field(ge=0, lt=2**31, description="the one seed that rules every random draw")
    magic: ExperimentParameters


def check_parameters(parameters: dict[str, Any], origins: dict[str, str]) -> ProjectParameters:
    """Check all parameters at once.

    Parameters
    ----------
    parameters : as Kedro has merged them from all files, environments and ``--params``.
    origins : where each dotted parameter name was set, to name the file in messages.

    Raises
    ------
    InputError
        Naming every unknown or missing parameter and every value out of its range.
    """
    try:
        return ProjectParameters.model_validate(parameters)
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            name = ".".join(map(str, problem["loc"]))
            origin = _find_origin(name, origins)
            text = describe_validation(problem["type"], problem["msg"], problem["input"])
            problems.append(f"  - {name}: {text}" + (f"  [{origin}]" if origin else ""))
        raise InputError(
            f"{len(problems)} parameter(s) cannot be used:\n"
            + "\n".join(problems)
            + "\nAll parameters are explained in docs/parameters.md. Nothing has been run."
        ) from error


def _find_origin(name: str, origins: dict[str, str]) -> str:
    """Find the file of a parameter, or of the nearest block around it."""
    while name:
        if name in origins:
            return origins[name]
        name = name.rpartition(".")[0]
    return ""
