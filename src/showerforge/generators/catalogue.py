"""The generators by the names that parameters use."""

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError, create_model

from showerforge.errors import InputError
from showerforge.generators.controls import BootstrapCopy, ColumnShuffle
from showerforge.generators.density import (
    CopulaGenerator,
    KernelDensityGenerator,
    MixtureGenerator,
    TreeChainGenerator,
)
from showerforge.generators.interface import BaseGenerator, Generator
from showerforge.generators.interpolation import Adasyn, BorderlineSmote, Smote, SvmSmote

AnyGenerator = TypeVar("AnyGenerator", bound=BaseGenerator)

GENERATORS: dict[str, type[Generator]] = {
    "mixture": MixtureGenerator,
    "kernel_density": KernelDensityGenerator,
    "cart": TreeChainGenerator,
    "copula": CopulaGenerator,
    "smote": Smote,
    "borderline_smote": BorderlineSmote,
    "svm_smote": SvmSmote,
    "adasyn": Adasyn,
    "bootstrap_copy": BootstrapCopy,
    "column_shuffle": ColumnShuffle,
}


def build_generator(name: str, options: Mapping[str, object]) -> Generator:
    """Build a generator of tables from its name and options; see `build_from`."""
    return build_from(GENERATORS, name, options)


def build_from(
    catalogue: Mapping[str, type[AnyGenerator]], name: str, options: Mapping[str, object]
) -> AnyGenerator:
    """Build a generator from its name and options.

    Options are checked against the annotations of the constructor.

    Raises
    ------
    InputError
        If there is no such generator or option, or a value is out of range.
    """
    if name not in catalogue:
        raise InputError(f"There is no generator {name!r}. Generators: {sorted(catalogue)}.")
    signature = inspect.signature(catalogue[name], eval_str=True)
    fields: dict[str, Any] = {
        option: (parameter.annotation, parameter.default)
        for option, parameter in signature.parameters.items()
    }
    unknown = sorted(set(options) - set(fields))
    if unknown:
        raise InputError(f"Generator {name!r} has no options {unknown}. Options: {list(fields)}.")
    try:
        checked = create_model("Options", __config__=ConfigDict(strict=True), **fields)(**options)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, p['loc']))} is {p['input']!r}: {p['msg']}" for p in error.errors()
        )
        raise InputError(f"Options of generator {name!r}: {problems}.") from error
    return catalogue[name](**checked.model_dump())
