"""Blocks laid aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.change.pair.shelf import Shelf, laid_aside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """An array with what is said of it."""

    number: int
    values: NDArray[np.float64]


def thing(number: int) -> Thing:
    """Twelve times the number."""
    return Thing(number=number, values=np.full((3, 4), float(number)))


def test_what_is_laid_aside_comes_back_in_order() -> None:
    """Each time, one by one, from the end, and some at once."""
    shelf = Shelf(thing(number) for number in range(5))
    for _ in range(2):
        assert [one.number for one in shelf] == [0, 1, 2, 3, 4]
        assert [one.values[2, 3] for one in shelf] == [0, 1, 2, 3, 4]
    assert shelf[-1].number == 4
    assert [one.number for one in shelf[1:3]] == [1, 2]
    assert len(shelf) == 5
    with pytest.raises(IndexError):
        shelf[5]


def test_what_is_taken_cannot_be_changed_and_outlives_the_shelf() -> None:
    """It is the file itself, mapped; an array without cells is none."""
    shelf = Shelf([thing(3), Thing(number=0, values=np.empty((0, 4)))])
    taken = shelf[0].values
    with pytest.raises(ValueError, match="read-only"):
        taken[:] = 9
    assert shelf[1].values.shape == (0, 4)
    del shelf
    assert (taken == 3).all()


def test_one_item_stays_in_memory() -> None:
    """Two do not."""
    one = thing(1)
    assert laid_aside(iter([one]))[0] is one
    assert isinstance(laid_aside(iter([one, one, one])), Shelf)
    assert len(laid_aside(iter([one, one, one]))) == 3
    assert len(laid_aside([])) == 0
