"""Using settings that a search has found."""

from collections.abc import Mapping
from typing import Any

from showerforge.classifiers.provenance import differences
from showerforge.errors import InputError, list_problems


def with_tuned(
    shipped: Mapping[str, Mapping[str, Any]],
    tuned: Mapping[str, Any] | None,
    provenance: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """Put tuned settings in the place of shipped ones; a model that was not tuned keeps its own.

    Parameters
    ----------
    shipped : settings of each model.
    tuned : see `showerforge.classifiers.tuning_results.best_settings`; None if no search was run.
    provenance : where the training events come from, to which the settings must belong: other
        training events of the search could be test events here.

    Raises
    ------
    InputError
        If there are no tuned settings, or they belong to other training events.
    """
    if tuned is None:
        raise InputError(
            "magic.modelling.settings is 'tuned', but there are no tuned settings. Run "
            "`kedro run --pipelines tuning` first, or take the shipped ones. Nothing has been "
            "fitted."
        )
    found = {name: tuned["provenance"].get(name) for name in provenance}
    if problems := differences(found, provenance):
        raise InputError(
            "The tuned settings were found on other training events than those of this run:\n"
            f"{list_problems(problems)}\n"
            "They could have seen events that are now for the test. Run `kedro run --pipelines "
            "tuning` with the parameters of this run, or take the shipped settings. Nothing has "
            "been fitted."
        )
    of_models = {name: dict(found["settings"]) for name, found in tuned["models"].items()}
    return {**{name: dict(settings) for name, settings in shipped.items()}, **of_models}
