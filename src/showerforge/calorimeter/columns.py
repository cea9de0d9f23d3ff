"""What an image of a calorimeter is, and what is measured of it.

Axis 1 of the images, rows, is pseudorapidity eta; axis 2, columns, is azimuth phi, along which a
solenoid bends electrons. Lengths are in crystals. Energies and times are in the units of the file,
which the public files do not state.
"""

from showerforge.events.schema import Column

ELECTRON, PHOTON = "electron", "photon"
#: the classes by their number in `y`, which is also the order of the files
PARTICLES = (PHOTON, ELECTRON)
LABEL_OF_PARTICLE = {particle: label for label, particle in enumerate(PARTICLES)}

#: keys of a file
IMAGES, LABELS = "X", "y"
#: attributes of a file by which simulated images are known
MADE_BY, SIMULATION = "made_by", "simulation"

IMAGE_SIDE = 32
CHANNELS = ("energy", "time")
ENERGY, TIME = range(len(CHANNELS))
#: eta, phi, channel
IMAGE_SHAPE = (IMAGE_SIDE, IMAGE_SIDE, len(CHANNELS))
N_CRYSTALS = IMAGE_SIDE * IMAGE_SIDE

SHAPE_COLUMNS = (
    Column("energy", "", "sum of all crystals, in the unit of the file", 0.0, above_lowest=True),
    Column("n_hits", "", "crystals with energy", 1.0),
    Column("share_1", "", "share of the hottest crystal", 0.0, 1.0),
    Column("share_2", "", "share of the second hottest crystal", 0.0, 1.0),
    Column("share_2x2", "", "share of the best 2x2 crystals with the hottest", 0.0, 1.0),
    Column("r9", "", "share of the 3x3 crystals around the hottest", 0.0, 1.0),
    Column("share_5x5", "", "share of the 5x5 crystals around the hottest", 0.0, 1.0),
    Column("e1x5", "", "share of the 5x5 crystals in one row (eta) of them", 0.0, 1.0),
    Column("e2x5", "", "share of the 5x5 crystals in the best two rows of them", 0.0, 1.0),
    Column("e5x1", "", "share of the 5x5 crystals in one column (phi) of them", 0.0, 1.0),
    Column("e5x2", "", "share of the 5x5 crystals in the best two columns of them", 0.0, 1.0),
    Column("eta_width", "crystals", "standard deviation of the energy along eta", 0.0),
    Column("phi_width", "crystals", "standard deviation of the energy along phi", 0.0),
    Column("correlation", "", "size of the correlation of eta and phi", 0.0, 1.0),
    Column("sigma_ieta_ieta", "crystals", "width along eta with logarithmic weights", 0.0),
    Column("sigma_iphi_iphi", "crystals", "width along phi with logarithmic weights", 0.0),
    Column(
        "covariance_ieta_iphi",
        "crystals^2",
        "size of the covariance with logarithmic weights",
        0.0,
    ),
    Column("eta_skewness", "", "size of the third standardised moment along eta", 0.0),
    Column("phi_skewness", "", "size of the third standardised moment along phi", 0.0),
    Column("eta_kurtosis", "", "fourth standardised moment along eta", 1.0),
    Column("phi_kurtosis", "", "fourth standardised moment along phi", 1.0),
    Column("eta_asymmetry", "", "excess of one side of the hottest row over the other", 0.0, 1.0),
    Column(
        "phi_asymmetry", "", "excess of one side of the hottest column over the other", 0.0, 1.0
    ),
    Column("offset", "crystals", "from the hottest crystal to the centre of gravity", 0.0),
    Column("outer_eta", "", "share beyond 3 rows from the hottest crystal", 0.0, 1.0),
    Column("outer_phi", "", "share beyond 3 columns from the hottest crystal", 0.0, 1.0),
    Column("mean_time", "", "mean time, weighted by energy, in the unit of the file"),
    Column("time_spread", "", "standard deviation of the time, weighted by energy", 0.0),
)
SHAPES = [column.name for column in SHAPE_COLUMNS]
