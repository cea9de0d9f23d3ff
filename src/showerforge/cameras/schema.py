"""What tables of measured images must be like."""

import pandera.pandas as pa

from showerforge.cameras.columns import IMAGE_COLUMNS
from showerforge.cameras.images import TRUTH_COLUMNS
from showerforge.events.schema import GAMMA, HADRON, check_column

#: rows of images that pass the quality cuts. The truth may be unknown, or known of some events
#: only, and the uncertainty of an image in a line is NaN. Files of others have numbers of other
#: lengths.
IMAGE_EVENTS = pa.DataFrameSchema(
    {
        **{
            column.name: check_column(column, nullable=column.name.endswith("_uncertainty"))
            for column in IMAGE_COLUMNS
        },
        **{
            column.name: check_column(column, required=False, nullable=True, coerce=True)
            for column in TRUTH_COLUMNS
        },
        "particle": pa.Column(str, pa.Check.isin([GAMMA, HADRON]), description="true origin"),
        "group": pa.Column(int, coerce=True, description="events that no split may separate"),
        "row": pa.Column(int, pa.Check.ge(0), unique=True, description="place of the image"),
    },
    index=pa.Index(int, unique=True, coerce=True, name="event_id"),
    name="events with images",
)
