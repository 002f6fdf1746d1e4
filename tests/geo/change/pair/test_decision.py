"""How much changed, by the agreement of two scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change.pair.decision import (
    LEAST_FOR_PEAKS,
    NOT,
    STRONG,
    WEAK,
    Decision,
    beyond_chance,
    changed_share,
)
from geo.change.pair.parameters import Parameters

CELLS = 40_000


def scores(seed: int, *, share: float = 0, nuisance: float = 0, cells: int = CELLS):
    """Two scores and a texture: a share on top of both, and a nuisance that follows texture."""
    rng = np.random.default_rng(seed)
    texture = rng.random(cells)
    first, second = (rng.standard_normal(cells) + nuisance * texture for _ in range(2))
    changed = rng.random(cells) < share
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


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.3))
def test_only_ranks_count(seed: int, share: float) -> None:
    """Any growing function of a score gives the same share, between 0 and 6.2 %."""
    first, second, texture = scores(seed, share=share)
    found = changed_share(first, second, texture)
    assert found == changed_share(np.exp(first / 10), 3 * second - 7, texture)
    assert 0 <= found < 0.0617


def test_chance_alone_puts_one_cell_on_top_of_both() -> None:
    """On average, of 40 pairs of independent scores; texture that moves both counts for nothing."""
    found = [
        beyond_chance(*scores(seed, nuisance=8, cells=LEAST_FOR_PEAKS)).sum() for seed in range(40)
    ]
    assert 0.5 < np.mean(found) < 2


def test_a_hundred_cells_in_a_quiet_scene_are_beyond_chance() -> None:
    """A thousandth of the scene, of which no share can be told, and little else."""
    first, second, texture = scores(3, cells=LEAST_FOR_PEAKS)
    first[500:600] += 50
    second[500:600] += 50
    assert changed_share(first, second, texture) < Parameters().min_share
    peaks = beyond_chance(first, second, texture)
    assert peaks[500:600].mean() > 0.9
    assert peaks.sum() < 105


def test_nothing_is_beyond_chance_in_a_small_scene_or_where_all_is_equal() -> None:
    """Of few cells a group is too large a share; ties are never on top."""
    few = np.arange(LEAST_FOR_PEAKS - 1, dtype=float)
    assert not beyond_chance(few, few, few).any()
    flat = np.zeros(LEAST_FOR_PEAKS)
    assert not beyond_chance(flat, flat, flat).any()


RISING = np.arange(1000, dtype=np.float32)


def decided(share: float) -> Decision:
    """The decision on scores from 0 to 999 of which a share changed."""
    return Decision.fit(RISING, share, Parameters(min_share=0.01, min_brightness_change=0.05))


def graded(
    decision: Decision, *, strength: float = 1, judged: bool = True, peak: int | None = None
) -> np.ndarray:
    """Grades of the scores from 0 to 999, one of which may be beyond chance."""
    bright = np.full(RISING.shape, strength, np.float32)
    peaks = RISING == -1 if peak is None else peak == RISING
    return decision.graded(RISING, bright, np.full(RISING.shape, judged), peaks)


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
    """However high their score, and beyond chance or not."""
    assert not graded(decided(0.1), strength=0.04, peak=999).any()
    assert not graded(decided(0.1), judged=False, peak=999).any()


@pytest.mark.parametrize("share", [0.009, 0.1])
def test_a_cell_beyond_chance_is_strong_whatever_share_changed(share: float) -> None:
    """And changes the grade of no other."""
    with_peak, without = graded(decided(share), peak=300), graded(decided(share))
    assert with_peak[300] == STRONG
    assert np.array_equal(np.delete(with_peak, 300), np.delete(without, 300))


def test_where_no_cell_may_be_flagged_there_is_no_threshold() -> None:
    """All is green, and the least share is 0: nothing, and no quantile of nothing."""
    none = np.zeros(0, np.float32)
    decision = Decision.fit(none, changed_share(none, none, none), Parameters(min_share=0))
    assert (decision.threshold, decision.strong) == (None, None)
