"""Properties of particles and of air (Particle Data Group, Phys. Rev. D 110, 030001, 2024)."""

ELECTRON_MASS = 0.51099895e-3  # GeV
MUON_MASS = 0.1056583755  # GeV
PION_MASS = 0.13957039  # GeV
NEUTRAL_PION_MASS = 0.1349768  # GeV
PION_DECAY_LENGTH = 7.8045  # c tau, m
MUON_DECAY_LENGTH = 658.6384  # c tau, m
FINE_STRUCTURE = 1 / 137.035999
CLASSICAL_RADIUS = 2.8179403e-13  # of the electron, cm
#: of dry air, per g
ELECTRON_DENSITY = 0.49919 * 6.02214076e23
RADIATION_LENGTH = 36.62  # of dry air, g/cm2
#: mean energy loss of an electron in air by ionisation, GeV per g/cm2
ELECTRON_IONISATION = 2.3e-3
#: the same of a muon of some GeV
MUON_IONISATION = 2.2e-3
