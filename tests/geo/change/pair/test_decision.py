"""How much changed, by the agreement of two scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change.pair.decision import NOT, STRONG, WEAK, Decision, changed_share
from geo.change.pair.parameters import Parameters

CELLS = 40_000


def scores(seed: int, *, share: float = 0, nuisance: float = 0):
    """Two scores and a texture: a share on top of both, and a nuisance that follows texture."""
    rng = np.random.default_rng(seed)
    texture = rng.random(CELLS)
    first, second = (rng.standard_normal(CELLS) + nuisance * texture for _ in range(2))
    changed = rng.random(CELLS) < share
    return first + 50 * changed, second + 50 * changed, texture


def test_independent_scores_share_nothing() -> None:
    """Chance agreement is taken off: what is left is below the share that is flagged at all."""
    assert max(changed_share(*scores(seed)) for seed in range(10)) < 0.003


@pytest.mark.parametrize("share", [0.005, 0.01, 0.02, 0.03])
def test_a_planted_share_is_found(share: float) -> None:
    """Cells on top of both scores are counted, whatever the rest does."""
    assert changed_share(*scores(0, share=share)) == pytest.approx(share, rel=0.3)


def test_what_follows_texture_in_both_is_no_change() -> None:
    """Compared within strata of equal texture the nuisance vanishes; without them it does not."""
    first, second, texture = scores(0, nuisance=8)
    assert changed_share(first, second, texture) < 0.003
    assert changed_share(first, second, np.zeros(CELLS)) > 0.015


def test_the_largest_share_is_6_per_cent() -> None:
    """Two scores that agree everywhere say no more than the tops that are compared."""
    first, _, texture = scores(0)
    assert changed_share(first, first, texture) == pytest.approx(0.0616, rel=0.02)


def test_equal_scores_are_no_change() -> None:
    """Ties are never on top."""
    flat = np.zeros(CELLS)
    assert changed_share(flat, flat, flat) == 0


@pytest.mark.parametrize("cells", [0, 1, 999])
def test_too_few_cells_say_nothing(cells: int) -> None:
    """Fewer than some patches."""
    few = np.arange(cells, dtype=float)
    assert changed_share(few, few, few) == 0


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.3))
def test_only_ranks_count(seed: int, share: float) -> None:
    """Any growing function of a score gives the same share, between 0 and 6.2 %."""
    first, second, texture = scores(seed, share=share)
    found = changed_share(first, second, texture)
    assert found == changed_share(np.exp(first / 10), 3 * second - 7, texture)
    assert 0 <= found < 0.0617


RISING = np.arange(1000, dtype=np.float32)


def decided(share: float) -> Decision:
    """The decision on scores from 0 to 999 of which a share changed."""
    return Decision.fit(RISING, share, Parameters(min_share=0.01, min_brightness_change=0.05))


def graded(decision: Decision, *, strength: float = 1, judged: bool = True) -> np.ndarray:
    """Grades of the scores from 0 to 999."""
    bright = np.full(RISING.shape, strength, np.float32)
    return decision.graded(RISING, bright, np.full(RISING.shape, judged))


def test_a_tenth_more_than_the_share_is_weak_and_most_of_it_strong() -> None:
    """Of a thousand cells 100 changed: 110 are weak or strong, 70 of them strong."""
    grades = graded(decided(0.1))
    assert [(grades == grade).sum() for grade in (NOT, WEAK, STRONG)] == [890, 40, 70]
    assert (np.diff(grades.astype(int)) >= 0).all()


def test_below_the_least_share_nothing_is_flagged() -> None:
    """No threshold, no grade, whatever the scores."""
    decision = decided(0.009)
    assert decision.threshold is None
    assert not graded(decision).any()


def test_dim_cells_and_green_ones_have_no_grade() -> None:
    """However high their score."""
    assert not graded(decided(0.1), strength=0.04).any()
    assert not graded(decided(0.1), judged=False).any()
