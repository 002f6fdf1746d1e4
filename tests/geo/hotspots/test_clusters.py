"""Clusters in space and time: by hand, against plain scikit-learn, and against chance."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from geo.errors import InvalidSetting
from geo.hotspots import space_time_clusters, too_dense
from tests.hotspot_events import laid_out, uniform

NEAR = {"reach_m": 10_000.0, "reach_days": 30.0}


def test_two_clusters_and_a_stray_by_hand():
    """Four near in space, of which one is a year late; three elsewhere; one alone."""
    events = laid_out(
        [[0, 0], [5e3, 0], [0, 5e3], [1e3, 1e3], [9e4, 0], [9.3e4, 0], [9.6e4, 0], [9.7e4, 5e3],
         [5e4, 9e4]],
        [0, 10, 20, 400, 100, 110, 120, 125, 0],
    )  # fmt: skip
    found = space_time_clusters(events, **NEAR, seed=1)
    assert found.label.tolist() == [1, 1, 1, -1, 0, 0, 0, 0, -1]
    assert found.size.tolist() == [4, 3]
    assert (found.first_day.tolist(), found.last_day.tolist()) == ([100.0, 0.0], [125.0, 20.0])
    assert np.isnan(found.p).all()
    assert not found.significant.any()


def test_the_reach_is_a_cylinder_with_both_ends():
    """10 km and 30 days apart is near; a metre or a day more is not, nor the corner of a box."""
    for xy, day, size in (
        ([1e4, 0], 30, [2]),
        ([10_001, 0], 30, []),
        ([1e4, 0], 31, []),
        ([8e3, 8e3], 0, []),
    ):
        found = space_time_clusters(laid_out([[0, 0], xy], [0, day]), **NEAR, fewest=2, seed=1)
        assert found.size.tolist() == size


@pytest.mark.parametrize("seed", range(5))
def test_it_is_dbscan_with_the_greater_of_both_distances(seed):
    """The same groups as scikit-learn's own search on the whole matrix of distances."""
    rng = np.random.default_rng(seed)
    xy = np.round(rng.uniform(0, 60_000, (150, 2)), -3)
    day = rng.integers(0, 200, 150).astype(float)
    apart = np.linalg.norm(xy[:, np.newaxis] - xy, axis=-1) / 10_000
    matrix = np.maximum(apart, np.abs(day[:, np.newaxis] - day) / 30)
    theirs = DBSCAN(eps=1.0, min_samples=4, metric="precomputed").fit(matrix)
    found = space_time_clusters(laid_out(xy, day), **NEAR, fewest=4, permutations=0, seed=1)
    core = np.zeros(150, dtype=bool)
    core[theirs.core_sample_indices_] = True
    assert ((found.label >= 0) == (theirs.labels_ >= 0)).all()
    # An event at the rim of two clusters may go to either; the founders may not.
    same = found.label[core][:, np.newaxis] == found.label[core]
    assert (same == (theirs.labels_[core][:, np.newaxis] == theirs.labels_[core])).all()


def planted(seed: int):
    """60 events of chance and 12 within 8 km and three weeks."""
    rng = np.random.default_rng(seed)
    noise = uniform(60, seed=seed)
    xy = np.vstack([noise.xy, 200_000 + rng.uniform(-4_000, 4_000, (12, 2))])
    return laid_out(xy, np.append(noise.day, 1_000 + rng.integers(0, 21, 12)))


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_cluster_is_found_and_significant(seed):
    """The largest cluster is the planted one, and chance makes none as large."""
    found = space_time_clusters(planted(seed), **NEAR, permutations=99, seed=seed)
    assert (found.label[60:] == 0).all()
    assert found.size[0] <= 14
    assert found.p[0] == 0.01
    assert found.significant[0]


def test_chance_is_seldom_called_significant():
    """Of 60 sets of chance with many clusters, about three have a significant one."""
    wrong = 0
    for seed in range(60):
        events = uniform(60, seed=seed, side_m=60_000.0, days=300.0)
        found = space_time_clusters(events, **NEAR, permutations=19, seed=seed)
        wrong += bool(found.significant.any())
    # The binomial 99.9 % bound around 3 of 60.
    assert wrong <= 10


def test_many_events_at_one_place_are_no_cluster_by_that():
    """All at one place over ten years: chance makes clusters as large from the same dates."""
    days = np.floor(np.random.default_rng(1).uniform(0, 3650, 60))
    found = space_time_clusters(laid_out(np.zeros((60, 2)), days), **NEAR, permutations=19, seed=1)
    assert not found.significant.any()
    assert (found.p == 1.0).all()


def test_events_dated_too_loosely_stay_out():
    """No date, or a year's doubt: they belong to no cluster and are counted."""
    events = laid_out(np.zeros((5, 2)), [0, 1, 2, np.nan, 3])
    doubtful = laid_out(np.zeros((5, 2)), [0, 1, 2, 3, 4], doubt_days=365.0)
    found = space_time_clusters(events, **NEAR, seed=1)
    assert (found.label.tolist(), found.loosely_dated, found.dated) == ([0, 0, 0, -1, 0], 1, 4)
    found = space_time_clusters(doubtful, **NEAR, seed=1)
    assert (found.size.tolist(), found.loosely_dated) == ([], 5)


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_event_give_no_cluster(n):
    """And no error."""
    found = space_time_clusters(laid_out(np.zeros((n, 2))), **NEAR, seed=1)
    assert (len(found.label), found.size.tolist(), found.permutations) == (n, [], 0)


def test_the_same_seed_gives_the_same_p():
    """Another seed deals otherwise."""
    events = uniform(80, seed=3, side_m=60_000.0, days=400.0)
    one, again = (space_time_clusters(events, **NEAR, permutations=49, seed=1) for _ in range(2))
    assert (one.p == again.p).all()


def test_a_hundred_thousand_events_fit_in_memory():
    """In towns, twenty years: under 400 MB on top, and not tested against chance."""
    rng = np.random.default_rng(1)
    towns = rng.uniform(0, 2e6, (300, 2))
    xy = towns[rng.choice(300, 100_000, p=rng.dirichlet(np.full(300, 0.3)))]
    events = laid_out(xy, rng.integers(0, 7300, 100_000))
    tracemalloc.start()
    try:
        found = space_time_clusters(events, **NEAR, seed=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 400e6
    assert found.size.sum() > 50_000
    assert (found.permutations, np.isnan(found.p).all()) == (0, True)


def test_more_pairs_than_memory_bears_are_refused():
    """Before they are made."""
    crowd = uniform(40_000, seed=1, side_m=20_000.0)
    with pytest.raises(
        InvalidSetting, match=r"pairs of events near each other within 10 km.*short"
    ):
        space_time_clusters(crowd, **NEAR, seed=1)
    assert too_dense(crowd, **NEAR)
    assert not too_dense(uniform(1_000, seed=1), **NEAR)
    assert not too_dense(laid_out([]), **NEAR)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reach_m": 0.0}, "a reach of 0.0 m and 30.0 days"),
        ({"reach_days": float("nan")}, "a reach of 10000.0 m and nan days"),
        ({"fewest": 1}, "clusters of 1 events"),
        ({"permutations": -1}, "-1 deals"),
    ],
)
def test_settings_without_meaning_are_refused(options, message):
    """With their values."""
    with pytest.raises(InvalidSetting, match=message):
        space_time_clusters(laid_out([[0, 0]]), **{**NEAR, **options}, seed=1)
