import json
import math

import numpy as np
import pytest
from release_toys import RELATIONS, SETTINGS, fit_stack, toy_events
from serving_tools import toy_files

from showerforge.classifiers.candidates import gammaness
from showerforge.events.constraints import Constraint
from showerforge.events.schema import HILLAS_COLUMNS, HILLAS_PARAMETERS
from showerforge.monitoring.references import Reference
from showerforge.release.bundles import Provenance, bind_release, make_reference
from showerforge.serving.manifest import MANIFEST, MODEL, POWER, REFERENCE, Figure, Manifest
from showerforge.serving.releases import open_model, run_model


@pytest.fixture(scope="module")
def manifest():
    return Manifest.model_validate_json(toy_files()[MANIFEST])


def rebind(train, test, model, constraints=RELATIONS):
    """Make a manifest for other events."""
    told = Manifest.model_validate_json(toy_files()[MANIFEST])
    provenance = Provenance(**{name: getattr(told, name) for name in Provenance.__annotations__})
    files = {name: toy_files()[name] for name in (MODEL, REFERENCE, POWER)}
    bound = bind_release(files, model, train, test, constraints, provenance, SETTINGS, seed=0)
    return Manifest.model_validate_json(bound[MANIFEST])


@pytest.fixture(scope="module")
def small():
    """Few events, and a stack of them."""
    train, test = toy_events()
    train, test = train[:300], test[:100]
    return train, test, fit_stack(train)


def test_golden_events_are_test_events_of_both_particles(manifest):
    _, test = toy_events()
    golden = np.array(manifest.golden.events)
    assert len(golden) == 2 * SETTINGS.n_golden
    known = {tuple(row): p for *row, p in test[[*HILLAS_PARAMETERS, "particle"]].to_numpy()}
    particles = [known[tuple(event)] for event in golden]
    assert particles.count("gamma") == particles.count("hadron") == SETTINGS.n_golden
    scores = run_model(open_model(toy_files()[MODEL]), golden)
    np.testing.assert_allclose(scores, manifest.golden.scores, atol=1e-6)


def test_interval_without_end_is_kept(manifest):
    figure = Figure(value=8.7, lower=5.7, upper=math.inf)
    changed = manifest.model_copy(update={"figures": {"Q": figure}})
    again = Manifest.model_validate_json(changed.model_dump_json())
    assert again.figures["Q"] == figure


def test_parameters_are_those_of_the_schema(manifest):
    assert manifest.names == HILLAS_PARAMETERS
    assert [p.unit for p in manifest.parameters] == [c.unit for c in HILLAS_COLUMNS]
    assert [p.bounds for p in manifest.parameters] == [
        (c.lowest, c.highest) for c in HILLAS_COLUMNS
    ]


def test_soft_relations_are_not_asked_of_requests(small):
    soft = Constraint(
        name="soft", left="fConc1", relation=">=", right="fConc", factor=0.5, severity="soft",
        because="two pixels",
    )  # fmt: skip
    train, test, model = small
    assert (
        rebind(train, test, model, [*RELATIONS, soft]).relations
        == rebind(train, test, model).relations
    )


def test_share_of_gammas_is_weighted(small):
    train, test, model = small
    weighted = train.assign(weight=np.where(train["particle"] == "gamma", 1.0, 3.0))
    n_gammas = (train["particle"] == "gamma").sum()
    n_hadrons = len(train) - n_gammas
    told = rebind(weighted, test, model).gamma_share
    assert told == pytest.approx(n_gammas / (n_gammas + 3 * n_hadrons))


def test_digest_tells_training_events_apart(small):
    train, test, model = small
    digest = rebind(train, test, model).training_data
    assert rebind(train, test, model).training_data == digest
    moved = train.assign(fDist=train["fDist"].where(train.index != train.index[3], 1.0))
    swapped = train.assign(particle=train["particle"].to_numpy()[::-1])
    for other in (moved, swapped, train.iloc[::-1], train[:-1]):
        assert rebind(other, test, model).training_data != digest


def test_reference_counts_all_events_but_scores_of_test_events_only(small):
    train, test, _ = small
    reference = make_reference(toy_files()[MODEL], train, test, 30)
    for particle in ("gamma", "hadron"):
        *recorded, scores = reference.counts["any", particle]
        n_test = (test["particle"] == particle).sum()
        assert {c.sum() for c in recorded} == {n_test + (train["particle"] == particle).sum()}
        assert scores.sum() == n_test


def test_power_names_all_faults_and_the_undisturbed_stream():
    rows = json.loads(toy_files()[POWER])
    assert {row["fault"] for row in rows} >= {"none", "light yield -10 %", "width +10 %"}
    assert {row["mixture"] for row in rows} == set(SETTINGS.gamma_shares)
    assert all(row["n_streams"] == SETTINGS.n_repeats for row in rows)


def test_scores_of_a_stack_are_its_gammaness(small):
    train, test, model = small
    told = rebind(train, test, model).golden
    wanted = gammaness(model, test[HILLAS_PARAMETERS])
    assert set(told.scores) <= set(wanted)


def test_reference_of_a_release_can_be_read():
    reference = Reference.from_bytes(toy_files()[REFERENCE])
    assert reference.conditions == ["any"]
    assert list(reference.parameters) == HILLAS_PARAMETERS
    assert reference.binning.columns[-1] == "gammaness"
