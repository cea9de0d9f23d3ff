"""Engineered features of Hillas parameters, each with unit, formula and reason.

`W` is the width, but at least 1 mm: 98 events of the MAGIC table have a width of zero (all
light in one line of pixels) and 52 one below 1 mm, far below the size of a pixel, and ratios
and logarithms need a value there.

Some features are monotone functions of one column, such as a logarithm. Trees see nothing new
in them but draw the quantity more often; for other models the scale matters. The constants in
the size-corrected features and in the distance residual are round numbers taken over from a
study of the same table; they are not fitted here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.schema import HILLAS_PARAMETERS, place_of

SMALLEST_WIDTH = 1.0
#: forests and networks take numbers of single precision
LARGEST_NUMBER = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Feature:
    """A quantity derived from the Hillas parameters.

    Attributes
    ----------
    name : column name.
    unit : unit, empty for pure numbers.
    formula : formula as text.
    reason : why it may separate gammas from hadrons.
    compute : function of the event table.
    """

    name: str
    unit: str
    formula: str
    reason: str
    compute: Callable[[pd.DataFrame], pd.Series]

    @property
    def label(self) -> str:
        """Name with unit, as written on an axis."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


def _width(events: pd.DataFrame) -> pd.Series:
    return events["fWidth"].clip(lower=SMALLEST_WIDTH)


def _alpha(events: pd.DataFrame) -> pd.Series:
    return np.deg2rad(events["fAlpha"])


def _miss(events: pd.DataFrame) -> pd.Series:
    return events["fDist"] * np.sin(_alpha(events))


ENGINEERED_FEATURES = (
    Feature(
        "ellipticity",
        "",
        "fLength / W",
        "gamma images are slender",
        lambda e: e["fLength"] / _width(e),
    ),
    Feature(
        "shower_density",
        "log10(photons) mm^-2",
        "fSize / (fLength W)",
        "gamma images are compact for their light",
        lambda e: e["fSize"] / (e["fLength"] * _width(e)),
    ),
    Feature(
        "miss",
        "mm",
        "fDist sin(fAlpha)",
        "the axis of a gamma from the source passes by it closely",
        _miss,
    ),
    Feature(
        "concentration_ratio",
        "",
        "fConc / fConc1",
        "how the light falls off from the brightest pixel",
        lambda e: e["fConc"] / e["fConc1"],
    ),
    Feature(
        "third_moment",
        "mm",
        "sqrt(fM3Long^2 + fM3Trans^2)",
        "irregular images have large third moments",
        lambda e: np.hypot(e["fM3Long"], e["fM3Trans"]),
    ),
    Feature(
        "size_concentration",
        "log10(photons)",
        "fSize fConc",
        "concentration at a given brightness",
        lambda e: e["fSize"] * e["fConc"],
    ),
    Feature(
        "longitudinal_asymmetry",
        "",
        "fAsym / fLength",
        "head and tail of the shower",
        lambda e: e["fAsym"] / e["fLength"],
    ),
)

# the same quantities on other scales: trees draw them more often, other models see them
# straighter
SCALES_FEATURES = (
    Feature(
        "log_length",
        "log10(mm)",
        "log10 fLength",
        "sizes are compared as ratios",
        lambda e: np.log10(e["fLength"]),
    ),
    Feature(
        "log_width",
        "log10(mm)",
        "log10 W",
        "sizes are compared as ratios",
        lambda e: np.log10(_width(e)),
    ),
    Feature(
        "log_concentration",
        "",
        "log10 fConc",
        "concentration as a ratio",
        lambda e: np.log10(e["fConc"]),
    ),
    Feature(
        "root_alpha",
        "deg^0.5",
        "sqrt(fAlpha)",
        "resolves small angles, where gammas gather",
        lambda e: np.sqrt(e["fAlpha"]),
    ),
    Feature(
        "relative_third_moment_cubed",
        "",
        "(fM3Long / fLength)^3",
        "the moment itself instead of its root",
        lambda e: (e["fM3Long"] / e["fLength"]) ** 3,
    ),
    Feature(
        "absolute_asymmetry",
        "mm",
        "|fAsym|",
        "size of the asymmetry without its direction",
        lambda e: e["fAsym"].abs(),
    ),
    Feature(
        "absolute_longitudinal_moment",
        "mm",
        "|fM3Long|",
        "size of the third moment without its direction",
        lambda e: e["fM3Long"].abs(),
    ),
)

# the ellipse without its scale
SHAPE_FEATURES = (
    Feature(
        "axis_ratio",
        "",
        "W / fLength",
        "bounded counterpart of the ellipticity",
        lambda e: _width(e) / e["fLength"],
    ),
    Feature(
        "log_density",
        "log10(photons mm^-2)",
        "fSize - log10(fLength W)",
        "light per area of the ellipse",
        lambda e: e["fSize"] - np.log10(e["fLength"] * _width(e)),
    ),
)

# where the image lies with respect to the source
SOURCE_FEATURES = (
    Feature(
        "distance_along_axis",
        "mm",
        "fDist cos(fAlpha)",
        "distance to the source along the shower axis",
        lambda e: e["fDist"] * np.cos(_alpha(e)),
    ),
    Feature(
        "relative_miss",
        "",
        "fDist sin(fAlpha) / fLength",
        "miss in units of the image length",
        lambda e: _miss(e) / e["fLength"],
    ),
    Feature(
        "length_over_distance",
        "",
        "fLength / max(fDist, 1 mm)",
        "distant images are longer",
        lambda e: e["fLength"] / e["fDist"].clip(lower=SMALLEST_WIDTH),
    ),
    Feature(
        "width_over_distance",
        "",
        "W / max(fDist, 1 mm)",
        "width at a given impact distance",
        lambda e: _width(e) / e["fDist"].clip(lower=SMALLEST_WIDTH),
    ),
    Feature(
        "edge",
        "mm",
        "fDist + fLength",
        "images cut by the camera edge",
        lambda e: e["fDist"] + e["fLength"],
    ),
)

# distance against the one that the shape of the ellipse predicts, as in the disp method
# (Lessard et al. 2001, Astroparticle Physics 15, 1)
DISPLACEMENT_FEATURES = (
    Feature(
        "distance_residual",
        "mm",
        "fDist - 288 mm (1 - W / fLength)",
        "distance against the one estimated from the ellipse (disp)",
        lambda e: e["fDist"] - 288.0 * (1 - _width(e) / e["fLength"]),
    ),
)

# how the light is shared by the brightest pixels
PIXELS_FEATURES = (
    Feature(
        "second_to_first_pixel",
        "",
        "fConc / fConc1 - 1, between 0 and 2",
        "second brightest over brightest pixel",
        lambda e: (e["fConc"] / e["fConc1"] - 1).clip(0, 2),
    ),
    Feature(
        "log_brightest_pixel",
        "log10(photons)",
        "fSize + log10 fConc1",
        "light of the brightest pixel",
        lambda e: e["fSize"] + np.log10(e["fConc1"]),
    ),
)

# head and tail, in units of the length
SKEWNESS_FEATURES = (
    Feature(
        "relative_third_moment",
        "",
        "fM3Long / fLength",
        "skewness along the axis in units of the length",
        lambda e: e["fM3Long"] / e["fLength"],
    ),
    Feature(
        "head_to_tail",
        "",
        "sign(fM3Long) fAsym / fLength",
        "whether asymmetry and third moment point the same way",
        lambda e: np.sign(e["fM3Long"]) * e["fAsym"] / e["fLength"],
    ),
)

# irregularity across the axis; by mirror symmetry its sign is a coin toss
TRANSVERSE_FEATURES = (
    Feature(
        "absolute_transverse_moment",
        "mm",
        "|fM3Trans|",
        "the sign is a coin toss by symmetry",
        lambda e: e["fM3Trans"].abs(),
    ),
    Feature(
        "relative_transverse_moment",
        "",
        "|fM3Trans| / W, at most 4",
        "transverse irregularity in units of the width",
        lambda e: (e["fM3Trans"].abs() / _width(e)).clip(upper=4),
    ),
)

# width and length at a given brightness; brighter images are longer and wider
SIZE_CORRECTED_FEATURES = (
    Feature(
        "size_corrected_length",
        "log10(mm)",
        "log10 fLength - 0.55 fSize",
        "length at a given brightness",
        lambda e: np.log10(e["fLength"]) - 0.55 * e["fSize"],
    ),
    Feature(
        "size_corrected_width",
        "log10(mm)",
        "log10 W - 0.75 fSize",
        "width at a given brightness",
        lambda e: np.log10(_width(e)) - 0.75 * e["fSize"],
    ),
)

# what the logarithms and angles of the table hide from a model that only adds and compares
LINEAR_FEATURES = (
    Feature(
        "photons",
        "photons",
        "10^fSize",
        "light is additive, its logarithm is not",
        lambda e: 10 ** e["fSize"],
    ),
    Feature(
        "photon_density",
        "photons mm^-2",
        "10^fSize / (fLength W)",
        "light per area of the ellipse",
        lambda e: 10 ** e["fSize"] / (e["fLength"] * _width(e)),
    ),
    Feature(
        "sine_alpha",
        "",
        "sin(fAlpha)",
        "the part of the pointing that miss is made of",
        lambda e: np.sin(_alpha(e)),
    ),
)

#: columns that know the share of the brightest pixel. 9.4 % of the hadrons of the MAGIC table,
#: and no gamma, have a brightest pixel with less than half of the light of the two brightest,
#: which cannot be: a flaw of the table that these columns can use to tag hadrons.
BRIGHTEST_PIXEL = (
    "fConc1",
    "concentration_ratio",
    "second_to_first_pixel",
    "log_brightest_pixel",
)

#: families of features, the units of the ablation
FEATURE_SETS: dict[str, tuple[Feature, ...]] = {
    "engineered": ENGINEERED_FEATURES,
    "scales": SCALES_FEATURES,
    "shape": SHAPE_FEATURES,
    "source": SOURCE_FEATURES,
    "displacement": DISPLACEMENT_FEATURES,
    "pixels": PIXELS_FEATURES,
    "skewness": SKEWNESS_FEATURES,
    "transverse": TRANSVERSE_FEATURES,
    "size_corrected": SIZE_CORRECTED_FEATURES,
    "linear": LINEAR_FEATURES,
}


def feature_names(sets: Sequence[str]) -> list[str]:
    """List the names of the features in the given sets, in order."""
    return [feature.name for name in sets for feature in FEATURE_SETS[name]]


def compute_features(events: pd.DataFrame, sets: Sequence[str]) -> pd.DataFrame:
    """Compute engineered features.

    Parameters
    ----------
    events : DataFrame with the Hillas parameters as columns.
    sets : names of feature sets, keys of `FEATURE_SETS`.

    Returns
    -------
    features : DataFrame of float64, same index, one column per feature.
    """
    return pd.DataFrame(
        {f.name: f.compute(events) for name in sets for f in FEATURE_SETS[name]},
        index=events.index,
        dtype=float,
    )


def with_features(events: pd.DataFrame, sets: Sequence[str]) -> pd.DataFrame:
    """Put the engineered features beside the Hillas parameters and whatever else is there.

    Raises
    ------
    InputError
        If a parameter is so large or small that models have no number for it or a feature.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        features = compute_features(events, sets)
    _refuse_extremes(events, pd.concat([events[HILLAS_PARAMETERS], features], axis=1))
    others = events.columns.difference([*HILLAS_PARAMETERS, *features.columns], sort=False)
    return pd.concat([events[HILLAS_PARAMETERS], features, events[others]], axis=1)


def _refuse_extremes(events: pd.DataFrame, numbers: pd.DataFrame) -> None:
    # NaN is no number below the limit either
    is_extreme = ~(numbers.abs() <= LARGEST_NUMBER).to_numpy()
    if not is_extreme.any():
        return
    problems = [
        f"{place_of(events, numbers.index[row])}: {numbers.columns[column]} is "
        f"{numbers.iat[row, column]:g}"
        for row, column in zip(*np.nonzero(is_extreme), strict=True)
    ]
    raise InputError(
        f"{events.attrs.get('file', 'event table')}: {len(problems):,} numbers are beyond what "
        f"models can hold ({LARGEST_NUMBER:.2g}):\n{list_problems(problems)}\n"
        "No camera records such parameters. Mend or remove these rows."
    )
