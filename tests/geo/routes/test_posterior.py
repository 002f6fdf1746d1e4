"""How the chains start and move."""

from __future__ import annotations

import numpy as np

from geo.routes.posterior import draw_posterior, draw_prior, respread, start_of
from geo.routes.records import Records, blocks, dimension, log_density
from tests.geo.routes.small_records import POSTS


def test_respreading_leaves_the_prior_as_it_is(records: Records) -> None:
    """Where no count is evidence, standard normals stay standard normal."""
    rng = np.random.default_rng(5)
    silent = Records(
        **{
            name: getattr(records, name)
            for name in Records.__dataclass_fields__
            if name not in {"observable", "at_post", "at_post_counts", "after", "after_counts"}
        },
        observable=np.zeros(POSTS),
        at_post=np.empty((0, POSTS)),
        at_post_counts=np.empty(0),
        after=np.empty((0, POSTS)),
        after_counts=np.empty(0),
    )
    theta = rng.standard_normal((20_000, dimension(silent)))
    after = theta
    for _ in range(3):
        after = respread(after, silent, rng)
    assert (after[:, -2:] != theta[:, -2:]).mean() > 0.9
    np.testing.assert_allclose(after.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(np.cov(after.T), np.eye(dimension(silent)), atol=0.06)


def test_the_start_is_where_the_density_is_flat(records: Records) -> None:
    """The gradient vanishes there, and the whitening has the size of the rest of theta."""
    top, whitening = start_of(records, np.zeros(2))
    moving = blocks(records)["spreads"].start
    assert np.abs(log_density(top[None], records)[1][0, :moving]).max() < 0.2
    assert whitening.shape == (moving, moving)


def test_chains_agree_on_the_posterior(records: Records) -> None:
    """R-hat is below 1.05, there are as many draws as asked for, and records narrow the shares."""
    rng = np.random.default_rng(6)
    state, rhat = draw_posterior(records, 3300, rng)
    assert rhat < 1.05
    assert state.log_share.shape[0] >= 3300
    prior = draw_prior(records, 3300, rng)
    assert state.log_share[:, 2].var() < 0.7 * prior.log_share[:, 2].var()
