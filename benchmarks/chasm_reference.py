"""Cherenkov light of mean gamma showers on the ground, by CHASM: the truth of a test.

CHASM (arXiv:2303.15653) sums the universal angular distributions of
Cherenkov light over a given shower profile; it shares nothing with the Monte Carlo of this
project. It is no dependency of it. To make the table again, in an environment of its own::

    pip install CHASM-NuSpacesim==1.0.0 numpy scipy eventio
    PYTHONPATH=tests python benchmarks/chasm_reference.py > tests/showers/chasm_photon_densities.csv
"""

import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

PACKAGE = "CHASM-NuSpacesim"
CASES = (  # energy TeV, zenith deg, altitude m
    (1.0, 0.0, 675.0),
    (1.0, 35.0, 675.0),
    (1.0, 20.0, 2200.0),
    (10.0, 0.0, 675.0),
    (10.0, 35.0, 675.0),
    (30.0, 0.0, 675.0),
    (30.0, 35.0, 675.0),
)
RADII = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 150.0, 200.0, 250.0)  # m
WAVELENGTHS = (300.0, 600.0)  # nm
ATMOSPHERE = "atmprof6.dat"  # US standard; CHASM's default is another
#: steps along the axis, points on each ring around it, azimuths to average over
N_STEPS, N_RING, N_AZIMUTHS = 3000, 5, 4
DEPTHS = np.arange(1.0, 3000.0)  # of the profile, g/cm2
HEADER = """\
# Cherenkov photons of the mean gamma shower, {shortest:.0f} to {longest:.0f} nm, nothing absorbed
# Made by benchmarks/chasm_reference.py at development time, not in tests; {package} {version}
# Profile: Greisen, tests/showers/truth.py (X0 {x0:.2f} g/cm2, E_c {ec} MeV):
#   N = 0.31 / sqrt(y) exp(t (1 - 3/2 ln s)), y = ln(E / E_c), t = X / X0, s = 3 t / (t + 2 y)
#   It holds 4 % more energy than E. E_c = 81 MeV, often quoted, would give 7 to 10 % more light.
# Atmosphere: {atmosphere} (US standard), flat. Lateral spread of the particles: CHASM's mesh.
# Counters are in the plane through the core at the altitude, perpendicular to the axis; radius is
# from the axis. Areas are perpendicular to the light. Mean of {azimuths} azimuths; at the altitude
# itself, at the same distances from the axis, it is the same within 0.1 %.
energy_TeV,zenith_deg,altitude_m,radius_m,photons_per_m2"""


def counter_positions(zenith: float) -> np.ndarray:
    """Points around the axis, perpendicular to it: (radii * azimuths, 3), m; zenith in rad."""
    outwards = np.array([np.cos(zenith), 0.0, -np.sin(zenith)])
    sideways = np.array([0.0, 1.0, 0.0])
    azimuths = np.arange(N_AZIMUTHS) * 2 * np.pi / N_AZIMUTHS
    directions = np.outer(np.cos(azimuths), outwards) + np.outer(np.sin(azimuths), sideways)
    return np.concatenate([radius * directions for radius in RADII])


def photon_densities(chasm, greisen_profile, energy, zenith, altitude):
    """Photons per m2 at `RADII`; energy in TeV, zenith in deg, altitude in m."""
    from CHASM.atmosphere import CorsikaAtmosphere

    axis = chasm.DownwardAxis(np.radians(zenith), 0.0, altitude).create()
    axis.atm = CorsikaAtmosphere(ATMOSPHERE)
    axis.altitude = np.linspace(altitude, axis.atm.maximum_height, N_STEPS)
    axis.config.N_IN_RING = N_RING
    # the default drops the part of showers with fewer particles than those here ever have
    axis.config.MIN_CHARGED_PARTICLES = 0

    simulation = chasm.ShowerSimulation()
    simulation.ingredients["axis"] = axis
    simulation.add(chasm.UserShower(DEPTHS, greisen_profile(DEPTHS, energy)))
    one_square_metre = 1 / np.sqrt(np.pi)
    simulation.add(chasm.SphericalCounters(counter_positions(np.radians(zenith)), one_square_metre))
    simulation.add(chasm.Yield(*WAVELENGTHS, N_bins=1))
    photons = simulation.run(mesh=True, att=False).photons.sum(axis=(1, 2))
    return photons.reshape(len(RADII), N_AZIMUTHS).mean(axis=1)


def main() -> None:
    """Print the table."""
    try:
        import CHASM as chasm

        installed = version(PACKAGE)
    except (ImportError, PackageNotFoundError) as error:
        sys.exit(f"This needs {PACKAGE} ({error}). See the top of {__file__} for how to get it.")
    try:
        from showers.truth import CRITICAL_ENERGY, greisen_profile, radiation_length
    except ImportError:
        sys.exit("This needs tests/showers/truth.py: run it with PYTHONPATH=tests.")

    shortest, longest = WAVELENGTHS
    print(
        HEADER.format(
            shortest=shortest,
            longest=longest,
            package=PACKAGE,
            version=installed,
            x0=radiation_length(),
            ec=CRITICAL_ENERGY,
            atmosphere=ATMOSPHERE,
            azimuths=N_AZIMUTHS,
        )
    )
    for energy, zenith, altitude in CASES:
        densities = photon_densities(chasm, greisen_profile, energy, zenith, altitude)
        for radius, density in zip(RADII, densities, strict=True):
            print(f"{energy:g},{zenith:g},{altitude:g},{radius:g},{density:.2f}", flush=True)


if __name__ == "__main__":
    main()
