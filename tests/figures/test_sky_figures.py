import numpy as np
import pandas as pd
import pytest

from showerforge.figures import sky, style

FOOTER = "toy events · seed 0"
NAMES = ["alpha_cut (real)", "stack (real)"]


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text")))


@pytest.fixture(scope="module")
def curves():
    gammas = np.linspace(0.05, 1, 40)
    hadrons = gammas**4
    return pd.concat(
        pd.DataFrame(
            {
                "candidate": name,
                "gamma_efficiency": gammas,
                "surviving_hadrons": (1000 * hadrons).astype(int),
                "hours_to_5_sigma": 100 * factor * hadrons / gammas**2,
                "signal_to_background": gammas / hadrons / 1e4,
            }
        )
        for name, factor in zip(NAMES, (5, 1), strict=True)
    )


def operating_points():
    rows = [
        {
            "candidate": name,
            "operating_point": point,
            "figure": figure,
            "test": value,
            "test_lower": 0.8 * value,
            "test_upper": 1.3 * value,
        }
        for name in NAMES
        for point, efficiency in (("best Q", 0.6), ("gamma efficiency 0.3", 0.3))
        for figure, value in (
            ("gamma_efficiency", efficiency),
            ("hours_to_5_sigma", 50.0 if efficiency == 0.6 else np.nan),
            ("signal_to_background", 1e-3 if efficiency == 0.6 else np.nan),
        )
    ]
    return pd.DataFrame(rows)


def test_curves_are_dotted_where_few_hadrons_are_left(curves):
    figure = sky.detection_times(curves, operating_points(), 10, 0.05, "a toy", FOOTER)
    hours, ratio = figure.axes
    for axes, label in ((hours, "hours to 5 σ"), (ratio, "gammas for each hadron kept")):
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("gamma efficiency", label)
        assert axes.get_yscale() == "log"
    solid, dotted = hours.lines[:2]
    drawn = ~np.isnan(solid.get_ydata())
    assert (drawn == (curves["surviving_hadrons"].to_numpy()[:40] >= 10)).all()
    assert (np.isnan(dotted.get_ydata()) == drawn).all()
    assert dotted.get_linestyle() == ":"
    for words in (FOOTER, "a toy", "below 5 %", "fewer than 10 hadrons", "alpha cut, real"):
        assert words in texts(figure)


def test_points_without_a_number_are_left_out(curves):
    figure = sky.detection_times(curves, operating_points(), 10, 0.05, "a toy", FOOTER)
    for axes in figure.axes:
        markers = [line.get_marker() for line in axes.lines if line.get_marker() in ("*", "o")]
        assert markers == ["*", "*"]


def size_table(**changes):
    rows = [
        {
            "candidate": name,
            "bin": number,
            "size_lower": 2.0 + number,
            "size_upper": 3.0 + number,
            "size_median": 2.4 + number,
            "figure": figure,
            "test": 0.5,
            "test_lower": 0.4,
            "test_upper": np.inf if figure == "quality_factor" and number else 0.7,
            "remark": "only 3 hadrons left" if figure == "quality_factor" and number else "",
        }
        for name in NAMES
        for number in (0, 1)
        for figure in ("roc_auc", "quality_factor")
    ]
    return pd.DataFrame(rows)


def test_size_bins_have_units_intervals_and_hollow_points():
    labels = {"roc_auc": "ROC-AUC", "quality_factor": "Q"}
    figure = sky.size_bins(size_table(), labels, 0.95, FOOTER)
    auc, quality = figure.axes
    assert auc.get_xlabel() == quality.get_xlabel() == "fSize [log10 of photons]"
    assert [auc.get_ylabel(), quality.get_ylabel()] == ["ROC-AUC", "Q"]
    faces = [
        line.get_markerfacecolor()
        for line in quality.lines
        if line.get_marker() == "o" and len(line.get_xdata())
    ]
    assert faces.count("white") == len(NAMES)
    assert style.colour_of("stack (real)") in faces
    assert np.isfinite(quality.get_ylim()).all()
    assert "95 % intervals" in texts(figure)
