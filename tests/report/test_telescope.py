import numpy as np
import pandas as pd
import pytest

from showerforge.classifiers import operating_points as judge
from showerforge.classifiers.size_bins import judge_size_bins, size_bin_edges
from showerforge.metrics.figures_of_merit import Sky
from showerforge.metrics.intervals import bootstrap_weights
from showerforge.report.telescope import answer_on_time, describe_telescope

STACK = "stack (real)"
POINTS = {STACK: {judge.BEST_QUALITY: 0.7}, judge.CLASSICAL: {judge.BEST_QUALITY: 0.55}}


def judged(threshold=0.7):
    generator = np.random.default_rng(0)
    is_gamma = np.arange(3000) < 1800
    scores = pd.DataFrame(
        {
            STACK: np.where(is_gamma, generator.beta(4, 2, 3000), generator.beta(2, 5, 3000)),
            judge.CLASSICAL: np.where(
                is_gamma, generator.beta(3, 2, 3000), generator.beta(2, 3, 3000)
            ),
        }
    )
    weights = bootstrap_weights(is_gamma, 100, 0)
    sources = judge.list_sources(Sky(6e5, 1e4, 0.2, 10), [1.0], 600.0)
    rules = judge.Rules(0.95, 10, 0.05)
    points = {**POINTS, STACK: {judge.BEST_QUALITY: threshold}}
    size = generator.uniform(2, 4, 3000)
    thresholds = {name: of_name[judge.BEST_QUALITY] for name, of_name in points.items()}
    edges = size_bin_edges(size, 3)
    return (
        judge.judge_operating_points(scores, is_gamma, weights, points, sources, 0.7, rules),
        judge_size_bins(scores, is_gamma, size, weights, thresholds, edges, rules),
    )


def as_saved(tables, folder):
    """Through a file, where empty remarks become no values."""
    loaded = []
    for number, table in enumerate(tables):
        table.to_csv(folder / f"{number}.csv", index=False)
        loaded.append(pd.read_csv(folder / f"{number}.csv"))
    return loaded


def test_section_holds_every_table(tmp_path):
    section = describe_telescope(*as_saved(judged(), tmp_path), STACK)
    assert section["crab_gammas_per_hour"] == pytest.approx(600)
    assert section["prior"]["crab_flux"] == pytest.approx(0.1)
    assert [row["head"] for row in section["sources"]["rows"]] == [
        [label, source]
        for label in ("stack, real", "alpha cut, real")
        for source in ("the prior, 0.1 Crab", "1 Crab")
    ]
    assert [row["head"][:2] for row in section["points"]["rows"]] == [
        ["stack, real", "best Q"],
        ["alpha cut, real", "best Q"],
    ]
    assert len(section["sizes"]["rows"]) == 2 * 3
    for table in ("sources", "points", "sizes"):
        for row in section[table]["rows"]:
            assert len(row["cells"]) == len(section[table]["columns"])
    hours = section["sources"]["columns"].index("hours to 5 σ")
    assert section["sources"]["rows"][0]["cells"][hours]["is_marked"]


def test_answer_gives_hours_ratio_and_warning(tmp_path):
    sky, _ = as_saved(judged(), tmp_path)
    answer = answer_on_time(sky, STACK)
    assert answer.startswith("The stack, real, needs observations ")
    assert "systematics of the background come first" in answer


def test_answer_without_hadrons_gives_no_number(tmp_path):
    sky, _ = as_saved(judged(threshold=0.95), tmp_path)
    answer = answer_on_time(sky, STACK)
    assert "cannot be told" in answer
    assert "stack, real leaves 0 and alpha cut, real leaves" in answer
