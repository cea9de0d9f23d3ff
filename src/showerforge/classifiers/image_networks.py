"""Networks that tell two kinds of images apart, several of each, so that chance shows.

Member k of a network is trained without fold k of the training events, which tells it when to
stop; what it says of that fold is an out-of-fold score. The score of a test event is the mean
logit of all members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from showerforge.networks.backends import run_each_alone
from showerforge.networks.layout import Layout
from showerforge.networks.settings import NetworkSettings

if TYPE_CHECKING:
    from showerforge.networks.samples import Sample
    from showerforge.networks.trained import TrainedNetwork

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NetworkContender:
    """A network that is compared with others.

    Attributes
    ----------
    name : key in tables.
    label : for people.
    settings : architecture and training.
    view : what it sees; has ``read(rows) -> float32[n, n_pixels, n_channels]``.
    layout : how the pixels of the view lie.
    scores : whether each of the classifiers that it is, by name, is the mean of the scores over
        all symmetries.
    """

    name: str
    label: str
    settings: NetworkSettings
    view: Any
    layout: Layout
    scores: Mapping[str, bool]


@dataclass(frozen=True)
class Member:
    """A trained network with its scores.

    Attributes
    ----------
    contender, number : whose and which member it is.
    network : see `showerforge.networks.trained.TrainedNetwork`.
    out_of_fold, test : logits by name of a classifier, see `NetworkContender.scores`, of the
        training events of its fold and of the test events.
    """

    contender: str
    number: int
    network: TrainedNetwork
    out_of_fold: dict[str, Floats]
    test: dict[str, Floats]


def train_members(
    contenders: Sequence[NetworkContender],
    train: pd.DataFrame,
    test: pd.DataFrame,
    signal: str,
    n_members: int,
    seed: int,
    n_jobs: int,
) -> list[Member]:
    """Train all members of all networks, and score with them.

    Parameters
    ----------
    contenders : the networks.
    train, test : events with ``particle`` and ``row``, number of the image; training events with
        ``fold``.
    signal : the particle that scores high.
    n_members : of each network; not more than there are folds.
    seed : of the first member; those of the others follow.
    n_jobs : trainings at a time; -1 is one for each core.
    """
    jobs = [(contender, number) for contender in contenders for number in range(n_members)]

    def train_member(contender: NetworkContender, number: int) -> Member:
        from showerforge.networks.files import from_bytes
        from showerforge.networks.training import score_logits, train_network

        held_out = train["fold"] == number
        own = [
            _sample(contender, events, signal)
            for events in (train[~held_out], train[held_out], test)
        ]
        fitted, stopping, tested = own
        network = train_network(
            contender.settings, contender.layout, fitted, stopping, seed + number
        )
        model = from_bytes(network.content)
        n_symmetries = len(contender.layout.symmetries) if any(contender.scores.values()) else 1
        scores = []
        for sample in (stopping, tested):
            turned = score_logits(model, sample, contender.layout, range(n_symmetries))
            scores.append(
                {
                    name: turned.mean(axis=0) if is_averaged else turned[0]
                    for name, is_averaged in contender.scores.items()
                }
            )
        return Member(contender.name, number, network, *scores)

    return run_each_alone(train_member, jobs, n_jobs, "Training networks")


def _sample(contender: NetworkContender, events: pd.DataFrame, signal: str) -> Sample:
    from showerforge.networks.samples import Sample

    is_signal = (events["particle"] == signal).to_numpy()
    return Sample(contender.view.read, events["row"].to_numpy(), is_signal)


def collect_scores(
    contenders: Sequence[NetworkContender],
    members: Sequence[Member],
    train: pd.DataFrame,
    test: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the scores of all members together.

    Returns
    -------
    out_of_fold : float[n_train, n_classifiers] in [0, 1], NaN in folds that no member left out.
    test : float[n_test, n_classifiers] in [0, 1].
    """
    from scipy.special import expit

    names = [name for contender in contenders for name in contender.scores]
    out_of_fold = pd.DataFrame(np.nan, train.index, names)
    for member in members:
        for name, logits in member.out_of_fold.items():
            out_of_fold.loc[(train["fold"] == member.number).to_numpy(), name] = expit(logits)
    on_test = {
        name: expit(np.mean([m.test[name] for m in members if name in m.test], axis=0))
        for name in names
    }
    return out_of_fold, pd.DataFrame(on_test, test.index)


def tabulate_curves(
    contenders: Sequence[NetworkContender], members: Sequence[Member]
) -> pd.DataFrame:
    """Tabulate the course of all trainings.

    Returns
    -------
    training_curves : one row per member and epoch: ``classifier``, ``label``, ``member``,
        ``epoch``, from 1, ``loss``, ``validation_loss``, ``validation_roc_auc`` and
        ``learning_rate``.
    """
    labels = {contender.name: contender.label for contender in contenders}
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "classifier": member.contender,
                    "label": labels[member.contender],
                    "member": member.number,
                    "epoch": np.arange(1, len(member.network.curves["loss"]) + 1),
                    **member.network.curves,
                }
            )
            for member in members
        ],
        ignore_index=True,
    )


def tabulate_costs(
    contenders: Sequence[NetworkContender], members: Sequence[Member]
) -> pd.DataFrame:
    """Add up what the trainings of each network cost.

    Returns
    -------
    costs : one row per classifier: ``classifier``, ``cpu_seconds`` of all members,
        ``n_parameters`` of one, and ``images_per_cpu_second``, images seen in training, one that
        is seen twice counted twice.
    """
    rows = []
    for contender in contenders:
        own = [member.network for member in members if member.contender == contender.name]
        cpu_seconds = sum(network.cpu_seconds for network in own)
        rows += [
            {
                "classifier": name,
                "cpu_seconds": cpu_seconds,
                "n_parameters": own[0].n_parameters,
                "images_per_cpu_second": sum(network.n_images for network in own) / cpu_seconds,
            }
            for name in contender.scores
        ]
    return pd.DataFrame(rows)
