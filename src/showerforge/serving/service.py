"""What the service does, whatever it is asked by."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from showerforge.errors import InputError, suggest_names
from showerforge.monitoring.references import GAMMA, HADRON
from showerforge.serving.events import NO_SCORE, BodyError, Reasons, Rules, kind_of, reweigh
from showerforge.serving.manifest import Manifest, WorkingPoint
from showerforge.serving.observation import Observation
from showerforge.serving.prediction_log import Answer, PredictionLog
from showerforge.serving.releases import (
    CHALLENGER,
    CHAMPION,
    Release,
    check_golden,
    promote,
    read_aliases,
    read_release,
    set_alias,
)
from showerforge.serving.settings import ServiceSettings
from showerforge.serving.watching import LiveWatch

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
ShortName = Annotated[str, Field(max_length=100)]

#: batches that wait for the challenger; more are not compared
MOST_SHADOWED = 100


class Options(BaseModel):
    """What a request asks for beside scores.

    Attributes
    ----------
    working_point : name; None for that of the release.
    gamma_share : of the mixture that the probability is for; None for that of the training events.
    condition : of the observation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    working_point: ShortName | None = None
    gamma_share: float | None = Field(None, gt=0, lt=1)
    condition: ShortName = "any"


@dataclass(frozen=True, eq=False)
class Scored:
    """Events with their verdicts.

    Attributes
    ----------
    release : that scored.
    parameters : names of what was scored.
    working_point, threshold : name, and where gammas begin.
    gamma_share : that the probability is for.
    scores : gammaness, float64[n_events], NaN where an event was refused.
    probability : of a gamma in the wanted mixture, float64[n_events], likewise.
    is_gamma : bool[n_events].
    reasons : why events were refused.
    """

    release: str
    parameters: tuple[str, ...]
    working_point: str
    threshold: float
    gamma_share: float
    scores: Floats
    probability: Floats
    is_gamma: NDArray[np.bool_]
    reasons: Reasons


class Model:
    """A release in use, with what is made of it."""

    def __init__(self, release: Release, observation: Observation):
        self.release = release
        self.rules = Rules(release.manifest.parameters, release.manifest.relations)
        self.watch = LiveWatch(release, observation)


class Service:
    """Scores, logs and watches.

    Parameters
    ----------
    settings : where releases and log are.
    observation : where numbers go.

    Raises
    ------
    InputError
        If there is no champion that can be believed, or the log cannot be opened.
    """

    def __init__(self, settings: ServiceSettings, observation: Observation):
        self.settings = settings
        self.observation = observation
        self.log = PredictionLog(settings.log, settings.most_waiting) if settings.log else None
        self._reloading = threading.Lock()
        self._champion: Model | None = None
        self._challenger: Model | None = None
        self.reload()
        self._shadowed: queue.Queue[tuple[Floats, Floats, float] | None] = queue.Queue(
            MOST_SHADOWED
        )
        self._shadow = threading.Thread(target=self._compare, name="challenger", daemon=True)
        self._shadow.start()

    @property
    def champion(self) -> Release:
        """The release that answers."""
        return self.model.release

    @property
    def challenger(self) -> Release | None:
        """The release that is compared with the champion."""
        challenger = self._challenger
        return challenger.release if challenger else None

    @property
    def watch(self) -> LiveWatch:
        """What watches the events of the champion."""
        return self.model.watch

    @property
    def model(self) -> Model:
        """The release that answers, with all that is made of it; another one after a reload."""
        assert self._champion is not None
        return self._champion

    def reload(self) -> dict[str, str]:
        """Read the releases that are named now; the old ones stay if anything is wrong with them.

        Requests that are under way end with the release that they began with.

        Returns
        -------
        aliases : releases in use.

        Raises
        ------
        InputError
            If a release cannot be believed.
        """
        with self._reloading:
            return self._reload()

    def _reload(self) -> dict[str, str]:
        aliases = read_aliases(self.settings.releases)
        champion = self._read(aliases[CHAMPION], self._champion)
        challenger = None
        if CHALLENGER in aliases:
            challenger = self._read(aliases[CHALLENGER], self._challenger)
        self._champion, self._challenger = champion, challenger
        self.observation.ready.set(1)
        self.observation.release.clear()
        for alias, name in aliases.items():
            self.observation.release.labels(alias, name).set(1)
        return aliases

    def _read(self, name: str, current: Model | None) -> Model:
        if current is not None and current.release.name == name:
            return current
        return Model(read_release(self.settings.releases / name), self.observation)

    def promote(self, name: str, even_if_worse: bool) -> dict[str, str]:
        """Make a release the champion; see `showerforge.serving.releases.promote`.

        Raises
        ------
        InputError
            If it cannot be; all stays as it was.
        """
        folder = self.settings.releases
        with self._reloading:
            before = read_aliases(folder)[CHAMPION]
            promote(folder, name, even_if_worse)
            try:
                return self._reload()
            except InputError:
                set_alias(folder, CHAMPION, before)
                raise

    def problems(self) -> list[str]:
        """Say what keeps the service from being ready, by scoring the golden events once more."""
        try:
            check_golden(self.champion)
        except InputError as error:
            return [str(error)]
        return []

    def warnings(self) -> list[str]:
        """Say what is wrong, but keeps no event from being scored."""
        if self.log is not None and not self.log.is_well:
            return [
                f"the prediction log cannot be written; {self.log.n_lost} events are lost to it"
            ]
        return []

    def score(self, events: Floats, options: Options, model: Model) -> Scored:
        """Score events, and refuse those that cannot be any.

        Parameters
        ----------
        events : float64[n_events, n_parameters].
        options : what is asked for.
        model : that scores, the same that the events were read for.

        Raises
        ------
        BodyError
            If working point or condition are unknown.
        """
        release = model.release
        name, point = _point_of(release.manifest, options.working_point)
        if options.condition not in release.reference.conditions:
            known = release.reference.conditions
            raise BodyError(
                ["query", "condition"],
                f"the reference knows no condition {options.condition!r}; it knows "
                f"{', '.join(known)}",
            )
        reasons = model.rules.judge(events)
        good = np.array([reason is None for reason in reasons])
        scores = np.full(len(events), np.nan)
        if good.any():
            scores[good] = release.score(events[good])
        for n in np.flatnonzero(good & ~np.isfinite(scores)):
            reasons[n], scores[n], good[n] = NO_SCORE, np.nan, False
        trained = release.manifest.gamma_share
        share = trained if options.gamma_share is None else options.gamma_share
        self._count(scores, reasons, good, point.threshold)
        model.watch.see(options.condition, events[good], scores[good])
        self._offer(events[good], scores[good], point.threshold)
        return Scored(
            release.name,
            tuple(release.manifest.names),
            name,
            point.threshold,
            share,
            scores,
            reweigh(scores, trained, share),
            scores >= point.threshold,
            reasons,
        )

    async def keep(self, request_id: str, events: Floats, scored: Scored, condition: str) -> bool:
        """Keep events and verdicts in the log; tells whether they are there."""
        if self.log is None:
            return False
        kept = await self.log.append(
            Answer(
                request_id,
                time.time(),
                scored.release,
                condition,
                scored.parameters,
                events,
                scored.scores,
                scored.reasons,
            )
        )
        self.observation.lost.set(self.log.n_lost)
        return kept

    def _count(
        self, scores: Floats, reasons: Reasons, good: NDArray[np.bool_], threshold: float
    ) -> None:
        observation = self.observation
        observation.batch.observe(len(scores))
        n_gammas = int((scores[good] >= threshold).sum())
        n_good = int(good.sum())
        for verdict, n in (
            (GAMMA, n_gammas),
            (HADRON, n_good - n_gammas),
            ("refused", len(scores) - n_good),
        ):
            if n:
                observation.events_of(verdict).inc(n)
        for reason in reasons:
            if reason is not None:
                observation.refused.labels(kind_of(reason)).inc()
        observation.gammaness.observe(scores[good])

    def _offer(self, events: Floats, scores: Floats, threshold: float) -> None:
        """Let the challenger score the same events, when there is time."""
        if self._challenger is not None and len(events):
            try:
                self._shadowed.put_nowait((events, scores, threshold))
            except queue.Full:
                return

    def _compare(self) -> None:
        while (item := self._shadowed.get()) is not None:
            events, scores, threshold = item
            challenger = self._challenger
            if challenger is None:
                continue
            try:
                manifest = challenger.release.manifest
                own = challenger.release.score(events)
                other = manifest.working_points[manifest.working_point].threshold
                differ = (own >= other) != (scores >= threshold)
                self.observation.compared.inc(len(events))
                self.observation.disagreed.inc(int(differ.sum()))
                self.observation.difference.inc(float(np.abs(own - scores).sum()))
            except Exception:
                # whatever a challenger does, the champion goes on
                logger.exception("the challenger failed")
                self.observation.shadow_failures.inc()

    def close(self) -> None:
        """Write what waits, and end."""
        self._shadowed.put(None)
        self._shadow.join()
        if self.log is not None:
            self.log.close()


def _point_of(manifest: Manifest, name: str | None) -> tuple[str, WorkingPoint]:
    """Look up a working point."""
    name = manifest.working_point if name is None else name
    if name not in manifest.working_points:
        known = list(manifest.working_points)
        raise BodyError(
            ["query", "working_point"],
            f"there is no working point {name!r}{suggest_names(name, known)}; "
            f"there are {', '.join(known)}",
        )
    return name, manifest.working_points[name]
