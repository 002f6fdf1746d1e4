"""The law of the noise: its values, its independence, its golden numbers."""

from __future__ import annotations

import numpy as np
from scipy import stats

from geo.routes.noise import factor_place, mixed, noise_values, stream_of

MASK = 2**64 - 1


def reference_mix(word):
    """SplitMix64's output function in plain integers, from the authors' published C."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def noise(seed, parameter_set, draw, links):
    """Noise of links 0 to `links` in one draw."""
    z = np.log(noise_values(1.0))
    stream = stream_of(seed, parameter_set, draw)
    return z[[int(factor_place(stream, np.int32(link), z.size)) for link in range(links)]]


def test_the_generator_is_splitmix64():
    """The first outputs for the seed 1234567 are the published ones."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    state = 1234567
    for expected in published:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        assert reference_mix(state) == expected
        assert int(mixed(np.uint64(state))) == expected


def test_the_place_of_a_link_is_its_number_in_the_stream():
    """Link n takes output n of the stream, cut to the table's size."""
    stream = stream_of(3, 1, 4)
    for link in (0, 1, 77, 2**31 - 1):
        word = reference_mix((int(stream) + (link + 1) * 0x9E3779B97F4A7C15) & MASK)
        assert int(factor_place(stream, np.int32(link), 4096)) == word % 4096


def test_the_values_have_mean_0_and_variance_1_and_are_normal():
    """The table itself follows the law to the fineness of its steps."""
    z = np.log(noise_values(1.0))
    assert abs(z.mean()) < 1e-12
    assert abs(z.var() - 1) < 1e-12
    assert stats.kstest(z, "norm").statistic < 0.001
    assert 3.6 < z.max() < 3.8
    assert (np.diff(z) > 0).all()


def test_sigma_scales_the_logarithm_and_0_leaves_costs_alone():
    """The median factor is 1 whatever sigma."""
    np.testing.assert_allclose(
        np.log(noise_values(0.3)), 0.3 * np.log(noise_values(1.0)), atol=1e-12
    )
    assert noise_values(0.0).tolist() == [1.0]


def test_links_draws_sets_and_seeds_are_independent():
    """Correlations stay within four standard errors, and the sample looks normal."""
    links = 20_000
    base = noise(1, 0, 0, links)
    limit = 4 / np.sqrt(links)
    assert abs(base.mean()) < limit
    assert abs(base.var() - 1) < limit * np.sqrt(2)
    assert stats.kstest(base, "norm").pvalue > 1e-4
    for lag in (1, 2, 64):
        assert abs(np.mean(base[lag:] * base[:-lag])) < 4 / np.sqrt(links - lag)
    for other in (noise(1, 0, 1, links), noise(1, 1, 0, links), noise(2, 0, 0, links)):
        assert abs(np.mean(base * other)) < limit
        assert abs(np.mean((base**2 - 1) * (other**2 - 1)) / 2) < limit


def test_set_and_draw_do_not_stand_for_one_another():
    """No two pairs of small numbers share a stream."""
    streams = {int(stream_of(s, p, d)) for s in range(5) for p in range(20) for d in range(50)}
    assert len(streams) == 5 * 20 * 50
