"""Fitted scikit-learn models without pickle."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from showerforge.datasets.atomic import replaced_when_done

#: types inside our models that skops does not know, each harmless to build
TRUSTED_TYPES = [
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "showerforge.classifiers.features.HillasFeatures",
    "showerforge.classifiers.stacking.Logit",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
]


class SkopsDataset(AbstractDataset[Any, Any]):
    """Scikit-learn model in the skops format, which runs no code when it is loaded.

    Parameters
    ----------
    filepath : file to write.
    metadata : for kedro-viz and MLflow.
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None):
        self._path = Path(filepath)
        self.metadata = metadata

    @property
    def _filepath(self) -> Path:
        return self._path

    def save(self, data: Any) -> None:
        """Write the model."""
        import zipfile

        from skops.io import dump

        with replaced_when_done(self._path) as partial:
            dump(data, partial, compression=zipfile.ZIP_DEFLATED, compresslevel=1)

    def load(self) -> Any:
        """Read the model; unknown types in the file are an error."""
        from skops.io import load

        return load(self._path, trusted=TRUSTED_TYPES)

    def _exists(self) -> bool:
        return self._path.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._path)}
