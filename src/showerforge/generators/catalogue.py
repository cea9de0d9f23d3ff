"""The generators by the names that parameters use."""

import inspect
from collections.abc import Mapping

from showerforge.errors import InputError
from showerforge.generators.borderline_smote import BorderlineSmote
from showerforge.generators.interface import Generator

GENERATORS: dict[str, type[Generator]] = {
    "borderline_smote": BorderlineSmote,
}


def build_generator(name: str, options: Mapping[str, object]) -> Generator:
    """Build a generator from its name and options.

    Raises
    ------
    InputError
        If there is no such generator or option.
    """
    if name not in GENERATORS:
        raise InputError(f"There is no generator {name!r}. Generators: {sorted(GENERATORS)}.")
    known = list(inspect.signature(GENERATORS[name]).parameters)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(f"Generator {name!r} has no options {unknown}. Options: {known}.")
    return GENERATORS[name](**options)
