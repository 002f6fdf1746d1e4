"""Ranks by a table of quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from geo.change.pair.quantiles import QuantileTable
from geo.errors import NoValidPixels


@given(seed=st.integers(0, 1000), size=st.integers(1, 400), kinds=st.integers(1, 400))
def test_a_small_sample_is_ranked_exactly(seed: int, size: int, kinds: int) -> None:
    """The share below and half of the equal, as `rankdata` with ties in the middle."""
    values = np.random.default_rng(seed).integers(0, kinds, size).astype(np.float32)
    found = QuantileTable.fit([values[: size // 2], values[size // 2 :]]).rank(values)
    np.testing.assert_allclose(found, (rankdata(values) - 0.5) / size, atol=1e-6)


def test_a_large_sample_is_ranked_closely_and_closer_in_the_tail() -> None:
    """A thousandth in the middle; at the top the unlikeliness is right to 0.03."""
    values = np.random.default_rng(0).gamma(1, 2, 300_000).astype(np.float32)
    table = QuantileTable.fit([values])
    ranks = (rankdata(values) - 0.5) / values.size
    np.testing.assert_allclose(table.rank(values), ranks, atol=1e-3)
    np.testing.assert_allclose(table.unlikeliness(values), -np.log1p(-ranks), atol=0.03)


def test_what_lies_beyond_the_sample_has_the_rank_of_its_end() -> None:
    """Half a cell from 0 and 1; nothing is infinite."""
    table = QuantileTable.fit([np.arange(10, dtype=np.float32)])
    np.testing.assert_allclose(
        table.rank(np.array([-5, 0, 9, 99], np.float32)), [0.05, 0.05, 0.95, 0.95], atol=1e-6
    )
    assert np.isfinite(table.unlikeliness(np.array([1e9], np.float32))).all()


def test_a_layer_of_one_value_is_in_the_middle() -> None:
    """Neither high nor low; another value is at the end."""
    table = QuantileTable.fit([np.zeros(100, np.float32)])
    np.testing.assert_allclose(table.rank(np.array([0, 1], np.float32)), [0.5, 0.995], atol=1e-6)


@given(
    seed=st.integers(0, 1000),
    size=st.integers(1, 5000),
    scale=st.sampled_from([1e-30, 1.0, 1e9]),
    outlier=st.sampled_from([None, 1e30, -1e30]),
)
def test_between_nodes_lies_what_numpy_says(seed, size, scale, outlier) -> None:
    """To the last digit, on nodes and beside them and far out; no number has no rank."""
    rng = np.random.default_rng(seed)
    values = (rng.gamma(0.5, scale, size) * rng.choice([1, -1])).astype(np.float32)
    if outlier is not None:
        values[0] = outlier
    table = QuantileTable.fit([values])
    asked = np.concatenate([values[:200], rng.normal(0, 2 * scale, 200), [1e38, -1e38]])
    layer = asked.astype(np.float32).reshape(-1, 1)
    end = 0.5 / size
    expected = np.interp(layer, table.values, table.ranks, left=end, right=1 - end)
    np.testing.assert_array_equal(table.rank(layer), expected.astype(np.float32))
    assert np.isnan(table.rank(np.array([np.nan], np.float32))).all()


def test_nothing_cannot_be_ranked_by() -> None:
    """No sample, or samples without values."""
    for samples in ([], [np.zeros(0, np.float32)]):
        with pytest.raises(NoValidPixels, match="no value to rank by"):
            QuantileTable.fit(samples)
