"""The generators by the names that parameters use."""

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, ImportString, TypeAdapter, ValidationError, create_model

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


def find_generator(name: str) -> type[Generator]:
    """Find a generator of tables by its name, or one of your own by its dotted path.

    Raises
    ------
    InputError
        If there is none, or it lacks what a generator needs.
    """
    return _import_own(name) if "." in name else find_in(GENERATORS, name)


def build_generator(name: str, options: Mapping[str, object]) -> Generator:
    """Build a generator of tables; see `find_generator` and `build`.

    Examples
    --------
    >>> build_generator("kernel_density", {"bandwidth": 0.3})
    KernelDensityGenerator(bandwidth=0.3)
    """
    return build(find_generator(name), name, options)


def find_in(catalogue: Mapping[str, type[AnyGenerator]], name: str) -> type[AnyGenerator]:
    """Find a generator by its name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in catalogue:
        raise InputError(f"There is no generator {name!r}. Generators: {sorted(catalogue)}.")
    return catalogue[name]


def _import_own(path: str) -> type[Generator]:
    try:
        found = TypeAdapter(ImportString[Any]).validate_python(path)
    except ValidationError as error:
        raise InputError(
            f"The generator {path!r} cannot be imported: {error.errors()[0]['msg']}. Put its "
            "module into the folder src of the project, or install its package."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Generator)):
        raise InputError(
            f"{path} is no generator: it must be a class made of showerforge.generators.Generator."
        )
    missing = sorted(found.__abstractmethods__) + ["label"] * (not hasattr(found, "label"))
    if missing:
        raise InputError(
            f"The generator {path} lacks {', '.join(missing)}; see docs/own-generator.md."
        )
    return found


def build(kind: type[AnyGenerator], name: str, options: Mapping[str, object]) -> AnyGenerator:
    """Build a generator from its class and options.

    Options are checked against the annotations of the constructor.

    Parameters
    ----------
    kind : class of the generator.
    name : of the class in parameters.
    options : arguments of the constructor.

    Raises
    ------
    InputError
        If there is no such option, or a value is out of range.
    """
    signature = inspect.signature(kind, eval_str=True)
    fields: dict[str, Any] = {
        option: (
            Any if parameter.annotation is parameter.empty else parameter.annotation,
            ... if parameter.default is parameter.empty else parameter.default,
        )
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
    return kind(**checked.model_dump())
