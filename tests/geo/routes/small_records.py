"""Records of a few posts, to see what the posterior makes of them."""

from __future__ import annotations

import numpy as np

from geo.routes.records import Assumptions, Records, log_flow_of

POSTS = 5
"""Posts of the records."""


def five_posts() -> Records:
    """Five posts of two kinds, one of them unseen, and a group of each sort."""
    rng = np.random.default_rng(4)
    mean, axes, variances = log_flow_of(rng.dirichlet(np.ones(POSTS), 30), 0.05)
    return Records(
        mean=mean,
        axes=axes,
        variances=variances,
        stated=rng.standard_normal(POSTS),
        kinds=np.eye(2)[[0, 1, 0, 1, 0]],
        reporters=np.ones((POSTS, 1)),
        observable=np.array([1.0, 1, 1, 1, 0]),
        located=np.array([3.0, 0, 12, 1, 0]),
        at_post=np.array([[1.0, 1, 0, 0, 1]]),
        at_post_counts=np.array([4.0]),
        after=np.array([[0.0, 0, 1, 1, 1], [1, 1, 0, 0, 0]]),
        after_counts=np.array([7.0, 0.0]),
        assumptions=Assumptions(),
    )
