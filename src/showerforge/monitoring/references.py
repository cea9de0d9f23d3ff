"""What events are expected to look like, for each condition of the observation and each particle.

The sky has a gamma in ten thousand hadrons and a training table two in three: a monitor that
compares the one with the other is red for ever. So the reference knows gammas and hadrons apart,
and a stream is compared with the mixture that its scores speak for.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from showerforge.errors import InputError, suggest_names
from showerforge.monitoring.residuals import Residual, with_residuals
from showerforge.monitoring.summaries import Binning, Counts, Floats

GAMMA, HADRON = "gamma", "hadron"
PARTICLES = (GAMMA, HADRON)
#: the condition of tables that tell none
ANY_CONDITION = "any"
#: version of the file
VERSION = 1
#: bins of the gammaness that the mixture is found by
N_SCORE_BINS = 40
_MOST_STEPS, _SMALL_STEP = 200, 1e-6
#: what NumPy raises where a file is not one of its own
_UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Reference:
    """Counts of reference events in bins.

    Attributes
    ----------
    binning : of the columns, of which the last is the gammaness.
    counts : for each condition and particle, counts of each column; those of the gammaness may be
        of fewer events, as a classifier tells too much of those that it has learnt from.
    residuals : that stand between the recorded parameters and the gammaness.
    """

    binning: Binning
    counts: Mapping[tuple[str, str], Sequence[Counts]]
    residuals: tuple[Residual, ...] = ()

    @classmethod
    def of_events(
        cls,
        columns: Sequence[str],
        values: Mapping[tuple[str, str], Floats],
        n_bins: int,
        residuals: Sequence[Residual] = (),
    ) -> Reference:
        """Count reference events.

        Parameters
        ----------
        columns : names of the recorded parameters, and last the gammaness.
        values : for each condition and particle, float64[n_events, n_columns]; NaN where the
            gammaness may not be used.
        n_bins : of each column.
        residuals : that are watched beside the parameters; their coefficients are learnt.
        """
        *names, score = columns
        pooled = np.concatenate(list(values.values()))
        by_name = {name: pooled[:, place] for place, name in enumerate(names)}
        fitted = tuple(residual.fit(by_name) for residual in residuals)
        whole = {
            key: np.column_stack([with_residuals(own[:, :-1], names, fitted), own[:, -1]])
            for key, own in values.items()
        }
        every = (*names, *(residual.name for residual in fitted), score)
        binning = Binning.between_quantiles(every, np.concatenate(list(whole.values())), n_bins)
        return cls(binning, {key: binning.count(own) for key, own in whole.items()}, fitted)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the recorded parameters."""
        return self.binning.columns[: -1 - len(self.residuals)]

    def values_of(self, parameters: Floats, scores: Floats) -> Floats:
        """Make the columns of the reference.

        Parameters
        ----------
        parameters : float64[n_events, n_parameters].
        scores : gammaness, float64[n_events].

        Returns
        -------
        values : float64[n_events, n_columns].
        """
        whole = with_residuals(parameters, self.parameters, self.residuals)
        return np.column_stack([whole, scores])

    @cached_property
    def conditions(self) -> list[str]:
        """Conditions that are known."""
        return sorted({condition for condition, _ in self.counts})

    def check_condition(self, condition: str) -> None:
        """Refuse a condition of which nothing is known.

        Raises
        ------
        InputError
        """
        if condition not in self.conditions:
            raise InputError(
                f"The reference knows no condition {condition!r}"
                f"{suggest_names(condition, self.conditions)}; it knows "
                f"{', '.join(self.conditions)}."
            )

    def expect(self, condition: str, gamma_share: float) -> tuple[list[Floats], Floats]:
        """Mix gammas and hadrons.

        Parameters
        ----------
        condition : of the observation.
        gamma_share : share of gammas.

        Returns
        -------
        expected : shares in the bins of each column.
        n_reference : float64[n_columns], as many events of the mixture would know it as well.
        """
        self.check_condition(condition)
        shares = {GAMMA: gamma_share, HADRON: 1.0 - gamma_share}
        expected = [np.zeros(len(edges) + 1) for edges in self.binning.edges]
        variance = np.zeros(len(expected))
        for particle, share in shares.items():
            for column, own in enumerate(self.counts[condition, particle]):
                n = own.sum()
                expected[column] += share * own / n
                variance[column] += share**2 / n
        return expected, 1.0 / variance

    def gamma_share_of(self, condition: str, scores: Counts) -> float:
        """Find the share of gammas that explains scores best, by maximum likelihood.

        Parameters
        ----------
        condition : of the observation.
        scores : counts of the gammaness of a stream.
        """
        self.check_condition(condition)
        density = []
        for particle in PARTICLES:
            own = self.counts[condition, particle][-1]
            density.append(_coarsen(own) / own.sum())
        gammas, hadrons = density
        observed = _coarsen(scores)
        # events where the reference has none of either kind say nothing
        told = (gammas + hadrons) > 0
        gammas, hadrons, observed = gammas[told], hadrons[told], observed[told]
        share, n = 0.5, max(1, observed.sum())
        for _ in range(_MOST_STEPS):
            is_gamma = share * gammas / (share * gammas + (1 - share) * hadrons)
            new = float((observed * is_gamma).sum() / n)
            new = min(max(new, 1e-9), 1 - 1e-9)
            if abs(new - share) < _SMALL_STEP:
                break
            share = new
        return new

    def to_bytes(self) -> bytes:
        """Write the reference as arrays without pickle."""
        keys = list(self.counts)
        about = {
            "version": VERSION,
            "columns": self.binning.columns,
            "keys": keys,
            "residuals": [residual.to_dict() for residual in self.residuals],
        }
        arrays: dict[str, Any] = {
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
            "ends": self.binning.ends,
        }
        arrays |= {f"edges_{j}": edges for j, edges in enumerate(self.binning.edges)}
        arrays |= {
            f"counts_{k}_{j}": counts
            for k, key in enumerate(keys)
            for j, counts in enumerate(self.counts[key])
        }
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Reference:
        """Read a reference.

        Raises
        ------
        InputError
            If it is no such file.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                about = json.loads(arrays["about"].tobytes())
                columns = tuple(about["columns"])
                n = range(len(columns))
                binning = Binning(columns, tuple(arrays[f"edges_{j}"] for j in n), arrays["ends"])
                counts = {
                    (condition, particle): [arrays[f"counts_{k}_{j}"] for j in n]
                    for k, (condition, particle) in enumerate(about["keys"])
                }
                residuals = tuple(map(Residual.from_dict, about["residuals"]))
        except _UNREADABLE as error:
            raise InputError(f"This is no reference of a monitor: {error}.") from error
        return cls(binning, counts, residuals)


def _coarsen(counts: Counts) -> Floats:
    """Join neighbouring bins, so that none is empty by chance."""
    groups = np.arange(len(counts)) * N_SCORE_BINS // len(counts)
    joined: Floats = np.bincount(groups, counts.astype(float), N_SCORE_BINS).astype(float)
    return joined
