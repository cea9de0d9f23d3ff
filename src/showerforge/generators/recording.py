"""Samplers of imbalanced-learn that keep, as ``pairs_``, what each event was made from.

A module of its own, because to load the library takes half a second.
"""

from typing import Any

import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE
from numpy.typing import NDArray
from sklearn.utils import check_random_state

Floats = NDArray[np.float64]


class _RecordsParents:
    """Keeps the pairs of events between which each sample was interpolated.

    imbalanced-learn does not tell (its issue 772); `_generate_samples` is the one place
    where the pairs are known.
    """

    def _generate_samples(
        self,
        X: Floats,
        nn_data: Floats,
        nn_num: NDArray[np.intp],
        rows: NDArray[np.intp],
        cols: NDArray[np.intp],
        *args: Any,
        **kwargs: Any,
    ) -> Floats:
        parents = [*getattr(self, "pairs_", []), (X[rows], nn_data[nn_num[rows, cols]])]
        self.pairs_ = parents
        return super()._generate_samples(  # type: ignore[misc]
            X, nn_data, nn_num, rows, cols, *args, **kwargs
        )


class RecordingSMOTE(_RecordsParents, SMOTE):
    """SMOTE that keeps its pairs."""


class RecordingBorderlineSMOTE(_RecordsParents, BorderlineSMOTE):
    """Borderline-SMOTE that keeps its pairs."""


class RecordingSVMSMOTE(_RecordsParents, SVMSMOTE):
    """SVM-SMOTE that keeps its pairs."""


class RecordingADASYN(ADASYN):
    """Retraces the pairs of ADASYN, which has no place where they could be kept."""

    def _fit_resample(self, X: Floats, y: NDArray[Any], **params: Any) -> tuple[Any, Any]:
        result = super()._fit_resample(X, y, **params)
        ((particle, n),) = ((name, n) for name, n in self.sampling_strategy_.items() if n)
        of_class = X[y == particle]
        nearest = self.nn_.fit(X).kneighbors(of_class, return_distance=False)[:, 1:]
        foreign = np.sum(y[nearest] != particle, axis=1) / nearest.shape[1]
        counts = np.rint(foreign / foreign.sum() * n).astype(int)
        rows = np.repeat(np.arange(len(of_class)), counts)
        cols = check_random_state(self.random_state).choice(nearest.shape[1], size=len(rows))
        nearest = self.nn_.fit(of_class).kneighbors(of_class, return_distance=False)[:, 1:]
        self.pairs_ = [(of_class[rows], of_class[nearest[rows, cols]])]
        return result
