"""Where the telescopes of the tests stand, and with what they look."""

from showerforge.showers.settings import SimulationSettings

ALTITUDE = 675.0


def settings_of(thinning_energy=10.0, efficiency=0.1, spread=0.0, **showers):
    """Settings without aerosols."""
    return SimulationSettings(
        site={"altitude": ALTITUDE, "lowest_zenith": 30, "highest_zenith": 40},
        optics={"efficiency": efficiency, "spread": spread, "aerosol_depth": 0},
        showers={
            "thinning_energy": thinning_energy,
            "thinning_share": 1.0,
            "telescopes_per_shower": 4,
            "showers_per_block": 3,
            **showers,
        },
    )
