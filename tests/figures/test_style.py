"""What all figures have in common."""

import io

from showerforge.figures.style import as_png, new_figure


def test_a_figure_is_drawn_as_matplotlib_saves_it():
    def draw():
        figure = new_figure(4, 3, "toy events, seed 0")
        for axes in figure.subplots(1, 2):
            axes.plot([1, 10, 100], label="long enough to matter to the layout")
            axes.set(xlabel="x", ylabel="a label, m", yscale="log")
        figure.legend(loc="outside upper center")
        return figure

    saved = io.BytesIO()
    draw().savefig(saved, format="png", dpi=120)
    assert as_png(draw(), 120) == saved.getvalue()
