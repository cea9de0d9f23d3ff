"""Everything that makes synthetic events, behind one interface."""

from showerforge.generators.catalogue import GENERATORS, build_generator, find_generator
from showerforge.generators.drawing import Drawn, draw_valid, fill_up, n_to_balance
from showerforge.generators.interface import Generator, with_parents
from showerforge.generators.sampler import GeneratorSampler

__all__ = [
    "GENERATORS",
    "Drawn",
    "Generator",
    "GeneratorSampler",
    "build_generator",
    "draw_valid",
    "fill_up",
    "find_generator",
    "n_to_balance",
    "with_parents",
]
