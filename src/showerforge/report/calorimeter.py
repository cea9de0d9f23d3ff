"""What the report of the experiment with a calorimeter says, beside what all of images say."""

from __future__ import annotations

import pandas as pd

from showerforge.classifiers.image_judgement import NETWORK
from showerforge.report.image_verdict import compare_pair, describe, find_best

#: the network as it was published
PUBLISHED = "lenet5"
#: reported of it on the real files
PUBLISHED_ACCURACY, PUBLISHED_ROC_AUC = 0.7121, 0.7754


def answer_on_published(
    separation: pd.DataFrame, comparisons: pd.DataFrame, is_simulated: bool
) -> list[str]:
    """Say how the best network compares with LeNet-5 as published, here and on paper.

    Parameters
    ----------
    separation : table of the classifiers.
    comparisons : paired changes between some of them.
    is_simulated : whether the images are those of the embedded simulation.

    Returns
    -------
    answer : sentences; none where LeNet-5 was not trained.
    """
    published = find_best(separation, classifier=PUBLISHED)
    best = find_best(separation, kind=NETWORK)
    if published is None or best is None:
        return []
    sentences: list[str] = []
    if best["classifier"] != PUBLISHED:
        sentences.append(
            f"The best network and the published one: {compare_pair(comparisons, best, published)}"
        )
    numbers = f"accuracy {PUBLISHED_ACCURACY} and ROC-AUC {PUBLISHED_ROC_AUC}"
    if is_simulated:
        sentences.append(
            f"These images are simulated: the {numbers} that were published of LeNet-5 on the real "
            "files cannot be compared with what is measured here."
        )
    else:
        sentences.append(
            f"Of LeNet-5 {numbers} were published; the same network reaches ROC-AUC "
            f"{describe(published, 'roc_auc')} here, on a split of our own."
        )
    return sentences
