"""What tables of measured electron and photon images must be like."""

import pandera.pandas as pa

from showerforge.calorimeter.columns import PARTICLES, SHAPE_COLUMNS
from showerforge.events.schema import check_column

#: rows of images that can be used
SHAPE_EVENTS = pa.DataFrameSchema(
    {
        **{column.name: check_column(column) for column in SHAPE_COLUMNS},
        "particle": pa.Column(str, pa.Check.isin(PARTICLES), description="true class"),
        "group": pa.Column(int, description="identical images, which no split may separate"),
        "row": pa.Column(int, pa.Check.ge(0), unique=True, description="number of the image"),
    },
    index=pa.Index(int, unique=True, name="event_id"),
    name="electron and photon images",
)
