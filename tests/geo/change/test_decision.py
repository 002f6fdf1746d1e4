"""How much changed, by the agreement of two scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.change.decision import changed_share

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


@pytest.mark.parametrize("cells", [0, 1, 399])
def test_too_few_cells_say_nothing(cells: int) -> None:
    """Fewer than one stratum."""
    few = np.arange(cells, dtype=float)
    assert changed_share(few, few, few) == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.3))
def test_only_ranks_count(seed: int, share: float) -> None:
    """Any growing function of a score gives the same share, between 0 and 6.2 %."""
    first, second, texture = scores(seed, share=share)
    found = changed_share(first, second, texture)
    assert found == changed_share(np.exp(first / 10), 3 * second - 7, texture)
    assert 0 <= found < 0.0617
