"""How much a client may ask for."""

from __future__ import annotations

from collections import OrderedDict

#: clients that are remembered at a time, the latest ones
MOST_CLIENTS = 10_000


class RateLimit:
    """A bucket of tokens for each client: a burst at once, and then so many in a second.

    Parameters
    ----------
    per_second : tokens that are filled in; None for no limit.
    burst : tokens of a full bucket.
    """

    def __init__(self, per_second: float | None, burst: int):
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Take a token, and tell how long the client has to wait for it.

        Parameters
        ----------
        client : name of the client.
        now : seconds of a clock that never goes back.

        Returns
        -------
        seconds : 0 if there was a token.
        """
        if self._per_second is None:
            return 0.0
        tokens, since = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        missing = max(0.0, 1.0 - tokens)
        self._buckets[client] = (tokens if missing else tokens - 1.0, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return missing / self._per_second
