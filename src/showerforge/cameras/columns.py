"""What is measured of an image: the columns of the table of images.

Lengths are in deg on the sky. Names and definitions are those of ctapipe's
``HillasParametersContainer``, ``ConcentrationContainer``, ``LeakageContainer`` and
``MorphologyContainer`` where they have the quantity; the others are those of MARS, the analysis
software of MAGIC.
"""

from showerforge.events.schema import Column

IMAGE_COLUMNS = (
    Column("size", "p.e.", "charge of all pixels of the image", 0.0, above_lowest=True),
    Column("n_pixels", "", "pixels of the image", 1.0),
    Column("n_islands", "", "groups of touching pixels", 1.0),
    Column("brightest_island", "", "share of the brightest group in the size", 0.0, 1.0),
    Column("x", "deg", "centre of gravity"),
    Column("y", "deg", "centre of gravity"),
    Column("r", "deg", "distance of the centre of gravity to the centre of the camera", 0.0),
    Column("phi", "deg", "polar angle of the centre of gravity", -180.0, 180.0),
    Column("length", "deg", "standard deviation of the light along the major axis", 0.0),
    Column("length_uncertainty", "deg", "statistical uncertainty of the length", 0.0),
    Column("width", "deg", "standard deviation of the light across it", 0.0),
    Column("width_uncertainty", "deg", "statistical uncertainty of the width", 0.0),
    Column("psi", "deg", "angle of the major axis to the x axis", -90.0, 90.0),
    Column("psi_uncertainty", "deg", "statistical uncertainty of psi", 0.0),
    Column(
        "transverse_cog_uncertainty",
        "deg",
        "statistical uncertainty of the centre of gravity across the major axis",
        0.0,
    ),
    Column("skewness", "", "third standardised moment along psi"),
    Column("kurtosis", "", "fourth standardised moment along the major axis", 1.0),
    Column("concentration_cog", "", "share within a pixel width of the centre", 0.0, 1.0),
    Column("concentration_core", "", "share inside the ellipse of width and length", 0.0, 1.0),
    Column("concentration_pixel", "", "share of the brightest pixel", 0.0, 1.0),
    Column("concentration_two_pixels", "", "share of the two brightest pixels", 0.0, 1.0),
    Column("leakage_pixels_1", "", "share of pixels in the outermost ring", 0.0, 1.0),
    Column("leakage_pixels_2", "", "share of pixels in the outer two rings", 0.0, 1.0),
    Column("leakage_size_1", "", "share of charge in the outermost ring", 0.0, 1.0),
    Column("leakage_size_2", "", "share of charge in the outer two rings", 0.0, 1.0),
    Column(
        "third_moment_long",
        "deg",
        "third root of the third moment along the major axis, positive away from the source",
    ),
    Column(
        "third_moment_transverse", "deg", "third root of the third moment across the major axis"
    ),
    Column(
        "asymmetry",
        "deg",
        "from the brightest pixel to the centre of gravity along the major axis, positive away "
        "from the source",
    ),
    Column("alpha", "deg", "angle of the major axis to the direction of the source", 0.0, 90.0),
    Column("dist", "deg", "distance of the centre of gravity to the source", 0.0),
    Column("miss", "deg", "distance of the major axis to the source", 0.0),
)
IMAGE_PARAMETERS = [column.name for column in IMAGE_COLUMNS]

#: what tells where in the camera an image lies, how it points, and how much of it is beyond the
#: rim: by these alone gammas, which come from the source, part from hadrons, which come from
#: everywhere
DIRECTION_PARAMETERS = [
    "x",
    "y",
    "r",
    "phi",
    "psi",
    "leakage_pixels_1",
    "leakage_pixels_2",
    "leakage_size_1",
    "leakage_size_2",
    "third_moment_long",
    "third_moment_transverse",
    "asymmetry",
    "alpha",
    "dist",
    "miss",
]
#: what is left: light and shape, which know nothing of where the particle came from
SHAPE_PARAMETERS = [name for name in IMAGE_PARAMETERS if name not in DIRECTION_PARAMETERS]
