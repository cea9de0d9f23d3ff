"""The alarm against forbidden columns: truth, ids, times and pointing taken as features.

A classifier that may see the true energy or the number of the run tells simulations from
recorded events, not gammas from hadrons. Such columns are known by their names, or by how
well a single one of them separates.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from showerforge.errors import InputError, list_problems
from showerforge.events.features import compute_features, feature_names
from showerforge.events.schema import GAMMA, HILLAS_PARAMETERS

logger = logging.getLogger(__name__)

#: words of a column's name by what such a column would tell
FORBIDDEN_WORDS = {
    "truth of the simulation": ("true", "truth", "mc", "sim", "simulated", "corsika", "energy"),
    "identity of the event": ("id", "ids", "evt", "number", "obs", "run", "runs", "index"),
    "time": ("time", "timestamp", "mjd", "date"),
    "pointing": (
        "ra",
        "dec",
        "alt",
        "altitude",
        "az",
        "azimuth",
        "zenith",
        "zd",
        "pointing",
        "elevation",
    ),
    "label or weight": ("label", "class", "target", "particle", "primary", "type", "weight"),
    "answer of a classifier": ("gammaness", "hadronness", "score", "prediction", "proba"),
}
#: words that tell nothing unless the name begins with them: core_x is where the shower fell,
#: concentration_core a Hillas parameter
FORBIDDEN_FIRST_WORDS = {"truth of the simulation": ("core",)}


def words_of(name: str) -> list[str]:
    """Part a name into its words in lower case, at any sign, digit or change of case."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z]+", parted.lower())


def forbidden_meaning(name: str) -> str:
    """Tell what a column tells that no feature may, going by its name.

    Returns
    -------
    meaning : a key of `FORBIDDEN_WORDS`; empty if the name is harmless.
    """
    words = words_of(name)
    for meaning, forbidden in FORBIDDEN_WORDS.items():
        if set(words) & set(forbidden):
            return meaning
    for meaning, forbidden in FORBIDDEN_FIRST_WORDS.items():
        if words and words[0] in forbidden:
            return meaning
    return ""


def single_feature_auc(events: pd.DataFrame, feature_sets: Sequence[str]) -> pd.Series:
    """Measure how well each feature alone separates, in the better of its two directions.

    Parameters
    ----------
    events : DataFrame with the Hillas parameters and ``particle``.
    feature_sets : engineered features that are looked at as well.

    Returns
    -------
    auc : ROC-AUC from 0.5 to 1 by name of the feature.
    """
    from sklearn.metrics import roc_auc_score

    is_gamma = events["particle"] == GAMMA
    features = pd.concat(
        [events[HILLAS_PARAMETERS], compute_features(events, feature_sets)], axis=1
    )
    auc = features.apply(lambda values: roc_auc_score(is_gamma, values))
    return auc.where(auc >= 0.5, 1 - auc)


def check_names(events: pd.DataFrame, allowed: Sequence[str]) -> None:
    """Raise the alarm if a Hillas parameter is taken from a column of a forbidden name.

    Parameters
    ----------
    events : DataFrame; ``events.attrs["sources"]`` has the names of the Hillas parameters in
        the user's file, if it has others.
    allowed : parameters that are used in spite of the alarm.

    Raises
    ------
    InputError
        Naming every such parameter, its column, and how to allow it knowingly.
    """
    sources: Mapping[str, str] = events.attrs.get("sources", {})
    problems = {
        ours: f"{ours} is taken from the column {theirs!r}, which by its name tells the {meaning}"
        for ours, theirs in sources.items()
        if (meaning := forbidden_meaning(theirs))
    }
    _raise_alarm(problems, events, allowed)


def check_separation(
    events: pd.DataFrame,
    feature_sets: Sequence[str],
    features: Sequence[str] | None,
    allowed: Sequence[str],
    auc_limit: float,
) -> None:
    """Raise the alarm if a single feature separates the classes too well.

    Recorded parameters are always looked at, because cuts, generators and certificates use
    all of them; engineered features only if classifiers may use them.

    Parameters
    ----------
    events : DataFrame with the Hillas parameters and ``particle``; for ``attrs`` see
        `check_names`.
    feature_sets : names of engineered feature sets.
    features : the only features that classifiers use; None for all.
    allowed : features that are used in spite of the alarm.
    auc_limit : ROC-AUC of a single feature above which it is taken for a leak.

    Raises
    ------
    InputError
        Naming every such feature, its ROC-AUC, and how to allow it knowingly.
    """
    sources: Mapping[str, str] = events.attrs.get("sources", {})
    engineered = feature_names(feature_sets)
    unused = [] if features is None else [name for name in engineered if name not in features]
    auc = single_feature_auc(events, feature_sets).drop(unused)
    problems = {
        name: (f"{name}, the column {sources[name]!r}," if name in sources else name)
        + f" separates the classes all alone, with a ROC-AUC of {value:.4f} (limit {auc_limit:g})"
        for name, value in auc[auc > auc_limit].sort_values(ascending=False).items()
    }
    _raise_alarm(problems, events, allowed)


def _raise_alarm(problems: Mapping[str, str], events: pd.DataFrame, allowed: Sequence[str]) -> None:
    for name, problem in problems.items():
        if name in allowed:
            logger.info("In spite of the alarm: %s", problem)
    suspects = {name: problem for name, problem in problems.items() if name not in allowed}
    if suspects:
        raise InputError(
            f"{events.attrs.get('file', 'event table')}: {len(suspects)} feature(s) are likely "
            f"taken from columns that no feature may be:\n{list_problems(suspects.values())}\n"
            "Correct the columns in the layout. If they are what they should be, allow them "
            "knowingly: data_processing.allowed_despite_alarm: "
            f"[{', '.join([*allowed, *suspects])}]. Nothing has been written."
        )
