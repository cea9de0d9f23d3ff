"""Get the table of the main job before it is run: ``python -m showerforge.acquire``.

Ends with `NOWHERE` where no source has the table, so that ``make run`` can go on with simulated
events, and with 1 where the file in place is wrong, which is nothing to go on with.
"""

import sys
from pathlib import Path
from typing import Any

from showerforge.environment import prepare
from showerforge.errors import find_input_error

NOWHERE = 3


def main() -> int:
    """Fetch and verify the table."""
    prepare()
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    from showerforge.datasets.acquisition import NowhereToBeHadError

    bootstrap_project(Path.cwd())
    session: Any = KedroSession.create()
    with session:
        try:
            session.load_context().catalog.load("magic.raw_events")
        except Exception as error:
            reason = find_input_error(error)
            if not isinstance(reason, NowhereToBeHadError):
                raise
            sys.stderr.write(f"\n{reason}\n")
            return NOWHERE
    return 0


if __name__ == "__main__":
    sys.exit(main())
