"""Gi*: by hand, against esda, and how often it cries wolf."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from esda.getisord import G_Local
from libpysal.graph import Graph
from scipy.sparse import coo_array
from scipy.stats import false_discovery_control, norm

from geo.errors import BadInput, InvalidSetting
from geo.hotspots import Cells, local_gi_star
from tests.hotspot_events import plane


def square(side: int) -> Cells:
    """Every cell of a square of `side` cells, 10 km each."""
    colrow = np.array([[col, row] for row in range(side) for col in range(side)])
    return Cells(crs=plane(), cell_m=10_000.0, colrow=colrow)


def around(cells: Cells) -> np.ndarray:
    """1 where two cells share an edge or a corner, or are the same; shape (cells, cells)."""
    apart = np.abs(cells.colrow[:, np.newaxis] - cells.colrow[np.newaxis]).max(axis=-1)
    return (apart <= 1).astype(int)


def test_a_map_of_five_cells_by_hand():
    """A row of 9, 9, 9, 3, 0 events: of ten pairs three hold 18, of ten triples one holds 27."""
    row = Cells(crs=plane(), cell_m=1000.0, colrow=np.array([[i, 0] for i in range(5)]))
    counts = np.array([9, 9, 9, 3, 0])
    found = local_gi_star(counts, row, draws=200_000, seed=1)
    assert found.neighbours.tolist() == [2, 3, 3, 3, 2]
    pairs = [sum(pair) for pair in combinations(counts.tolist(), 2)]
    triples = [sum(triple) for triple in combinations(counts.tolist(), 3)]
    expected = [
        np.mean([total >= wanted for total in among])
        for among, wanted in ((pairs, 18), (triples, 27), (triples, 21), (triples, 12), (pairs, 3))
    ]
    assert found.p == pytest.approx(expected, abs=0.01)
    assert not found.hot.any()


def test_z_is_that_of_esda():
    """On a grid with a hole, with the weights given as an array of esda's own making."""
    cells = square(7)
    kept = np.array([tuple(pair) != (3, 3) for pair in cells.colrow])
    cells = Cells(crs=cells.crs, cell_m=cells.cell_m, colrow=cells.colrow[kept])
    counts = np.random.default_rng(1).poisson(1.5, len(cells))
    graph = Graph.from_sparse(coo_array(around(cells).astype(float)))
    theirs = G_Local(counts, graph, transform="B", star=None, permutations=0)
    found = local_gi_star(counts, cells, seed=1)
    assert found.z == pytest.approx(theirs.Zs, rel=1e-12)
    assert found.reach_m == 15_000.0


def test_the_deals_have_the_moments_that_z_is_standardised_by():
    """The p of the deals follows the normal tail of z where counts are many and even."""
    cells = square(20)
    counts = np.random.default_rng(2).poisson(200, len(cells))
    found = local_gi_star(counts, cells, seed=1)
    inner = found.neighbours == 9
    assert found.p[inner] == pytest.approx(norm.sf(found.z[inner]), abs=0.01)


def test_q_is_that_of_benjamini_and_hochberg():
    """As scipy adjusts the same p, over all cells."""
    counts = np.random.default_rng(3).poisson(1.0, 100)
    found = local_gi_star(counts, square(10), seed=1)
    assert found.q == pytest.approx(false_discovery_control(found.p), rel=1e-12)
    assert (found.hot == (found.q <= 0.05)).all()


def test_a_planted_hot_spot_is_found_and_nothing_far_from_it():
    """Nine cells of 6 among 400 of 0.5: the middle is hot for every seed, the rest is not."""
    cells = square(20)
    middle = np.abs(cells.colrow - 10).max(axis=1) <= 1
    near = np.abs(cells.colrow - 10).max(axis=1) <= 2
    far_hot = 0
    for seed in range(10):
        counts = np.random.default_rng(seed).poisson(np.where(middle, 6.0, 0.5))
        found = local_gi_star(counts, cells, seed=seed)
        assert found.hot[(cells.colrow == 10).all(axis=1)].all()
        far_hot += int(found.hot[~near].sum())
    assert far_hot <= 10


def test_uniform_events_seldom_give_a_hot_cell():
    """On 200 maps of chance about one in twenty has any hot cell; the nominal rate is 5 %."""
    cells = square(15)
    with_any = sum(
        local_gi_star(
            np.random.default_rng(seed).poisson(0.6, len(cells)), cells, draws=20_000, seed=seed
        ).hot.any()
        for seed in range(200)
    )
    # The binomial 99.9 % bound around 10 of 200.
    assert with_any <= 21


def test_chance_is_told_as_often_as_it_happens():
    """Over many maps of chance a p of 5 % or less comes in at most 5 % of the cells."""
    cells = square(15)
    p = np.concatenate(
        [
            local_gi_star(
                np.random.default_rng(seed).poisson(0.6, len(cells)), cells, draws=5_000, seed=seed
            ).p
            for seed in range(100)
        ]
    )
    assert 0.025 < (p <= 0.05).mean() <= 0.055


def test_the_same_seed_gives_the_same_result():
    """To the last digit; another seed gives another p, near the first, and the same z."""
    counts = np.random.default_rng(5).poisson(1.0, 100)
    one, again, other = (local_gi_star(counts, square(10), seed=seed) for seed in (1, 1, 2))
    assert (one.p == again.p).all()
    assert (one.p != other.p).any()
    assert one.p == pytest.approx(other.p, abs=0.01)
    assert (one.z == other.z).all()


def test_fewer_than_thirty_events_are_not_tested():
    """Its z is told, nothing is hot, p and q are NaN; thirty are tested."""
    counts = np.zeros(100, dtype=int)
    counts[:3] = [10, 10, 9]
    found = local_gi_star(counts, square(10), seed=1)
    assert np.isnan(found.p).all()
    assert np.isnan(found.q).all()
    assert not found.hot.any()
    assert found.z.max() > 3
    counts[2] = 10
    assert not np.isnan(local_gi_star(counts, square(10), seed=1).p).any()


@pytest.mark.parametrize("side", [1, 2, 5])
def test_where_all_cells_are_alike_nothing_stands_out(side):
    """One cell, one neighbourhood of all cells, or the same count everywhere: z 0 and p 1."""
    counts = np.full(side**2, 40)
    found = local_gi_star(counts, square(side), draws=100, seed=1)
    assert found.z.tolist() == [0.0] * side**2
    assert found.p.tolist() == [1.0] * side**2


def test_one_neighbourhood_of_all_cells_has_no_z():
    """Four cells that are all neighbours: nothing to compare with."""
    found = local_gi_star(np.array([50, 0, 0, 0]), square(2), draws=100, seed=1)
    assert found.z.tolist() == [0.0] * 4
    assert found.p.tolist() == [1.0] * 4


def test_lonely_cells_are_their_own_neighbourhood():
    """A cell far from all others is compared by its own count."""
    far = Cells(crs=plane(), cell_m=1000.0, colrow=np.array([[10 * i, 0] for i in range(40)]))
    counts = np.zeros(40, dtype=int)
    counts[7] = 60
    found = local_gi_star(counts, far, seed=1)
    assert found.neighbours.tolist() == [1] * 40
    assert found.p[7] == pytest.approx(1 / 40, abs=0.002)


def test_no_cell_no_result():
    """An empty map is no error."""
    none = Cells(crs=plane(), cell_m=1000.0, colrow=np.empty((0, 2), dtype=np.int64))
    assert len(local_gi_star(np.empty(0, dtype=np.int64), none, seed=1).z) == 0


@pytest.mark.parametrize(
    ("counts", "options", "error", "message"),
    [
        (np.zeros(3, dtype=int), {}, BadInput, r"counts of shape \(3,\) for 4 cells"),
        (np.array([-1, 0, 0, 0]), {}, BadInput, "0 or more"),
        (np.zeros(4, dtype=int), {"reach_m": 5.0}, InvalidSetting, "a reach of 5.0 m"),
        (np.zeros(4, dtype=int), {"draws": 0}, InvalidSetting, "0 draws"),
        (np.zeros(4, dtype=int), {"false_discovery_rate": 1.0}, InvalidSetting, "rate of 1.0"),
    ],
)
def test_what_cannot_be_tested_is_refused(counts, options, error, message):
    """With its value."""
    with pytest.raises(error, match=message):
        local_gi_star(counts, square(2), seed=1, **options)
