"""What is known of air, showers and light without this project's Monte Carlo, for tests.

Nothing here is shared with the code under test: formulae are exact where the code takes a limit,
tables come from other programs. Every number names its source; "not looked up" marks those that
were written down from memory of that source.
"""

import math
from pathlib import Path

import numpy as np
from scipy.constants import Avogadro, fine_structure, physical_constants
from scipy.integrate import quad
from scipy.special import ellipe

# --- particles: Particle Data Group, Phys. Rev. D 110, 030001 (2024); not looked up ---

MASSES = {"electron": 0.51099895e-3, "muon": 0.1056583755, "pion": 0.13957039}  # GeV
DECAY_LENGTHS = {"pion": 7.8045, "muon": 658.638}  # c tau, m

# --- air ---

#: dry air, mass fraction, charge number and atomic mass of nitrogen, oxygen, argon
#: (NIST, "Composition of dry air, near sea level", without 0.01 % of carbon; not looked up)
_AIR = ((0.755268, 7, 14.0067), (0.231781, 8, 15.9994), (0.012827, 18, 39.948))

#: mean of electrons (87.92) and positrons (85.96) in dry air of 1 atm, MeV: PDG, "Atomic and
#: nuclear properties of materials", Rossi's definition; not looked up. PDG's fit for gases,
#: 710 / (Z + 0.92), gives 86.9.
CRITICAL_ENERGY = 86.94

#: height m -> density g/cm3, thickness g/cm2, n - 1: CORSIKA's table of the US standard
#: atmosphere, atmprof6.dat of the IACT/atmo package (Bernloehr 2008, Astropart. Phys. 30, 149)
CORSIKA_ATMOSPHERE = {
    0: (1.2219e-3, 1035.0, 2.8232e-4),
    1_000: (1.1099e-3, 918.53, 2.5634e-4),
    2_000: (1.0054e-3, 812.86, 2.3214e-4),
    5_000: (7.3643e-4, 553.28, 1.6994e-4),
    8_000: (5.2609e-4, 365.29, 1.2136e-4),
    10_000: (4.1370e-4, 271.67, 9.5426e-5),
    15_000: (1.9479e-4, 124.34, 4.4937e-5),
    20_000: (8.8928e-5, 56.837, 2.0516e-5),
    30_000: (1.8420e-5, 12.302, 4.2495e-6),
}

# US Standard Atmosphere 1976 (NASA-TM-X-74335), tables 2 to 4: layers of constant gradient
_LAYER_BASES = (0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3)  # geopotential, m
_GRADIENTS = (-6.5e-3, 0.0, 1e-3, 2.8e-3, 0.0, -2.8e-3, -2e-3)  # K/m
_SEA_LEVEL_TEMPERATURE, _SEA_LEVEL_PRESSURE = 288.15, 101325.0  # K, Pa
_GRAVITY, _EARTH_RADIUS = 9.80665, 6_356_766.0  # m/s2, m
_MOLAR_MASS, _GAS_CONSTANT = 28.9644e-3, 8.31432  # kg/mol, J/(mol K)
STANDARD_TOP = 84_000.0  # m
STANDARD_DENSITY = 1.225  # kg/m3 at sea level


def standard_density(height: float) -> float:
    """Density of the US Standard Atmosphere 1976, kg/m3, at a height, m."""
    geopotential = _EARTH_RADIUS * height / (_EARTH_RADIUS + height)
    temperature, pressure = _SEA_LEVEL_TEMPERATURE, _SEA_LEVEL_PRESSURE
    weight = _GRAVITY * _MOLAR_MASS / _GAS_CONSTANT
    for base, top, gradient in zip(
        _LAYER_BASES, (*_LAYER_BASES[1:], math.inf), _GRADIENTS, strict=True
    ):
        rise = min(geopotential, top) - base
        if rise <= 0:
            break
        warmer = temperature + gradient * rise
        if gradient:
            pressure *= (temperature / warmer) ** (weight / gradient)
        else:
            pressure *= math.exp(-weight * rise / temperature)
        temperature = warmer
    return pressure * _MOLAR_MASS / (_GAS_CONSTANT * temperature)


def standard_thickness(height: float) -> float:
    """Vertical thickness of the same above a height, m: integral of its density, g/cm2."""
    breaks = [base for base in _LAYER_BASES if height < base < STANDARD_TOP]
    value, _ = quad(standard_density, height, STANDARD_TOP, points=breaks or None, limit=200)
    return value / 10.0


def refractivity(wavelength: float, density: float = STANDARD_DENSITY) -> float:
    """n - 1 of dry air (Peck and Reeder 1972, J. Opt. Soc. Am. 62, 958, eq. 2).

    Parameters
    ----------
    wavelength : nm, 230 to 1690.
    density : kg/m3; n - 1 is proportional to it. 15 C and 1 atm by default.
    """
    wavenumber = (1000.0 / wavelength) ** 2
    standard = 5_791_817 / (238.0185 - wavenumber) + 167_909 / (57.362 - wavenumber)
    return standard * 1e-8 * density / STANDARD_DENSITY


def radiation_length() -> float:
    """Radiation length of dry air, g/cm2 (Tsai 1974, Rev. Mod. Phys. 46, 815; PDG)."""
    radius = physical_constants["classical electron radius"][0] * 100.0  # cm
    inverse = 0.0
    for fraction, charge, mass in _AIR:
        a = (fine_structure * charge) ** 2
        coulomb = a * (1 / (1 + a) + 0.20206 - 0.0369 * a + 0.0083 * a**2 - 0.002 * a**3)
        nucleus = charge**2 * (math.log(184.15 * charge ** (-1 / 3)) - coulomb)
        electrons = charge * math.log(1194 * charge ** (-2 / 3))
        per_atom = 4 * fine_structure * radius**2 * (nucleus + electrons)
        inverse += fraction * per_atom * Avogadro / mass
    return 1 / inverse


def moliere_radius() -> float:
    """Moliere radius of air, g/cm2: X0 E_s / E_c with E_s = 21.2 MeV (PDG)."""
    scattering = MASSES["electron"] * 1000 * math.sqrt(4 * math.pi / fine_structure)
    return radiation_length() * scattering / CRITICAL_ENERGY


# --- photons ---

#: energy GeV -> mean free path g/cm2 for making a pair (in the field of nuclei and electrons),
#: and for Compton scattering, of photons in dry air: NIST XCOM 3.1 (Berger and Hubbell), its
#: element tables MDATX3 of nitrogen, oxygen, argon, weighted as above. The sum of both at 10 and
#: 20 MeV is NIST's tabulated 0.02045 and 0.01705 cm2/g.
PHOTON_LENGTHS = {
    0.01: (197.4, 65.03),
    0.02: (126.3, 109.5),
    0.05: (85.29, 226.7),
    0.1: (69.71, 401.9),
    0.2: (60.46, 719.9),
    0.5: (53.80, 1567.0),
    1.0: (51.14, 2848.0),
    10.0: (48.12, 22500.0),
    100.0: (47.66, 186300.0),
}

# --- hadrons ---

#: energy GeV -> production and inelastic cross-section in air, mb, of protons, as chromo 0.11.0
#: gives them for Sibyll 2.3d (Riehn et al. 2020, Phys. Rev. D 102, 063002) and 0.785 N + 0.215 O.
#: Inelastic ones include quasi-elastic break-up of the nucleus, which makes no new particles.
#: Sibyll 2.1 gives 276, 294, 320, 351 for production. PDG's nuclear interaction length of air,
#: 90.1 g/cm2 (not looked up), is 268 mb at some 200 GeV. Tien Shan: a rise of 7 to 9 % per decade
#: to 350 mb at 1 PeV (Nesterova 2015, arXiv:1506.04291), which is 270 to 286 mb at 1 TeV.
PROTON_CROSS_SECTIONS = {
    1e2: (273.2, 297.7),
    1e3: (284.9, 305.9),
    1e4: (306.3, 327.2),
    1e5: (334.0, 356.6),
}
#: the same of positive pions
PION_CROSS_SECTIONS = {
    1e2: (206.7, 221.0),
    1e3: (217.3, 231.1),
    1e4: (237.8, 252.7),
    1e5: (276.8, 295.2),
}
_MEAN_ATOMIC_MASS = 14.55  # of nuclei of air, u


def interaction_length(cross_section: float) -> float:
    """Mean free path in air, g/cm2, for a cross-section, mb."""
    return _MEAN_ATOMIC_MASS / (Avogadro * cross_section * 1e-27)


# --- showers ---


def greisen_profile(depth: np.ndarray, energy: float) -> np.ndarray:
    """Mean number of electrons and positrons of all energies in a photon's shower.

    N = 0.31 / sqrt(y) exp(t (1 - 3/2 ln s)), y = ln(E / E_c), t = X / X0, s = 3 t / (t + 2 y)
    (Greisen 1956, Prog. Cosmic Ray Phys. 3, 1). Its track length times the mean loss of Nerling
    et al. 2006 (Astropart. Phys. 24, 421) is 1.04 E at 1 to 30 TeV, so 4 % is too much;
    with E_c = 81 MeV, which is often quoted, it is 1.11 E.

    Parameters
    ----------
    depth : from the top along the axis, above 0, g/cm2.
    energy : TeV.
    """
    log_energy = math.log(energy * 1e6 / CRITICAL_ENERGY)
    stage = np.asarray(depth) / radiation_length()
    age = 3 * stage / (stage + 2 * log_energy)
    return 0.31 / math.sqrt(log_energy) * np.exp(stage * (1 - 1.5 * np.log(age)))


def greisen_maximum(energy: float) -> tuple[float, float]:
    """Depth of that maximum, X0 ln(E / E_c), g/cm2, and the number there; energy in TeV."""
    log_energy = math.log(energy * 1e6 / CRITICAL_ENERGY)
    return radiation_length() * log_energy, 0.31 / math.sqrt(log_energy) * math.exp(log_energy)


def photon_densities() -> np.ndarray:
    """Light on the ground by CHASM; see the comments of the file and `benchmarks`.

    Returns
    -------
    Structured array: energy_TeV, zenith_deg, altitude_m, radius_m, photons_per_m2.
    """
    path = Path(__file__).with_name("chasm_photon_densities.csv")
    rows = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return np.genfromtxt(rows, delimiter=",", names=True)


# --- light ---


def cherenkov_angle(delta: float, mass: float = 0.0, energy: float = math.inf) -> float:
    """Cherenkov angle, rad, from cos(theta) = 1 / (n beta), exactly; delta is n - 1."""
    beta = math.sqrt(1 - (mass / energy) ** 2)
    return math.acos(1 / ((1 + delta) * beta))


def cherenkov_threshold(delta: float, mass: float) -> float:
    """Total energy, in the unit of the mass, where n beta = 1, exactly."""
    return mass / math.sqrt(1 - (1 + delta) ** -2)


def photons_per_metre(angle: float, shortest: float = 300.0, longest: float = 600.0) -> float:
    """Photons per metre of track between two wavelengths, nm (Frank and Tamm 1937)."""
    band = 1e9 / shortest - 1e9 / longest
    return 2 * math.pi * fine_structure * band * math.sin(angle) ** 2


def muon_photons(
    angle: float,
    mirror_radius: float,
    impact: float = 0.0,
    shortest: float = 300.0,
    longest: float = 600.0,
) -> float:
    """Photons that a muon along the optical axis sends into a round mirror.

    dN/dphi = alpha / 2 (1/shortest - 1/longest) sin(2 theta) D(phi) with the chord D from the
    point of impact to the rim (Vacanti et al. 1994, Astropart. Phys. 2, 1; eq. 6 is D). Around
    the ring D integrates to 4 R E(impact^2 / R^2) with the complete elliptic integral E; through
    the centre the sum is pi alpha (1/shortest - 1/longest) R sin(2 theta). The ring's radius is
    the Cherenkov angle.

    Parameters
    ----------
    angle : Cherenkov angle, rad.
    mirror_radius, impact : m; the muon hits the mirror.
    shortest, longest : wavelengths, nm.
    """
    band = 1e9 / shortest - 1e9 / longest
    chords = 4 * mirror_radius * ellipe((impact / mirror_radius) ** 2)
    return fine_structure / 2 * band * math.sin(2 * angle) * chords


def rayleigh_depth(wavelength: float) -> float:
    """Vertical optical depth of the whole clear atmosphere (Bodhaine et al. 1999, eq. 30).

    J. Atmos. Ocean. Technol. 16, 1854; sea level, 1 atm, latitude 45 deg, 360 ppm of CO2.

    Parameters
    ----------
    wavelength : nm, 250 to 850.
    """
    square = (wavelength / 1000.0) ** 2
    upper = 1.0455996 - 341.29061 / square - 0.90230850 * square
    lower = 1 + 0.0027059889 / square - 85.968563 * square
    return 0.0021520 * upper / lower


def rayleigh_transmission(
    thickness: float, shortest: float = 300.0, longest: float = 600.0
) -> float:
    """Share of Cherenkov light that passes a thickness of clear air, g/cm2.

    Mean over wavelengths, nm, with the weight 1 / wavelength^2 of the photons.
    """

    overhead = standard_thickness(0.0)

    def arriving(wavelength: float) -> float:
        return math.exp(-rayleigh_depth(wavelength) * thickness / overhead) / wavelength**2

    return quad(arriving, shortest, longest)[0] / (1 / shortest - 1 / longest)
