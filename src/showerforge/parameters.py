"""Every parameter with its type, range and meaning; unknown names are errors.

The values live in ``conf/<environment>/parameters/``. They are checked here before
anything runs, and nodes receive them as these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from showerforge.at_scale.settings import TrainingAtScaleSettings
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
from showerforge.errors import (
    InputError,
    describe_validation,
    list_settings,
    suggest_names,
)
from showerforge.events.constraints import Constraint, check_columns, range_constraints
from showerforge.events.features import BRIGHTEST_PIXEL, feature_names
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings
from showerforge.image_parameters import (
    CalorimeterParameters,
    ParametrisationParameters,
    TaigaParameters,
)
from showerforge.release.settings import ReleaseSettings
from showerforge.report.runs import RunsSettings
from showerforge.scoring.settings import ScoringSettings
from showerforge.validation.settings import CertificateParameters

FeatureSet = Literal[
    "engineered",
    "scales",
    "shape",
    "source",
    "displacement",
    "pixels",
    "skewness",
    "transverse",
    "size_corrected",
    "linear",
]
ModelName = Literal["random_forest", "perceptrons", "xgboost", "lightgbm"]


def _recorded(columns: list[str]) -> list[str]:
    unknown = [name for name in columns if name not in HILLAS_PARAMETERS]
    if unknown:
        raise ValueError(f"no recorded parameter is called {', '.join(unknown)}")
    return columns


RecordedParameters = Annotated[list[str], AllDifferent, AfterValidator(_recorded)]


class SpectrumParameters(Block):
    """Power laws of the energies of a class of events, which make weights."""

    simulated: float = Field(
        ge=-10, lt=0, description="exponent of the simulated spectrum, such as -2"
    )
    wanted: float = Field(
        ge=-10, lt=0, description="exponent of the spectrum that is stood for, such as -2.6"
    )


class DataProcessingParameters(SplitParameters):
    """How the raw table becomes training and test events."""

    maximum_events: int | None = Field(
        None, ge=500, description="random sample of the table; null takes all"
    )
    maximum_quarantined_fraction: float = Field(
        ge=0, le=1, description="share of events that may break a hard constraint"
    )
    note: str = Field("", description="a line for every figure and the report, such as a warning")
    feature_sets: Annotated[list[FeatureSet], AllDifferent] = Field(
        min_length=1, description="families of features beside the ten recorded parameters"
    )
    constraints: list[Constraint] = Field(description="physical relations, hard and soft")
    spectra: dict[Literal["gamma", "hadron"], SpectrumParameters] = Field(
        description="energy spectra that events are weighted to; needs their true energies"
    )
    weight_neighbours: int = Field(
        ge=1, le=1000, description="real events whose mean weight a synthetic one like them gets"
    )
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
        for name in all_different(names or []):
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
        all_different([rule.name for rule in [*before, *constraints]])
        check_columns(constraints, HILLAS_PARAMETERS, "constraint", "no recorded parameter")
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


class SyntheticValidationParameters(CertificateParameters):
    """How the certificate is drawn up."""

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


class PerceptronsParameters(Block):
    """Settings of scikit-learn's MLPClassifier, of which several are averaged."""

    n_networks: int = Field(ge=1, le=100)
    hidden_layer_sizes: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(min_length=1)
    alpha: float = Field(ge=0, description="strength of the L2 penalty")
    batch_size: int = Field(ge=1)
    learning_rate_init: float = Field(gt=0, le=1)
    max_iter: int = Field(ge=1, le=10_000, description="epochs")


class TreeModelsParameters(Block):
    """Settings of the models made of trees."""

    random_forest: RandomForestParameters
    xgboost: XGBoostParameters
    lightgbm: LightGBMParameters


class ModelsParameters(TreeModelsParameters):
    """Settings of the base models."""

    perceptrons: PerceptronsParameters


def check_model_settings(models: dict[str, Any]) -> dict[str, Any]:
    """Check settings of the base models that come from a file.

    Raises
    ------
    InputError
        Naming every setting that is missing, unknown or out of its range.
    """
    try:
        return ModelsParameters.model_validate(models).model_dump()
    except ValidationError as error:
        raise InputError(
            "The tuned settings cannot be used:\n"
            + list_settings(error.errors())
            + "\nThey were found with another version, or changed by hand: run "
            "`kedro run --pipelines tuning` again. Nothing has been fitted."
        ) from error


class StackParameters(Block):
    """The ensemble: base models and the logistic meta-learner on their out-of-fold scores."""

    members: Annotated[list[ModelName], AllDifferent] = Field(min_length=2)
    regularisation: float = Field(gt=0, description="inverse strength C of the L2 penalty")


class SourceParameters(Block):
    """The Crab Nebula as the telescope sees it. Assumed: the table has no energies."""

    crab_fluxes: Annotated[list[Annotated[float, Field(gt=0)]], AllDifferent] = Field(
        min_length=1, description="fluxes of sources looked for, in units of the Crab Nebula"
    )
    collection_area: float = Field(gt=0, description="of triggered gammas, m², at all energies")
    energy_threshold: float = Field(gt=0, description="of triggered gammas, TeV")


class ObservationParameters(Block):
    """The sky behind purity and detection time."""

    hadrons_per_hour: float = Field(gt=0, description="triggered hadrons")
    hadrons_per_gamma: float = Field(
        gt=0, description="triggered hadrons for each gamma of the source; more for a weaker one"
    )
    exposure_ratio: float = Field(gt=0, description="on-source over off-source exposure")
    minimum_excess: float = Field(
        ge=0, description="gammas that a detection must be expected to have"
    )
    minimum_signal_to_background: float = Field(
        ge=0, description="gammas for each hadron kept, below which systematics come first"
    )
    source: SourceParameters


class ExplanationParameters(Block):
    """How it is told what the kept model looks at."""

    importance_repeats: int = Field(ge=1, le=1000, description="shuffles of each parameter")
    shapley_events: int = Field(ge=20, description="test events that are explained, about")
    shapley_background: int = Field(
        ge=2, description="training events that stand for not knowing a parameter, about"
    )
    dependence_events: int = Field(ge=20, description="test events that are changed, about")
    dependence_points: int = Field(ge=3, le=200, description="values of each parameter")
    dependence_tail: float = Field(
        ge=0, lt=0.5, description="share of events below the first value and above the last"
    )


class EvaluationParameters(Block):
    """How figures of merit and their intervals are made."""

    n_resamples: int = Field(ge=100, le=20_000, description="bootstrap resamples")
    confidence: float = Field(gt=0.5, lt=1, description="coverage of every interval")
    operating_point: OperatingPointParameters
    observation: ObservationParameters
    gamma_efficiencies: Annotated[list[Fraction], AllDifferent] = Field(
        min_length=1, description="further operating points, by the share of gammas they keep"
    )
    minimum_test_hadrons: int = Field(
        ge=1, description="test hadrons that a cut must leave for figures that depend on them"
    )
    n_size_bins: int = Field(
        ge=2, le=20, description="bins of fSize with equal numbers of training events"
    )
    explanation: ExplanationParameters


class ModellingParameters(Block):
    """Models, ensemble and their evaluation."""

    n_jobs: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="fits at a time; -1 is one for each core"
    )
    settings: Literal["shipped", "tuned"] = Field(
        description="of the base models: those below, or the best that `tuning` found"
    )
    models: ModelsParameters
    stack: StackParameters
    cuts: CutsParameters
    evaluation: EvaluationParameters


class ModelCardParameters(Block):
    """What the model card says that no run can measure."""

    developers: str = Field(min_length=1, description="who made the model and answers for it")
    licence: str = Field(min_length=1, description="of the model")
    origin: str = Field(min_length=1, description="how the events came about")
    limits: list[str] = Field(description="what the data do not hold, one sentence each")


class ReportingParameters(Block):
    """The report."""

    title: str = Field(description="heading of the report")
    source: str = Field(description="where the data come from, and how to cite them")
    n_quantiles: int = Field(ge=10, le=10_000, description="points of a QQ plot")
    n_envelope_samples: int = Field(
        ge=20, le=100_000, description="real samples behind the envelope of a QQ plot"
    )
    leading_columns: RecordedParameters = Field(
        min_length=2, max_length=8, description="parameters drawn against each other"
    )
    model_card: ModelCardParameters


class LogisticRegressionParameters(Block):
    """Settings of scikit-learn's LogisticRegression, on standardised features."""

    C: float = Field(gt=0, description="inverse strength of the L2 penalty")
    max_iter: int = Field(ge=1, le=100_000)


class ScarcityModelsParameters(TreeModelsParameters):
    """Settings of the models of the scarcity study."""

    logistic_regression: LogisticRegressionParameters


class ScarcityGeneratorParameters(GeneratorParameters):
    """A generator of the scarcity study."""

    label: str = Field(min_length=1, description="what tables and figures call it")


class LearnerParameters(Block):
    """A learner of the scarcity study."""

    name: str = Field(min_length=1, description="what tables and figures call it")
    members: Annotated[
        list[Literal["random_forest", "xgboost", "lightgbm", "logistic_regression"]], AllDifferent
    ] = Field(min_length=1, description="models whose mean log-odds are the learner's")


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
        all_different([*names, "none", "class weights"])
        return values

    @field_validator("headline_budget")
    @classmethod
    def _is_a_budget(cls, budget: int | str, info: ValidationInfo) -> int | str:
        if budget not in info.data.get("budgets", [budget]):
            raise ValueError(f"it must be one of the budgets, {info.data['budgets']}")
        return budget


class DecisionTreeParameters(Block):
    """Settings of scikit-learn's DecisionTreeClassifier."""

    min_samples_leaf: int = Field(ge=1)


class ReferenceModelsParameters(Block):
    """Settings of simpler models that take part in the comparison."""

    logistic_regression: LogisticRegressionParameters
    decision_tree: DecisionTreeParameters


class ContenderParameters(Block):
    """A classifier of the comparison."""

    label: str = Field(min_length=1, description="what tables and figures call it")
    models: Annotated[
        list[
            ModelName
            | Literal["logistic_regression", "decision_tree", "alpha_cut", "width_alpha_cuts"]
        ],
        AllDifferent,
    ] = Field(min_length=1, description="one model, or several, which are stacked")
    training: Literal["real", "real and synthetic", "real, without fConc1"] = Field(
        "real", description="what it is trained on"
    )
    feature_sets: list[FeatureSet] | None = Field(
        None, description="families of features; null takes those of the experiment"
    )


class ComparisonParameters(Block):
    """Which classifier is better? Repeated nested cross-validation, ablation, learning curves."""

    n_repeats: int = Field(ge=1, le=100, description="cross-validations with other folds")
    n_folds: int = Field(ge=2, le=20)
    n_inner_folds: int = Field(
        ge=2, le=20, description="inner cross-validation, for meta-learners and thresholds"
    )
    contenders: list[ContenderParameters] = Field(
        min_length=2, description="classifiers; the first is what the others are held against"
    )
    models: ReferenceModelsParameters
    generator: str = Field(description="generator of the contenders with synthetic events")
    ablation_model: ModelName = Field(
        description="model that tells what each family of features is worth"
    )
    learning_contenders: Annotated[list[str], AllDifferent] = Field(
        min_length=1, description="labels of the learning curves"
    )
    learning_shares: Annotated[list[Fraction], AllDifferent] = Field(
        min_length=1, description="shares of the training events on the learning curves"
    )

    @field_validator("contenders")
    @classmethod
    def _can_be_told_apart(cls, values: list[ContenderParameters]) -> list[ContenderParameters]:
        all_different([contender.label for contender in values])
        return values

    @field_validator("learning_contenders")
    @classmethod
    def _take_part(cls, labels: list[str], info: ValidationInfo) -> list[str]:
        known = [contender.label for contender in info.data.get("contenders", [])]
        if unknown := [label for label in labels if label not in known]:
            raise ValueError(f"no contender is called {', '.join(unknown)}")
        return labels


class SettingRangeParameters(Block):
    """Where a setting of a model is searched."""

    kind: Literal["float", "int", "category"]
    low: int | float | None = Field(None, description="smallest value, of a number")
    high: int | float | None = Field(None, description="largest value, of a number")
    log: bool = Field(False, description="whether a number is searched by its logarithm")
    choices: list[str | int | float | bool | None] | None = Field(
        None, description="values of a category"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> SettingRangeParameters:
        if self.kind == "category":
            if self.low is not None or self.high is not None or self.log:
                raise ValueError("a category has choices, and neither low nor high nor log")
            if not self.choices or len(self.choices) < 2:
                raise ValueError("a category needs two choices or more")
            all_different([str(choice) for choice in self.choices])
            return self
        if self.choices is not None:
            raise ValueError(f"of kind {self.kind} it has low and high; choices are for a category")
        if self.low is None or self.high is None:
            raise ValueError(f"of kind {self.kind} it needs low and high")
        if self.low >= self.high:
            raise ValueError(f"low must be below high, but {self.low:g} is not below {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above zero where log is true, but it is {self.low:g}")
        if self.kind == "int" and not (
            float(self.low).is_integer() and float(self.high).is_integer()
        ):
            raise ValueError("low and high of kind int must be whole numbers")
        return self

    @property
    def extremes(self) -> list[Any]:
        """Values that the model must accept if it is to accept the whole range."""
        return self.choices if self.choices is not None else [self.low, self.high]


class PruningParameters(Block):
    """When a trial is stopped before its last fold."""

    n_trials: int = Field(ge=1, description="trials of each model that are never stopped")
    n_folds: int = Field(ge=1, description="folds that every trial is given")


def _misfits(model: str, ranges: dict[str, SettingRangeParameters]) -> list[InitErrorDetails]:
    """List the settings that a model does not have, and the values that it does not take."""
    fields = ModelsParameters.model_fields[model].annotation.model_fields  # type: ignore[union-attr]
    problems = []
    for name, setting in ranges.items():
        if name not in fields:
            unknown = f"{model} has no such setting, only {', '.join(fields)}"
            problems.append(_problem(unknown, (model, name), name))
            continue
        field = fields[name]
        allowed: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
        for value in setting.extremes:
            try:
                allowed.validate_python(value)
            except ValidationError as error:
                reason = error.errors()[0]["msg"]
                problems.append(_problem(f"of {model}: {reason}", (model, name), value))
    return problems


def _problem(message: str, place: tuple[str, ...], value: Any) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("value_error", "{message}", {"message": message}),
        loc=place,
        input=value,
    )


class TuningParameters(Block):
    """The search for settings of the base models, on training folds only."""

    models: Annotated[list[ModelName], AllDifferent] = Field(
        min_length=1, description="models that are tuned"
    )
    figure_of_merit: Literal["log_loss", "roc_auc"] = Field(
        description="what is optimised, mean over the folds"
    )
    n_trials: int = Field(ge=2, le=100_000, description="trials of each model, all calls together")
    minutes: float | None = Field(
        gt=0, description="a call begins no trial after so long; null sets no limit"
    )
    n_workers: Annotated[int, Field(ge=1)] | Literal[-1] = Field(
        description="trials at a time; -1 is one for each worker, and no more than models"
    )
    n_random_trials: int = Field(
        ge=1, description="trials at random before earlier ones guide the search"
    )
    pruning: PruningParameters
    search: dict[ModelName, dict[str, SettingRangeParameters]] = Field(
        description="range of every searched setting, by model"
    )

    @field_validator("search")
    @classmethod
    def _fits_the_models(
        cls, search: dict[str, dict[str, SettingRangeParameters]], info: ValidationInfo
    ) -> dict[str, dict[str, SettingRangeParameters]]:
        without = [name for name in info.data.get("models", []) if not search.get(name)]
        if without:
            raise ValueError(f"there is nothing to search for {', '.join(without)}")
        problems = [
            problem for model, ranges in search.items() for problem in _misfits(model, ranges)
        ]
        if problems:
            raise ValidationError.from_exception_data("search", problems)
        return search


class ExperimentParameters(Block):
    """All parameters of one experiment."""

    data_processing: DataProcessingParameters
    synthetic_generation: SyntheticGenerationParameters
    synthetic_validation: SyntheticValidationParameters
    modelling: ModellingParameters
    reporting: ReportingParameters
    scarcity: ScarcityParameters
    comparison: ComparisonParameters
    tuning: TuningParameters
    release: ReleaseSettings
    parametrisation: ParametrisationParameters
    scoring: ScoringSettings
    training_at_scale: TrainingAtScaleSettings

    @field_validator("training_at_scale")
    @classmethod
    def _overrides_fit_the_model(
        cls, training: TrainingAtScaleSettings, info: ValidationInfo
    ) -> TrainingAtScaleSettings:
        modelling = info.data.get("modelling")
        if modelling is not None:
            shipped = modelling.models.xgboost.model_dump()
            try:
                XGBoostParameters.model_validate({**shipped, **training.overrides})
            except ValidationError as error:
                problems = [
                    InitErrorDetails(
                        type=each["type"],
                        loc=("overrides", *each["loc"]),
                        input=each["input"],
                        ctx=each.get("ctx", {}),
                    )
                    for each in error.errors()
                ]
                raise ValidationError.from_exception_data("overrides", problems) from error
        return training

    @field_validator("comparison")
    @classmethod
    def _generator_is_there(
        cls, comparison: ComparisonParameters, info: ValidationInfo
    ) -> ComparisonParameters:
        generation = info.data.get("synthetic_generation")
        name = comparison.generator
        if generation is not None and name not in generation.generators:
            reason = f"no generator is called so; there are {', '.join(generation.generators)}"
            problem = _problem(reason, ("generator",), name)
            raise ValidationError.from_exception_data("comparison", [problem])
        return comparison


class ProjectParameters(Block):
    """All parameters of the project."""

    seed: int = Field(ge=0, lt=2**31, description="the one seed that rules every random draw")
    tracking: bool = Field(description="whether runs are logged in MLflow")
    execution: ExecutionSettings
    runs: RunsSettings
    magic: ExperimentParameters
    taiga: TaigaParameters
    calorimeter: CalorimeterParameters


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
