import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partition_toys import make_labelled, read_all, reading_of, training_of, write

from showerforge.at_scale.boosting import share_partitions, train
from showerforge.at_scale.judgement import Scoring, judge_folder
from showerforge.at_scale.labelled import read_labelled
from showerforge.at_scale.splits import Side
from showerforge.at_scale.survey import PartitionSurvey, summarise, survey_folder
from showerforge.classifiers.candidates import gammaness
from showerforge.classifiers.training import fit_weighted
from showerforge.errors import InputError
from showerforge.events.schema import HILLAS_PARAMETERS
from showerforge.execution import ExecutionSettings, executing
from showerforge.executors import chosen_executor
from showerforge.metrics.separation import Separation

SERIAL = ExecutionSettings(executor="serial")


@pytest.fixture(scope="module")
def events():
    return make_labelled()


@pytest.fixture(scope="module")
def folder(events, tmp_path_factory):
    return write(events, tmp_path_factory.mktemp("labelled") / "in")


def grow(reading, execution=SERIAL, **changes):
    with executing(execution):
        surveys = survey_folder(reading)
        training = training_of(reading, summarise(surveys)["mean_weights"], **changes)
        return train(training, surveys, chosen_executor())


@pytest.fixture(scope="module")
def grown(folder):
    return grow(reading_of(folder))


def content_of(model):
    return bytes(model.named_steps["classifier"].get_booster().save_raw("ubj"))


@pytest.fixture(scope="module")
def in_memory(events, folder):
    """The same events, in memory, by the usual fit."""
    names = sorted(path.name for path in folder.iterdir())
    read = pd.concat([read_all(read_labelled(reading_of(folder), n)) for n in names])
    learnt, tested = read[read["side"] == Side.TRAINING], read[read["side"] == Side.TEST]
    mean = learnt["weight"].groupby(learnt["is_gamma"]).transform("mean")
    training = training_of(reading_of(folder), {"gamma": 1.0, "hadron": 1.0})
    model = fit_weighted(
        training.model,
        learnt[HILLAS_PARAMETERS],
        learnt["is_gamma"].astype(int),
        learnt["weight"] / mean,
    )
    return model, tested


def roc_auc(model, tested):
    scores = gammaness(model, tested[HILLAS_PARAMETERS])
    return Separation.unweighted(tested["is_gamma"].to_numpy(), scores).roc_auc()[0]


def test_one_page_gives_the_model_of_the_usual_fit(grown, in_memory):
    model, tested = in_memory
    own = gammaness(grown, tested[HILLAS_PARAMETERS])
    np.testing.assert_array_equal(own, gammaness(model, tested[HILLAS_PARAMETERS]))
    assert roc_auc(model, tested) > 0.85


def test_many_pages_give_the_same(folder, grown):
    assert content_of(grow(reading_of(folder), page_events=256)) == content_of(grown)


@pytest.mark.parametrize("cuts", [[], [0, 17, 900, 3999]])
def test_how_events_are_cut_into_partitions_does_not_matter(cuts, events, folder, tmp_path):
    other = write(events, tmp_path / "in", cuts)
    models = [
        grow(reading_of(each, batch_events=batch), page_events=300)
        for each, batch in ((folder, 700), (other, 256))
    ]
    assert content_of(models[0]) == content_of(models[1])


def test_held_out_events_leave_no_trace_in_the_model(events, folder, tmp_path):
    reading = reading_of(folder, group="shower")
    names = sorted(path.name for path in folder.iterdir())
    sides = pd.concat([read_all(read_labelled(reading, n)) for n in names])["side"].to_numpy()
    garbage = events.copy()
    held_out = sides != Side.TRAINING
    others = make_labelled(seed=1)
    changed = [*HILLAS_PARAMETERS, "particle", "weight"]
    garbage.loc[held_out, changed] = others.loc[held_out, changed]
    first = grow(reading)
    second = grow(reading_of(write(garbage, tmp_path / "in"), group="shower"))
    assert content_of(first) == content_of(second)
    garbage.loc[~held_out, changed] = others.loc[~held_out, changed]
    third = grow(reading_of(write(garbage, tmp_path / "all"), group="shower"))
    assert content_of(first) != content_of(third)


def test_cache_is_gone_after_training_and_after_an_error(folder, grown, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    assert content_of(grow(reading_of(folder), cache=str(cache))) == content_of(grown)
    assert not list(cache.iterdir())
    surveys = [PartitionSurvey("not_there.parquet", counts={"training": {"gamma": 1}})]
    training = training_of(reading_of(folder), {"gamma": 1.0, "hadron": 1.0}, cache=str(cache))
    with pytest.raises(InputError, match=r"not_there\.parquet: cannot be read"):
        train(training, surveys, chosen_executor())
    assert not list(cache.iterdir())


def test_workers_of_a_cluster_agree(folder, grown, in_memory):
    model, tested = in_memory
    execution = ExecutionSettings(executor="dask", n_workers=2)
    reading = reading_of(folder)
    with executing(execution):
        surveys = survey_folder(reading)
        summary = summarise(surveys)
        training = training_of(reading, summary["mean_weights"], page_events=500)
        together = train(training, surveys, chosen_executor())
        scoring = Scoring(reading, grown, summary["mean_weights"], {Side.TEST: 0.5})
        counts, samples = judge_folder(scoring, surveys)
    assert roc_auc(together, tested) == pytest.approx(roc_auc(model, tested), abs=0.01)
    with executing(SERIAL):
        assert survey_folder(reading) == surveys
        alone, same = judge_folder(scoring, surveys)
    np.testing.assert_array_equal(counts.test.toarray(), alone.test.toarray())
    pd.testing.assert_frame_equal(samples[Side.TEST], same[Side.TEST])


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20), st.integers(1, 8))
def test_every_worker_gets_partitions_and_every_partition_a_worker(sizes, n_workers):
    surveys = [
        PartitionSurvey(f"{n:02d}", counts={"training": {"gamma": size}})
        for n, size in enumerate(sizes)
    ]
    shares = share_partitions(surveys, n_workers)
    assert len(shares) == min(n_workers, len(sizes))
    assert all(shares)
    assert sorted(name for names in shares for name in names) == [survey.name for survey in surveys]
    loads = [sum(sizes[int(name)] for name in names) for names in shares]
    assert max(loads) - min(loads) <= max(sizes)
