"""Fitted scikit-learn models without pickle."""

from collections.abc import Iterable
from typing import Any

from showerforge.atomic import replaced_when_done
from showerforge.datasets.atomic import LocalFileDataset
from showerforge.distributions import distribution_of

#: what a kept model imports beside the code of this package, which a tracked one carries along
MODEL_IMPORTS = (
    "imblearn",
    "lightgbm",
    "numpy",
    "pandas",
    "pandera",
    "pydantic",
    "scipy",
    "sklearn",
    "skops",
    "xgboost",
)
#: types inside our models that skops does not know, each harmless to build
TRUSTED_TYPES = [
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "showerforge.classifiers.features.HillasFeatures",
    "showerforge.classifiers.stacking.Logit",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
]


class SkopsDataset(LocalFileDataset):
    """Scikit-learn model in the skops format, which runs no code when it is loaded."""

    def save(self, data: Any) -> None:
        """Write the model."""
        import zipfile

        from skops.io import dump

        with replaced_when_done(self._filepath) as partial:
            dump(data, partial, compression=zipfile.ZIP_DEFLATED, compresslevel=1)

    def load(self) -> Any:
        """Read the model; unknown types in the file are an error."""
        from skops.io import load

        return load(self._filepath, trusted=TRUSTED_TYPES)


def installed_versions(imports: Iterable[str]) -> list[str]:
    """Pin the installed distributions behind import names, as pip requirements."""
    found = map(distribution_of, imports)
    return [f"{distribution.name}=={distribution.version}" for distribution in found]
