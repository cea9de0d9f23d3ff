"""What can be learnt in the space of normal scores, where every marginal is standard normal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import logsumexp, ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LOG_2_PI = float(np.log(2 * np.pi))


class Learner(ABC):
    """A distribution of scores, learnt from a sample."""

    @abstractmethod
    def fit(self, scores: Floats, seed: int) -> Self:
        """Learn from scores, float[n_events, n_columns]."""

    @abstractmethod
    def sample(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[Floats, Ints | None]:
        """Draw scores.

        Parameters
        ----------
        n : number of events.
        given : for some columns the values that they shall have, float[n] each.
        generator : source of randomness.

        Returns
        -------
        scores : float[n, n_columns]
        origins : int[n], row of the training event that each grew from; None without.
        """


class Density(Learner):
    """A distribution with a density."""

    @abstractmethod
    def log_density(self, scores: Floats) -> Floats:
        """Natural logarithm of the density, float[n_events]."""


class GaussianMixtures(Density):
    """The mean of several Gaussian mixtures, made right in its marginals.

    Each mixture starts from another random clustering; their mean has a smaller variance than
    any one of them, and is a mixture again, so that conditional samples are in closed form.
    The marginals are then calibrated: each column of a large sample of the model is mapped by
    rank to a standard normal, the distribution that scores have by construction.

    Parameters
    ----------
    n_components : Gaussians in each mixture; None chooses by the criterion.
    criterion : "likelihood" of held-out events, or "bic", the Bayesian information criterion
        (Schwarz 1978), which takes fewer.
    maximum_components : largest number that is tried.
    n_mixtures : number of mixtures.
    regularisation : added to the diagonal of the covariances.
    calibrate : whether marginals are calibrated.
    """

    HELD_OUT_SHARE = 0.2
    PATIENCE = 3
    CALIBRATION_EVENTS = 50_000
    CALIBRATION_KNOTS = 1_000

    def __init__(
        self,
        n_components: int | None,
        criterion: Literal["likelihood", "bic"],
        maximum_components: int,
        n_mixtures: int,
        regularisation: float,
        calibrate: bool,
    ):
        self.n_components = n_components
        self.criterion = criterion
        self.maximum_components = maximum_components
        self.n_mixtures = n_mixtures
        self.regularisation = regularisation
        self.calibrate = calibrate

    @classmethod
    def of(cls, weights: Floats, means: Floats, covariances: Floats) -> Self:
        """Make a mixture that is not calibrated from what was learnt before."""
        made = cls(len(weights), "likelihood", len(weights), 1, 0.0, calibrate=False)
        made.weights_, made.means_, made.covariances_ = weights, means, covariances
        made.knots_ = None
        return made

    def fit(self, scores: Floats, seed: int) -> Self:
        """Learn from scores; see `Learner.fit`."""
        self.chosen_components_ = self.n_components or self._choose_components(scores, seed)
        mixtures = [
            self._mixture(self.chosen_components_, seed + number).fit(scores)
            for number in range(self.n_mixtures)
        ]
        self.weights_ = np.concatenate([m.weights_ for m in mixtures]) / self.n_mixtures
        self.means_ = np.concatenate([m.means_ for m in mixtures])
        self.covariances_ = np.concatenate([m.covariances_ for m in mixtures])
        self.knots_: tuple[Floats, Floats] | None = (
            self._marginal_knots(seed) if self.calibrate else None
        )
        return self

    def _mixture(self, n_components: int, seed: int) -> Any:
        from sklearn.mixture import GaussianMixture

        return GaussianMixture(
            n_components, reg_covar=self.regularisation, random_state=seed, max_iter=300
        )

    def _choose_components(self, scores: Floats, seed: int) -> int:
        """Raise the number of components until it has brought no gain `PATIENCE` times."""
        n_events, n_columns = scores.shape
        order = np.random.default_rng(seed).permutation(n_events)
        held_out, others = np.split(scores[order], [round(self.HELD_OUT_SHARE * n_events)])
        best, best_gain, without_gain, n_components = 1, -np.inf, 0, 1
        while n_components <= self.maximum_components and without_gain < self.PATIENCE:
            if n_components > 1 and n_components * (n_columns + 1) > len(others):
                break
            mixture = self._mixture(n_components, seed)
            gain = (
                -mixture.fit(scores).bic(scores)
                if self.criterion == "bic"
                else mixture.fit(others).score(held_out)
            )
            if gain > best_gain:
                best, best_gain, without_gain = n_components, gain, 0
            else:
                without_gain += 1
            n_components += max(1, n_components // 4)
        return best

    def _marginal_knots(self, seed: int) -> tuple[Floats, Floats]:
        """Quantiles of the uncalibrated model, and of the normal that they shall become."""
        sample = self._draw(self.CALIBRATION_EVENTS, {}, np.random.default_rng(seed))
        shares = (np.arange(self.CALIBRATION_KNOTS) + 0.5) / self.CALIBRATION_KNOTS
        return np.quantile(sample, shares, axis=0), ndtri(shares)

    def sample(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[Floats, Ints | None]:
        """Draw scores; see `Learner.sample`."""
        if self.knots_ is None:
            return self._draw(n, given, generator), None
        model, normal = self.knots_
        wanted = {j: shift_beyond(x, normal, model[:, j]) for j, x in given.items()}
        drawn = self._draw(n, wanted, generator)
        columns = range(drawn.shape[1])
        scores = np.column_stack([shift_beyond(drawn[:, j], model[:, j], normal) for j in columns])
        return scores, None

    def _draw(self, n: int, given: Mapping[int, Floats], generator: np.random.Generator) -> Floats:
        """Draw from the mixture, under conditions from the conditional mixture.

        The conditional of a Gaussian mixture is one again: weights follow from the density of
        the condition under each component, means and covariances by the usual formulae
        (Bishop 2006, equations 2.81 and 2.82).
        """
        known = np.array(sorted(given), dtype=int)
        n_columns = self.means_.shape[1]
        unknown = np.setdiff1d(np.arange(n_columns), known)
        condition = np.column_stack([given[j] for j in known]) if len(known) else np.empty((n, 0))
        logits = np.tile(np.log(self.weights_), (n, 1))
        if len(known):
            logits += np.column_stack(
                [
                    _log_normal(condition, mean[known], covariance[np.ix_(known, known)])
                    for mean, covariance in zip(self.means_, self.covariances_, strict=True)
                ]
            )
        component = np.argmax(logits + generator.gumbel(size=logits.shape), axis=1)
        scores = np.empty((n, n_columns))
        scores[:, known] = condition
        for number in np.unique(component):
            rows = np.flatnonzero(component == number)
            mean, covariance = self.means_[number], self.covariances_[number]
            centre, spread = mean[unknown], covariance[np.ix_(unknown, unknown)]
            if len(known):
                gain = np.linalg.solve(
                    covariance[np.ix_(known, known)], covariance[np.ix_(known, unknown)]
                )
                centre = centre + (condition[rows] - mean[known]) @ gain
                spread = spread - covariance[np.ix_(unknown, known)] @ gain
            noise = generator.standard_normal((len(rows), len(unknown)))
            scores[np.ix_(rows, unknown)] = centre + noise @ np.linalg.cholesky(spread).T
        return scores

    def log_density(self, scores: Floats) -> Floats:
        """Natural logarithm of the density; see `Density.log_density`."""
        stretch = np.zeros(len(scores))
        if self.knots_ is not None:
            model, normal = self.knots_
            columns = range(scores.shape[1])
            stretch = sum(
                (np.log(_slope(scores[:, j], normal, model[:, j])) for j in columns), stretch
            )
            scores = np.column_stack(
                [shift_beyond(scores[:, j], normal, model[:, j]) for j in columns]
            )
        return stretch + logsumexp(
            [
                np.log(weight) + _log_normal(scores, mean, covariance)
                for weight, mean, covariance in zip(
                    self.weights_, self.means_, self.covariances_, strict=True
                )
            ],
            axis=0,
        )


class GaussianCopula(Density):
    """One Gaussian: all dependence is in the correlations of the scores."""

    def fit(self, scores: Floats, seed: int) -> Self:
        """Learn from scores; see `Learner.fit`."""
        from sklearn.covariance import LedoitWolf

        covariance = LedoitWolf(assume_centered=True).fit(scores).covariance_
        scale = np.sqrt(np.diag(covariance))
        self.correlation_ = covariance / np.outer(scale, scale)
        return self

    def sample(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[Floats, Ints | None]:
        """Draw scores; see `Learner.sample`."""
        noise = generator.standard_normal((n, len(self.correlation_)))
        return noise @ np.linalg.cholesky(self.correlation_).T, None

    def log_density(self, scores: Floats) -> Floats:
        """Natural logarithm of the density; see `Density.log_density`."""
        return _log_normal(scores, np.zeros(scores.shape[1]), self.correlation_)


class KernelDensity(Density):
    """A Gaussian around each training event, shrunk so that the variance stays as it is.

    The kernel has the shape of the sample's covariance. Silverman 1986, section 6.4.1: without
    the shrinking, sampled events spread too far.

    Parameters
    ----------
    bandwidth : width of the kernel in units of the sample's standard deviation; None takes the
        one of the largest cross-validated likelihood.
    """

    BANDWIDTHS = np.geomspace(0.15, 1.5, 16)
    FOLDS = 5
    EVALUATED_EVENTS = 2_000
    CHUNK = 500

    def __init__(self, bandwidth: float | None):
        self.bandwidth = bandwidth

    def fit(self, scores: Floats, seed: int) -> Self:
        """Learn from scores; see `Learner.fit`."""
        from sklearn.covariance import LedoitWolf

        covariance = LedoitWolf(assume_centered=True).fit(scores).covariance_
        self.root_ = np.linalg.cholesky(covariance)
        self.whitened_ = solve_triangular(self.root_, scores.T, lower=True).T
        self.chosen_bandwidth_ = self.bandwidth or self._most_likely_bandwidth(seed)
        return self

    def _most_likely_bandwidth(self, seed: int) -> float:
        n = len(self.whitened_)
        order = np.random.default_rng(seed).permutation(n)
        folds = np.array_split(order, min(self.FOLDS, n))
        likelihoods = np.zeros(len(self.BANDWIDTHS))
        for fold in folds:
            others = self.whitened_[np.setdiff1d(order, fold)]
            held_out = self.whitened_[fold[: self.EVALUATED_EVENTS // self.FOLDS]]
            likelihoods += [self._log_kernels(held_out, others, h).sum() for h in self.BANDWIDTHS]
        return float(self.BANDWIDTHS[np.argmax(likelihoods)])

    def _log_kernels(self, points: Floats, centres: Floats, bandwidth: float) -> Floats:
        """Log of the mean kernel at points, in whitened scores."""
        shrink = 1 / np.sqrt(1 + bandwidth**2)
        centres, width = centres * shrink, bandwidth * shrink
        n_columns = points.shape[1]
        norm = np.log(len(centres)) + n_columns * (0.5 * LOG_2_PI + np.log(width))
        squares = np.einsum("ij,ij->i", centres, centres)
        result = np.empty(len(points))
        for begin in range(0, len(points), self.CHUNK):
            part = points[begin : begin + self.CHUNK]
            distances = (
                np.einsum("ij,ij->i", part, part)[:, np.newaxis] + squares - 2 * part @ centres.T
            )
            result[begin : begin + self.CHUNK] = logsumexp(-distances / (2 * width**2), axis=1)
        return result - norm

    def sample(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[Floats, Ints | None]:
        """Draw scores; see `Learner.sample`."""
        origins = generator.integers(len(self.whitened_), size=n)
        noise = generator.standard_normal((n, self.whitened_.shape[1]))
        drawn = self.whitened_[origins] + self.chosen_bandwidth_ * noise
        return drawn / np.sqrt(1 + self.chosen_bandwidth_**2) @ self.root_.T, origins

    def log_density(self, scores: Floats) -> Floats:
        """Natural logarithm of the density; see `Density.log_density`."""
        whitened = solve_triangular(self.root_, scores.T, lower=True).T
        log_determinant = np.log(np.diag(self.root_)).sum()
        kernels = self._log_kernels(whitened, self.whitened_, self.chosen_bandwidth_)
        return kernels - log_determinant


class TreeChain(Learner):
    """One column after another, each drawn from a leaf of a tree on those before it.

    Sequential CART (Reiter 2005, Journal of Official Statistics 21, 441). The value of a donor
    is moved by up to half a rank, so that no column repeats recorded values. It has no
    density.

    Parameters
    ----------
    minimum_leaf : training events in each leaf.
    """

    def __init__(self, minimum_leaf: int):
        self.minimum_leaf = minimum_leaf

    def fit(self, scores: Floats, seed: int) -> Self:
        """Learn from scores; see `Learner.fit`."""
        from sklearn.tree import DecisionTreeRegressor

        self.scores_ = scores
        self.trees_ = [
            DecisionTreeRegressor(min_samples_leaf=self.minimum_leaf, random_state=seed).fit(
                scores[:, :column], scores[:, column]
            )
            for column in range(1, scores.shape[1])
        ]
        return self

    def sample(
        self, n: int, given: Mapping[int, Floats], generator: np.random.Generator
    ) -> tuple[Floats, Ints | None]:
        """Draw scores; see `Learner.sample`."""
        n_train, n_columns = self.scores_.shape
        ranked = ndtri((np.arange(2 * n_train + 1) + 0.5) / (2 * n_train + 1))
        drawn = np.empty((n, n_columns))
        for column in range(n_columns):
            donors = (
                generator.integers(n_train, size=n)
                if column == 0
                else self._donors(self.trees_[column - 1], drawn[:, :column], column, generator)
            )
            ranks = np.interp(self.scores_[donors, column], ranked, np.arange(len(ranked)))
            moved = ranks + generator.uniform(-1, 1, n)
            drawn[:, column] = np.interp(moved, np.arange(len(ranked)), ranked)
        return drawn, None

    def _donors(
        self, tree: Any, drawn: Floats, column: int, generator: np.random.Generator
    ) -> Ints:
        leaf_of_train = tree.apply(self.scores_[:, :column])
        order = np.argsort(leaf_of_train, kind="stable")
        leaves, first, counts = np.unique(
            leaf_of_train[order], return_index=True, return_counts=True
        )
        place = np.searchsorted(leaves, tree.apply(drawn))
        chosen = (generator.random(len(drawn)) * counts[place]).astype(int)
        return order[first[place] + chosen]


def _log_normal(points: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Log-density of a Gaussian at points."""
    root = np.linalg.cholesky(covariance)
    whitened = solve_triangular(root, (points - mean).T, lower=True)
    log_determinant = 2 * np.log(np.diag(root)).sum()
    return -0.5 * (np.sum(whitened**2, axis=0) + log_determinant + len(mean) * LOG_2_PI)


def shift_beyond(x: Floats, knots: Floats, values: Floats) -> Floats:
    """Interpolate between knots; beyond them, move along by as much as x does."""
    beyond = np.minimum(x - knots[0], 0) + np.maximum(x - knots[-1], 0)
    return np.interp(x, knots, values) + beyond


def _slope(x: Floats, knots: Floats, values: Floats) -> Floats:
    """Slope of `shift_beyond`."""
    slopes = np.concatenate([[1.0], np.diff(values) / np.diff(knots), [1.0]])
    return slopes[np.searchsorted(knots, x)]
