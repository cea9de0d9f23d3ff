"""Nodes of the stage modelling, for experiments with images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from showerforge.events.splits import check_same_events
from showerforge.image_parameters import (
    COMBINATION,
    AnyModelling,
    AnyProcessing,
    ImageModellingParameters,
)
from showerforge.pipelines.modelling.experiments import experiment_of, make_contenders, members_of

if TYPE_CHECKING:
    from showerforge.classifiers.image_judgement import Described, JudgementRecipe
    from showerforge.networks.layout import Layout


def score_tables(
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    modelling: AnyModelling,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, list[float]], dict[str, float]]:
    """Fit cuts and boosting to image parameters.

    Returns
    -------
    table_out_of_fold, table_test_scores : scores of training and test events.
    table_cuts, table_costs : cut values, and CPU-seconds of all fits, by name of the classifier.
    """
    from showerforge.classifiers import image_separation

    recipe = image_separation.FitRecipe(
        lightgbm=modelling.lightgbm.model_dump(),
        n_cut_steps=modelling.cuts.n_steps,
        minimum_gamma_efficiency=modelling.operating_point.minimum_gamma_efficiency,
        seed=seed,
    )
    experiment = experiment_of(modelling)
    scores = image_separation.score_tables(
        experiment.table_classifiers,
        train_events,
        test_events,
        experiment.classes.signal,
        recipe,
        modelling.n_jobs,
    )
    return scores.out_of_fold, scores.test, scores.cuts, scores.cpu_seconds


def train_networks(
    event_images: Any,
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    processing: AnyProcessing,
    modelling: AnyModelling,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, bytes]]:
    """Train all members of all networks.

    Returns
    -------
    network_out_of_fold, network_test_scores : scores of training and test events.
    training_curves, network_costs : see `showerforge.classifiers.image_networks`.
    networks : content of the ``.keras`` file of each member, by a name such as ``cnn/0``.
    """
    from showerforge.classifiers import image_networks

    contenders = make_contenders(event_images, processing, modelling)
    members = image_networks.train_members(
        contenders,
        train_events,
        test_events,
        experiment_of(modelling).classes.signal,
        modelling.n_members,
        seed,
        modelling.n_jobs,
    )
    return (
        *image_networks.collect_scores(contenders, members, train_events, test_events),
        image_networks.tabulate_curves(contenders, members),
        image_networks.tabulate_costs(contenders, members),
        {f"{member.contender}/{member.number}": member.network.content for member in members},
    )


def judge_classifiers(
    train_events: pd.DataFrame,
    test_events: pd.DataFrame,
    table_out_of_fold: pd.DataFrame,
    table_test_scores: pd.DataFrame,
    table_cuts: dict[str, list[float]],
    network_out_of_fold: pd.DataFrame,
    network_test_scores: pd.DataFrame,
    modelling: AnyModelling,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Combine classifiers, and judge and compare all of them on the test events.

    Returns
    -------
    separation, comparisons : see `showerforge.classifiers.image_judgement`.
    out_of_fold_scores, test_scores : scores of training and test events by all classifiers.
    """
    from showerforge.classifiers import image_judgement
    from showerforge.classifiers.image_separation import write_rules

    check_same_events(table_test_scores, test_events, "table_test_scores", "test_events")
    check_same_events(network_test_scores, test_events, "network_test_scores", "test_events")
    experiment, recipe = experiment_of(modelling), judgement_recipe(modelling, seed)
    scored = image_judgement.ScoredEvents(
        train_events,
        test_events,
        pd.concat([table_out_of_fold, network_out_of_fold], axis=1),
        pd.concat([table_test_scores, network_test_scores], axis=1),
        experiment.classes.signal,
    )
    classifiers: list[Described] = [*experiment.table_classifiers, *_describe_networks(modelling)]
    if modelling.combination is not None:
        parts = modelling.combination.parts
        scored = image_judgement.combine(scored, parts, COMBINATION)
        classifiers.append(
            image_judgement.Described(
                COMBINATION, modelling.combination.label, image_judgement.COMBINATION
            )
        )
    questions = [image_judgement.Question(**q.model_dump()) for q in modelling.questions]
    return (
        image_judgement.judge(
            scored,
            classifiers,
            write_rules(experiment.table_classifiers, table_cuts),
            experiment.classes.score,
            recipe,
        ),
        image_judgement.compare(scored, classifiers, questions, recipe),
        scored.out_of_fold,
        scored.on_test,
    )


def judgement_recipe(modelling: ImageModellingParameters, seed: int) -> JudgementRecipe:
    """Tell how scores are judged."""
    from showerforge.classifiers.image_judgement import JudgementRecipe

    return JudgementRecipe(
        minimum_gamma_efficiency=modelling.operating_point.minimum_gamma_efficiency,
        minimum_surviving_hadrons=modelling.operating_point.minimum_surviving_hadrons,
        n_resamples=modelling.n_resamples,
        confidence=modelling.confidence,
        seed=seed,
    )


def _describe_networks(modelling: ImageModellingParameters) -> list[Described]:
    from showerforge.classifiers.image_judgement import NETWORK, Described

    return [
        Described(key, label, NETWORK, network.is_blind)
        for name, network in modelling.networks.items()
        for key, label in network.classifiers(name).items()
    ]


def tabulate_costs(
    separation: pd.DataFrame,
    table_costs: dict[str, float],
    network_costs: pd.DataFrame,
    modelling: AnyModelling,
) -> pd.DataFrame:
    """Put the CPU time of all trainings beside each other.

    Returns
    -------
    costs : one row per classifier: ``classifier``, ``label``, ``cpu_seconds``, and of networks
        ``n_parameters`` and ``images_per_cpu_second``. Trainings count, not scores; a combination
        costs what its parts do.
    """
    seconds = pd.Series(table_costs).rename_axis("classifier")
    of_tables = seconds.rename("cpu_seconds").reset_index()
    costs = pd.concat([of_tables, network_costs], ignore_index=True)
    if modelling.combination is not None:
        parts = costs[costs["classifier"].isin(modelling.combination.parts)]
        whole = {"classifier": COMBINATION, "cpu_seconds": parts["cpu_seconds"].sum()}
        costs = pd.concat([costs, pd.DataFrame([whole])], ignore_index=True)
    return separation[["classifier", "label"]].merge(costs, how="left", on="classifier")


def summarise_separation(separation: pd.DataFrame) -> dict[str, float]:
    """Flatten what a run is compared by into names and numbers, for MLflow.

    Returns
    -------
    metrics : such as ``lightgbm.roc_auc``, with ``.lower`` and ``.upper``.
    """
    metrics: dict[str, float] = {}
    for row in separation.to_dict("records"):
        for figure in ("roc_auc", "quality_factor", "gamma_efficiency", "hadron_efficiency"):
            name = f"{row['classifier']}.{figure}"
            metrics[name] = row[figure]
            for end in ("lower", "upper"):
                # MLflow's store takes no infinity, as of Q without background
                if np.isfinite(row[f"{figure}_{end}"]):
                    metrics[f"{name}.{end}"] = row[f"{figure}_{end}"]
    return {name: value for name, value in metrics.items() if np.isfinite(value)}


def record_trainings(
    training_curves: pd.DataFrame, modelling: AnyModelling
) -> list[dict[str, Any]]:
    """List all trainings, each for a run of its own in MLflow.

    Returns
    -------
    training_runs : for each member ``key``, ``name``, ``settings``, and the curves.
    """
    from showerforge.fingerprints import key_of
    from showerforge.nested import flatten

    runs = []
    for (name, member), curve in training_curves.groupby(["classifier", "member"], sort=False):
        settings = modelling.networks[name].model_dump(mode="json")
        numbers = {
            column: curve[column].tolist()
            for column in ("loss", "validation_loss", "validation_roc_auc", "learning_rate")
        }
        group = key_of(f"training-{name}", {"settings": settings, "curves": numbers})
        runs.append(
            {
                "key": f"{group}/{member}",
                "name": f"{curve['label'].iloc[0]}, member {member}",
                "settings": flatten(settings),
                "kept_epoch": int(curve.loc[curve["validation_loss"].idxmin(), "epoch"]),
                **numbers,
            }
        )
    return runs


def keep_best_network(
    networks: dict[str, bytes],
    out_of_fold_scores: pd.DataFrame,
    train_events: pd.DataFrame,
    modelling: AnyModelling,
    seed: int,
) -> tuple[bytes, bytes, dict[str, Any]]:
    """Keep the network that is best on validation events, all members in one.

    Returns
    -------
    network, network_onnx : content of its files, for Keras and for ONNX Runtime.
    network_card : which it is, and what it wants to see.
    """
    from showerforge.metrics.separation import Separation
    from showerforge.networks.backends import run_alone

    signal = experiment_of(modelling).classes.signal
    chosen = out_of_fold_scores.notna().all(axis=1).to_numpy()
    is_signal = (train_events["particle"] == signal).to_numpy()[chosen]
    quality = {
        name: Separation.unweighted(is_signal, out_of_fold_scores.loc[chosen, name].to_numpy())
        .roc_auc()[0]
        .item()
        for name, network in modelling.networks.items()
        if not network.is_blind or all(other.is_blind for other in modelling.networks.values())
    }
    best = max(quality, key=quality.__getitem__)
    members = members_of(best, networks)
    network, onnx, shape = run_alone("torch", _join_and_export, members, seed)
    return (
        network,
        onnx,
        {
            "classifier": best,
            "label": modelling.networks[best].label,
            "n_members": len(members),
            "validation_roc_auc": quality[best],
            "input_shape": shape,
            "output": "logit of the signal, mean of all members",
            "signal": signal,
            **modelling.networks[best].model_dump(mode="json"),
        },
    )


def _join_and_export(members: list[bytes], seed: int) -> tuple[bytes, bytes, list[int]]:
    from showerforge.networks.export import to_onnx
    from showerforge.networks.files import from_bytes, to_bytes
    from showerforge.networks.joining import join_networks

    network = join_networks([from_bytes(content) for content in members])
    return to_bytes(network), to_onnx(network, seed), list(network.input_shape[1:])


def explain_network(
    event_images: Any,
    test_events: pd.DataFrame,
    test_scores: pd.DataFrame,
    separation: pd.DataFrame,
    networks: dict[str, bytes],
    network_card: dict[str, Any],
    processing: AnyProcessing,
    modelling: AnyModelling,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look at what the kept network looks at, in images that it judges right and wrong.

    Returns
    -------
    examples : see `showerforge.classifiers.image_examples.choose_examples`.
    occlusion : float32[n_examples, n_pixels], see `showerforge.networks.occlusion.occlude`; by
        pixel and its neighbours.
    """
    from showerforge.classifiers.image_examples import choose_examples
    from showerforge.networks.backends import require, run_alone

    name = network_card["classifier"]
    signal = experiment_of(modelling).classes.signal
    examples = choose_examples(
        test_events,
        test_scores[name].to_numpy(),
        (test_events["particle"] == signal).to_numpy(),
        separation.set_index("classifier").loc[name, "threshold"],
        modelling.n_examples,
    )
    contenders = {c.name: c for c in make_contenders(event_images, processing, modelling)}
    view = contenders[name].view
    images = view.read(examples["row"].to_numpy())
    members = members_of(name, networks)
    changes = run_alone(require(), _occlude, members, view.layout, images, view.patches)
    return examples, pd.DataFrame(changes, examples.index, map(str, range(changes.shape[1])))


def _occlude(
    members: list[bytes], layout: Layout, images: np.ndarray, patches: np.ndarray
) -> np.ndarray:
    from showerforge.networks.files import from_bytes
    from showerforge.networks.joining import join_networks
    from showerforge.networks.occlusion import occlude

    return occlude(join_networks([*map(from_bytes, members)]), layout, images, patches)
