"""Speed and certificate of all generators of synthetic hadrons, side by side.

Run it with ``python benchmarks/generators.py``; it reads the MAGIC table from ``data/01_raw`` or
from the folder named by ``SHOWERFORGE_MIRROR`` (default ``../shared/data``). All generators learn
from the same training events of one split and are judged by the same held-out ones. Seconds are
those of the processor, with one thread; ratios are to the first generator.
"""

import argparse
import os
import time
from pathlib import Path

import pandas as pd
import yaml

from showerforge.events.constraints import Constraint, range_constraints
from showerforge.events.features import FEATURE_SETS, compute_features
from showerforge.events.reader import read_events
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.events.splits import group_duplicates, split_train_test
from showerforge.generators import GENERATORS, build_generator
from showerforge.validation import Settings, Yardstick
from showerforge.validation.gates import bands_of

PROJECT = Path(__file__).parents[1]
FILE = "magic04.data"
HADRONS = {"particle": "hadron"}
N_TIMED = 100_000


def read_table() -> pd.DataFrame:
    """Read the MAGIC table from wherever it is."""
    folders = [
        PROJECT / "data/01_raw",
        Path(os.environ.get("SHOWERFORGE_MIRROR", PROJECT / "../shared/data")),
    ]
    path = next(folder / FILE for folder in folders if (folder / FILE).is_file())
    events = read_events(path).rename_axis("event_id")
    return events.assign(group=group_duplicates(events, HILLAS_PARAMETERS))


def read_constraints() -> list[Constraint]:
    """Read the shipped constraints."""
    text = (PROJECT / "conf/base/parameters/data_processing.yml").read_text()
    constraints = yaml.safe_load(text)["magic"]["data_processing"]["constraints"]
    return [*range_constraints(), *(Constraint(**constraint) for constraint in constraints)]


def main() -> None:
    """Measure every generator and print the table."""
    parser = argparse.ArgumentParser(description="Speed and certificate of all generators.")
    parser.add_argument("generators", nargs="*", default=list(GENERATORS), help="names; all")
    parser.add_argument("--seed", type=int, default=0, help="seed of split and generators; 0")
    arguments = parser.parse_args()

    train, holdout = split_train_test(read_table(), 0.2, arguments.seed)
    parameters, particle = train[HILLAS_PARAMETERS], train["particle"]
    yardstick = Yardstick(
        train,
        holdout,
        read_constraints(),
        None,
        "hadron",
        HILLAS_PARAMETERS,
        lambda events: compute_features(events, list(FEATURE_SETS)),
        settings=Settings(seed=arguments.seed),
    )
    rows = []
    for name in arguments.generators:
        begin = time.process_time()
        generator = build_generator(name, {}).fit_for("hadron", parameters, particle, 0)
        fitted = time.process_time()
        many = generator.sample(N_TIMED, HADRONS, arguments.seed)
        sampled = time.process_time()
        synthetic = many.head(len(yardstick.train)).assign(particle="hadron")
        synthetic[HILLAS_PARAMETERS] = synthetic[HILLAS_PARAMETERS].round(4)
        certificate, _ = yardstick.certify(synthetic, generator.label)
        judged = time.process_time()
        values = {gate.key: gate.value for gate in certificate.gates}
        rows.append(
            {
                "generator": generator.label,
                "fit [s]": fitted - begin,
                "100,000 events [s]": sampled - fitted,
                "certificate [s]": judged - sampled,
                "verdict": f"{certificate.verdict} {certificate.grade}",
                "fails": " ".join(certificate.failed),
                "KS": values["ks_distance"],
                "C2ST": values["two_sample_auc"],
                "C2ST derived": values["two_sample_auc_derived"],
                "membership": values["membership_auc"],
                "change of AUC": values["roc_auc against no resampling"],
            }
        )
    table = pd.DataFrame(rows).set_index("generator")
    table.insert(2, "ratio", table["100,000 events [s]"] / table["100,000 events [s]"].iloc[0])
    band = bands_of(yardstick.null)["two_sample_auc"]
    print(f"Two-sample ROC-AUC (C2ST) of real against real: {band[0]:.3f} to {band[1]:.3f}\n")
    print(table.to_string(float_format=lambda value: f"{value:.3f}"))


if __name__ == "__main__":
    main()
