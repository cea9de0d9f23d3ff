"""What is installed behind the names of packages that are imported."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import packages_distributions as look_up_all

#: of packages that are not called as what installs them; of several the first that is there
DISTRIBUTIONS = {
    "imblearn": ("imbalanced-learn",),
    "sklearn": ("scikit-learn",),
    "tensorflow": ("tensorflow-cpu", "tensorflow"),
    "xgboost": ("xgboost-cpu", "xgboost"),
}


def distribution_of(package: str) -> Distribution:
    """Find the distribution that has installed a package.

    Raises
    ------
    KeyError
        If the package is not installed.
    """
    for name in DISTRIBUTIONS.get(package, (package,)):
        try:
            return distribution(name)
        except PackageNotFoundError:
            continue
    # of a name that nobody has foreseen, such as that of a build for GPUs: most of a second
    return distribution(look_up_all()[package][0])
