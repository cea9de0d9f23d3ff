"""One look for all figures: colours that the colour-blind can tell apart, names, footers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from showerforge.classifiers.names import Candidate, Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as InteractiveFigure

# Okabe and Ito 2008, "Color universal design"
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8A8A8A"

GAMMA_COLOUR = BLUE
HADRON_COLOUR = VERMILION
SYNTHETIC_COLOUR = ORANGE
#: of simulated particles
PRIMARY_COLOURS = {"gamma": GAMMA_COLOUR, "proton": HADRON_COLOUR}

MODELS = {
    "stack": ("stack", BLACK),
    "lightgbm": ("LightGBM", GREEN),
    "xgboost": ("XGBoost", BLUE),
    "random_forest": ("random forest", VERMILION),
    "perceptrons": ("neural networks", SKY),
    "width_alpha_cuts": ("width and alpha cuts", PURPLE),
    "alpha_cut": ("alpha cut", GREY),
}
_DASHES = {
    Training.REAL: ("-", "solid"),
    Training.SYNTHETIC: ("--", "dash"),
    Training.REFERENCE: ("-.", "dashdot"),
    Training.NO_BRIGHTEST_PIXEL: (":", "dot"),
}

FOOTER_LETTERS_PER_INCH = 17

PLOTLY_LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "size": 13},
    "margin": {"l": 60, "r": 20, "t": 50, "b": 80},
    "height": 480,
}


def label_of(candidate: str) -> str:
    """Name of a candidate for people."""
    parsed = Candidate.parse(candidate)
    return f"{MODELS[parsed.model][0]}, {parsed.training}"


def colour_of(candidate: str) -> str:
    """Colour of a candidate, the same in all figures."""
    return MODELS[Candidate.parse(candidate).model][1]


def line_style(candidate: str) -> str:
    """Matplotlib line style: what the candidate was trained on."""
    return _DASHES[Candidate.parse(candidate).training][0]


def plotly_dash(candidate: str) -> str:
    """Plotly line style: what the candidate was trained on."""
    return _DASHES[Candidate.parse(candidate).training][1]


def sort_key(candidate: str) -> tuple[int, int]:
    """Key that sorts candidates as in `MODELS` and `Training`, real before synthetic."""
    parsed = Candidate.parse(candidate)
    return list(MODELS).index(parsed.model), list(Training).index(parsed.training)


def new_figure(width: float, height: float, footer: str) -> Figure:
    """Make an empty figure with a line on the provenance of its data.

    Parameters
    ----------
    width, height : size in inches.
    footer : such as "MAGIC table, real data, seed 0".
    """
    from textwrap import fill

    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    lines = fill(footer, int(FOOTER_LETTERS_PER_INCH * width))
    figure.supxlabel(lines, fontsize=7, color=GREY, x=0.99, ha="right")
    return figure


def as_png(figure: Figure, dots_per_inch: int = 150) -> bytes:
    """Draw a figure as the content of a PNG file."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg

    content = io.BytesIO()
    figure.set_dpi(dots_per_inch)
    # `savefig` draws twice, the first time for the layout, which drawing brings about as well
    FigureCanvasAgg(figure).print_png(content)
    return content.getvalue()


def tidy(axes: Axes) -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, alpha=0.25)


def plain_numbers(axes: Axes, which: str) -> None:
    """Make a logarithmic axis, "x" or "y", with plain numbers at 1 and 3 of each power of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def with_footer(figure: InteractiveFigure, footer: str) -> InteractiveFigure:
    """Put the line on the provenance of the data below a Plotly figure."""
    figure.add_annotation(
        text=footer,
        x=1,
        y=-0.22,
        xref="paper",
        yref="paper",
        xanchor="right",
        showarrow=False,
        font={"size": 9, "color": GREY},
    )
    return figure
