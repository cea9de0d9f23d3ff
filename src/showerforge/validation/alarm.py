"""The alarm: what resampling before the split pretends, and how it is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from showerforge.metrics.separation import roc_auc_with_error
from showerforge.validation.leakage import share_between_training_events
from showerforge.validation.utility import CLASSIFIER

#: from training events to synthetic events of the same columns and class column
Resample = Callable[[pd.DataFrame], pd.DataFrame]

#: a share of test events between training events above this raises the alarm: recorded events
#: hardly ever are, and interpolation before the split puts a third of them there
LARGEST_SHARE = 0.01


def raise_alarm(
    events: pd.DataFrame,
    is_train: np.ndarray,
    resample: Resample,
    columns: Sequence[str],
    signal: str,
    seed: int,
) -> dict[str, Any]:
    """Resample after the split, and before it, and tell the two apart.

    Parameters
    ----------
    events : DataFrame of real events with ``particle``.
    is_train : bool[n_events], the training side of the right split.
    resample : makes synthetic events.
    columns : columns of events.
    signal : value of ``particle`` of the signal.
    seed : seed of the wrong split and the classifier.

    Returns
    -------
    alarm : ``right_auc`` and ``wrong_auc``, ROC-AUC on the respective test events, their
        difference ``illusion``; ``right_share`` and ``wrong_share``, of the test events
        between training events; ``limit``; and ``is_flagged``, whether the wrong way, and it
        alone, is beyond the limit.
    """
    wanted = [*columns, "particle"]
    train, test = events.loc[is_train, wanted], events.loc[~is_train, wanted]
    right = pd.concat([train, resample(events[is_train])[wanted]], ignore_index=True)
    everything = pd.concat([events[wanted], resample(events)[wanted]], ignore_index=True)
    in_wrong_train = np.random.default_rng(seed).random(len(everything)) < is_train.mean()
    wrong, wrong_test = everything[in_wrong_train], everything[~in_wrong_train]
    right_auc, wrong_auc = (
        _roc_auc(fitted, judged, columns, signal, seed)
        for fitted, judged in ((right, test), (wrong, wrong_test))
    )
    right_share, wrong_share = (
        share_between_training_events(fitted, judged, columns)
        for fitted, judged in ((right, test), (wrong, wrong_test))
    )
    return {
        "right_auc": right_auc,
        "wrong_auc": wrong_auc,
        "illusion": wrong_auc - right_auc,
        "right_share": right_share,
        "wrong_share": wrong_share,
        "limit": LARGEST_SHARE,
        "is_flagged": right_share <= LARGEST_SHARE < wrong_share,
    }


def _roc_auc(
    fitted: pd.DataFrame, judged: pd.DataFrame, columns: Sequence[str], signal: str, seed: int
) -> float:
    from lightgbm import LGBMClassifier

    classifier = LGBMClassifier(**CLASSIFIER, random_state=seed, n_jobs=1, verbose=-1)
    classifier.fit(fitted[list(columns)], fitted["particle"] == signal)
    score = classifier.booster_.predict(judged[list(columns)])
    return roc_auc_with_error((judged["particle"] == signal).to_numpy(), score)[0]
