"""Packages that only some need, and how to get them."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from showerforge.errors import MissingError


def require_packages(what: str, packages: Sequence[str], extras: Sequence[str]) -> None:
    """Refuse to go on without packages of an extra.

    Parameters
    ----------
    what : needs them, in the plural.
    packages : names that are imported.
    extras : of this project, that install them.

    Raises
    ------
    MissingError
        If one is not installed; the message names the extras.
    """
    missing = [name for name in packages if name not in sys.modules and find_spec(name) is None]
    if missing:
        names = ",".join(sorted(set(extras)))
        raise MissingError(
            f"{what} need {' and '.join(missing)}, not installed here. Install the extra: pip "
            f"install 'showerforge[{names}]', in a clone of the project pip install -e "
            f"'.[{names}]'. Nothing has been written."
        )
