"""Get the table of the main job before it is run: ``python -m showerforge.acquire``.

Ends with `ExitCode.MISSING` where no source has the table, so that ``make run`` can go on with
simulated events, and with `ExitCode.BAD_INPUT` where the file in place is wrong, which is nothing
to go on with.
"""

import sys
from pathlib import Path
from typing import Any

from showerforge.environment import prepare
from showerforge.errors import ExitCode, find_input_error


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
            if reason is None:
                raise
            sys.stderr.write(f"\n{reason}\n")
            is_nowhere = isinstance(reason, NowhereToBeHadError)
            return ExitCode.MISSING if is_nowhere else ExitCode.BAD_INPUT
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(main())
