"""The stack: last in, first out, and never a particle lost."""

import pytest

from showerforge.showers.stack import MUON, PHOTON, Particle, empty_stack, pop, push

FIRST = Particle((1.0, 2.0, 3.0), (0.6, 0.0, -0.8), 50.0, 1.5)
SECOND = Particle((4.0, 5.0, 6.0), (0.0, 0.0, -1.0), 7.0, 1.0)


def numbers_of(particle):
    return [*particle.place, *particle.direction, particle.energy, particle.weight]


def test_particles_are_kept_in_order():
    stack = empty_stack(3)
    assert stack.size[0] == 0
    push(stack, PHOTON, FIRST)
    push(stack, MUON, SECOND)
    assert stack.size[0] == 2
    assert stack.numbers[:2].tolist() == [numbers_of(FIRST), numbers_of(SECOND)]
    assert stack.kinds[:2].tolist() == [PHOTON, MUON]
    assert pop(stack) == (MUON, SECOND)
    assert pop(stack) == (PHOTON, FIRST)
    assert stack.size[0] == 0


def test_a_full_stack_raises_and_keeps_what_it_has():
    stack = empty_stack(1)
    push(stack, PHOTON, FIRST)
    with pytest.raises(OverflowError, match="full"):
        push(stack, MUON, SECOND)
    assert stack.size[0] == 1
    assert stack.numbers[0].tolist() == numbers_of(FIRST)
    assert stack.kinds[0] == PHOTON
