"""Graphs to look for ways in."""

from __future__ import annotations

import numpy as np

from geo.routes.graph import graph_of


def both_ways(pairs, costs, *, nodes):
    """A graph with an edge each way on every pair, and the cost of each edge."""
    tail, head = np.array(pairs).T
    graph, order = graph_of(
        np.concatenate([tail, head]),
        np.concatenate([head, tail]),
        np.tile(np.arange(len(pairs)), 2),
        nodes=nodes,
    )
    return graph, np.tile(np.asarray(costs, dtype=float), 2)[order]


def grid(side, seed=0):
    """A square grid of roads with random costs."""
    number = np.arange(side * side).reshape(side, side)
    pairs = [
        *zip(number[:, :-1].ravel(), number[:, 1:].ravel(), strict=True),
        *zip(number[:-1].ravel(), number[1:].ravel(), strict=True),
    ]
    costs = np.random.default_rng(seed).uniform(1, 2, len(pairs))
    return both_ways(pairs, costs, nodes=side * side)
