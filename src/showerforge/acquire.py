"""Get the table of the main job before it is run: ``python -m showerforge.acquire``.

Ends with `ExitCode.MISSING` where no source has the table, so that ``make run`` can go on with
simulated events, and with `ExitCode.BAD_INPUT` where the file in place is wrong, which is nothing
to go on with.
"""

import logging
import sys

from showerforge.environment import prepare
from showerforge.errors import ExitCode, find_input_error

#: of the catalog
RAW_EVENTS = "magic.raw_events"


def main() -> int:
    """Fetch and verify the table."""
    prepare()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("showerforge").setLevel(logging.INFO)
    from kedro.io import DataCatalog

    from showerforge.configuration import PROJECT, open_configuration
    from showerforge.datasets.acquisition import NowhereToBeHadError

    entry = open_configuration(PROJECT)["catalog"][RAW_EVENTS]
    try:
        DataCatalog.from_config({RAW_EVENTS: entry}).load(RAW_EVENTS)
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
