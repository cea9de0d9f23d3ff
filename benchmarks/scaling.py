"""Figure of what scoring costs, by the number of events: CPU for an event, and memory of a worker.

Run it with ``python benchmarks/scaling.py MEASUREMENTS FIGURE``, a file that
``benchmarks/scoring.py --measurements`` has made and a PNG file, such as ``benchmarks/scaling.csv``
and ``docs/images/scaling.png``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from showerforge.figures.style import colour_of, label_of, new_figure, sort_key, tidy

WIDTH, HEIGHT = 8.0, 3.4
FOOTER = (
    "MAGIC table, test events drawn again, a million in a partition; one worker that begins with "
    "the run; reading, checks, counting and writing included"
)


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description="Figure of what scoring costs.")
    parser.add_argument("measurements", type=Path, help="CSV file")
    parser.add_argument("figure", type=Path, help="PNG file")
    arguments = parser.parse_args()

    table = pd.read_csv(arguments.measurements).sort_values("events")
    table["microseconds"] = 1e6 * table["cpu_seconds"] / table["events"]
    figure = new_figure(WIDTH, HEIGHT, FOOTER)
    both = figure.subplots(1, 2)
    for model in sorted(table["model"].unique(), key=sort_key):
        own = table[table["model"] == model]
        for axes, column in zip(both, ("microseconds", "mebibytes"), strict=True):
            axes.plot(
                own["events"], own[column], "o-", color=colour_of(model), label=label_of(model)
            )
    for axes, label in zip(
        both, ("CPU for an event (µs)", "memory of a worker (MiB)"), strict=True
    ):
        axes.set(xscale="log", xlabel="events", ylabel=label)
        axes.set_ylim(bottom=0)
        tidy(axes)
    both[0].legend(frameon=False)
    figure.savefig(arguments.figure, dpi=150)


if __name__ == "__main__":
    main()
