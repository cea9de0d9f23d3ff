"""Distributions behind packages."""

from importlib.metadata import packages_distributions

import pytest

from showerforge import distributions
from showerforge.datasets.models import MODEL_IMPORTS
from showerforge.distributions import DISTRIBUTIONS, distribution_of


@pytest.fixture(scope="module")
def all_of_them():
    return packages_distributions()


@pytest.mark.parametrize("package", sorted({*MODEL_IMPORTS, *DISTRIBUTIONS, "torch"}))
def test_they_are_those_that_have_installed_the_packages(package, all_of_them):
    assert all_of_them[package] == [distribution_of(package).name]


def test_one_of_an_unforeseen_name_is_found(monkeypatch):
    monkeypatch.setattr(distributions, "DISTRIBUTIONS", {"xgboost": ("xgboost-of-a-friend",)})
    assert distribution_of("xgboost").name == "xgboost-cpu"


def test_a_package_that_is_not_there_is_an_error():
    with pytest.raises(KeyError, match="theano"):
        distribution_of("theano")
