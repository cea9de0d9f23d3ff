"""Recipes in the catalog, by which datasets are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from showerforge.blocks import Block
from showerforge.errors import InputError, list_settings

Recipe = TypeVar("Recipe", bound=Block)


def parse_recipe(kind: type[Recipe], recipe: Mapping[str, Any], what: str) -> Recipe:
    """Check a recipe.

    Parameters
    ----------
    kind : model of the recipe.
    recipe : as it stands in the catalog.
    what : what is made by it, for the message.

    Raises
    ------
    InputError
        If it has unknown names or values out of their range.
    """
    try:
        return kind.model_validate(recipe)
    except ValidationError as error:
        raise InputError(
            f"The recipe of the simulated {what} in the catalog cannot be used:\n"
            f"{list_settings(error.errors())}"
        ) from error
