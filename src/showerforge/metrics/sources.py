"""Gammas that a telescope gets from a source of known flux."""


def crab_gammas_per_hour(collection_area: float, energy_threshold: float) -> float:
    """Gammas per hour from the Crab Nebula, the standard candle of the field.

    The integral of the power law that HEGRA measured between 0.5 and 80 TeV (Aharonian et al.
    2004, ApJ 614, 897), as kept by pyirf, times one collection area for all energies above
    the threshold.

    Parameters
    ----------
    collection_area : m^2
    energy_threshold : TeV; below 0.5 TeV the power law is carried on, and overestimates the
        Crab, whose spectrum bends: by 16 % above 0.2 TeV, by 53 % above 0.1 TeV, against the
        log-parabola of Aleksić et al. 2015, JHEAP 5, 30.

    Returns
    -------
    rate : gammas per hour before any cut.

    Examples
    --------
    >>> round(crab_gammas_per_hour(collection_area=1e5, energy_threshold=1.0))
    63
    """
    import astropy.units as u
    from pyirf.spectral import CRAB_HEGRA

    slope = CRAB_HEGRA.index + 1
    per_area_and_time = (
        -CRAB_HEGRA.normalization
        * CRAB_HEGRA.e_ref
        / slope
        * (energy_threshold * u.TeV / CRAB_HEGRA.e_ref) ** slope
    )
    return float((per_area_and_time * collection_area * u.m**2).to_value(1 / u.h))
