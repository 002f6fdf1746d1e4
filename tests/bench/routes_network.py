"""Draws, alternatives and randomised paths on synthetic road networks, beside their peers.

    python tests/bench/routes_network.py [--nodes 200000] [--draws 200] [--rounds 5]

A network is a Delaunay triangulation of random points, thinned to a mean degree of 2.88 around its
minimum spanning tree, with travel times at random speeds: simulated, not a real place. Peers are
SciPy's dijkstra on the same weights, made beforehand and not counted, and igraph's k shortest
paths. Each figure is a median of warm runs in a process of its own; memory is what a run adds.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from geo.routes.alternatives import dissimilar_routes, overlap  # noqa: E402 - run, not installed
from geo.routes.draws import sample_routes  # noqa: E402
from geo.routes.graph import Graph, graph_of  # noqa: E402
from geo.routes.noise import factor_place, noise_values, stream_of  # noqa: E402
from geo.routes.randomised import randomised_usage  # noqa: E402

MEAN_DEGREE = 2.88
SIGMA = 0.3
EXITS = 15
PAIRS = 20

Work = Callable[[], object]
_work: list[Work] = []


def main() -> None:
    """Print one table for each of the three."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, default=200_000)
    options.add_argument("--draws", type=int, default=200)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    print(f"{'work':52} {'wall s':>8} {'CPU s':>8} {'MB':>6}")
    draws(*network(chosen.nodes), count=chosen.draws, rounds=chosen.rounds)
    graph, cost = network(10_000)
    alternatives(graph, cost, rounds=chosen.rounds)
    for nodes in (10_000, chosen.nodes):
        randomised(*network(nodes), rounds=chosen.rounds)


def draws(graph: Graph, cost: NDArray[np.float64], *, count: int, rounds: int) -> None:
    """All draws with their noise, and the same searches by SciPy."""
    rng = np.random.default_rng(7)
    origin, *exits = rng.choice(graph.nodes, EXITS + 1, replace=False)

    def ours(threads: int) -> NDArray[np.float64]:
        return sample_routes(
            graph, set_cost_s=[cost], set_noise=[SIGMA], origin=int(origin), exits=exits,
            exit_log_pull=np.zeros((1, EXITS)), exit_extra_s=np.zeros((1, EXITS)),
            exit_spread_s=[3600.0], draws_per_set=count, seed=1, threads=threads,
        ).exit_cost_s[0]  # fmt: skip

    few = min(count, 20)
    matrices = [weighted(graph, cost, draw) for draw in range(few)]

    def peer() -> NDArray[np.float64]:
        return np.array(
            [
                dijkstra(matrix, indices=origin, return_predecessors=True)[0][exits]
                for matrix in matrices
            ]
        )

    name = f"{count} draws, {graph.nodes} nodes, {graph.edges // 2} links"
    row(f"{name}, 2 threads", lambda: ours(2), rounds)
    row(f"{name}, 1 thread", lambda: ours(1), rounds)
    row(f"SciPy dijkstra, {few} of them, times {count // few}", peer, rounds, count / few)
    equal = np.array_equal(ours(2)[:few], peer())
    print(f"  costs to {EXITS} exits of {few} draws equal to the last bit: {equal}\n")


def alternatives(graph: Graph, cost: NDArray[np.float64], *, rounds: int) -> None:
    """Ten dissimilar routes between random pairs, and igraph's ten shortest."""
    rng = np.random.default_rng(11)
    pairs = rng.choice(graph.nodes, (PAIRS, 2), replace=False).tolist()

    def ours(pair: list[int]) -> list[NDArray[np.int32]]:
        found = dissimilar_routes(graph, cost, origin=pair[0], exit_node=pair[1], count=10)
        return [one.edges for one in found]

    row(f"ten alternatives, 10000 nodes, mean of {PAIRS} pairs",
        lambda: [ours(pair) for pair in pairs], rounds, 1 / PAIRS)  # fmt: skip
    quality("alternatives", graph, cost, [ours(pair) for pair in pairs])
    try:
        import igraph
    except ImportError:
        print("  igraph is not installed\n")
        return
    peer = igraph.Graph(
        n=graph.nodes, edges=np.stack([graph.tail, graph.head], axis=1), directed=True
    )
    weights = cost.tolist()

    def ten_shortest(pair: list[int]) -> list[NDArray[np.int32]]:
        found = peer.get_k_shortest_paths(
            pair[0], to=pair[1], k=10, weights=weights, output="epath"
        )
        return [np.array(path, dtype=np.int32) for path in found]

    row("igraph k shortest paths, one pair", lambda: ten_shortest(pairs[0]), rounds)
    quality("igraph", graph, cost, [ten_shortest(pair) for pair in pairs[:3]])
    print()


def randomised(graph: Graph, cost: NDArray[np.float64], *, rounds: int) -> None:
    """Randomised shortest paths to several exits at once, at two temperatures."""
    rng = np.random.default_rng(13)
    origin, *exits = rng.choice(graph.nodes, EXITS + 1, replace=False)
    for theta in (100.0, 2000.0):
        row(
            f"randomised paths, {graph.nodes} nodes, {EXITS} exits, theta {theta:g}",
            lambda theta=theta: randomised_usage(
                graph, cost, origin=int(origin), exits=exits,
                exit_probability=np.full(EXITS, 1 / EXITS), theta=theta,
            ),
            min(rounds, 3),
        )  # fmt: skip


def network(nodes: int, seed: int = 1) -> tuple[Graph, NDArray[np.float64]]:
    """A planar network of mean degree 2.88 and the travel time of each edge in seconds."""
    rng = np.random.default_rng(seed)
    xy_km = rng.random((nodes, 2)) * np.sqrt(nodes) * 10
    corners = Delaunay(xy_km).simplices
    sides = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]))
    sides = np.unique(sides, axis=0)
    length_km = np.hypot(*(xy_km[sides[:, 0]] - xy_km[sides[:, 1]]).T)
    spanning = minimum_spanning_tree(
        sparse.csr_array((length_km, (sides[:, 0], sides[:, 1])), shape=(nodes, nodes))
    ).tocoo()
    in_tree = np.isin(sides @ [nodes, 1], spanning.row.astype(np.int64) * nodes + spanning.col)
    more = rng.choice(
        np.flatnonzero(~in_tree), round(nodes * MEAN_DEGREE / 2) - in_tree.sum(), replace=False
    )
    kept = np.concatenate([np.flatnonzero(in_tree), more])
    tail, head = sides[kept].T
    time_s = length_km[kept] / rng.choice([30.0, 50.0, 80.0, 100.0], kept.size) * 3600
    graph, order = graph_of(
        np.concatenate([tail, head]),
        np.concatenate([head, tail]),
        np.tile(np.arange(kept.size), 2),
        nodes=nodes,
    )
    return graph, np.tile(time_s, 2)[order]


def weighted(graph: Graph, cost: NDArray[np.float64], draw: int) -> sparse.csr_array:
    """The costs of one draw as SciPy reads them."""
    stream, factors = stream_of(1, 0, draw), noise_values(SIGMA)
    place = np.array(
        [factor_place(stream, link, factors.size) for link in range(graph.links)], dtype=np.int64
    )
    return sparse.csr_array(
        (cost * factors[place][graph.link], graph.head, graph.indptr), shape=(graph.nodes,) * 2
    )


def quality(
    name: str,
    graph: Graph,
    cost: NDArray[np.float64],
    found: list[list[NDArray[np.int32]]],
) -> None:
    """Print how many routes there are, how long, and how alike."""
    link_cost = np.zeros(graph.links)
    link_cost[graph.link] = cost
    detours = [cost[route].sum() / cost[routes[0]].sum() for routes in found for route in routes]
    alike = [
        np.mean(
            [
                overlap(graph.link[routes[i]], graph.link[routes[j]], link_cost)
                for i in range(len(routes))
                for j in range(i)
            ]
        )
        for routes in found
    ]
    print(
        f"  {name}: routes {min(map(len, found))} to {max(map(len, found))}, mean overlap "
        f"{np.mean(alike):.3f} (greatest of a pair {max(alike):.3f}), detour mean "
        f"{np.mean(detours):.3f}, greatest {max(detours):.3f}"
    )


def row(name: str, work: Work, rounds: int, times: float = 1.0) -> None:
    """Print the medians of `work`, scaled."""
    _work[:] = [work]
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        wall, cpu, memory = process.submit(measured, rounds).result()
    print(f"{name:52} {wall * times:8.3f} {cpu * times:8.3f} {memory:6.0f}", flush=True)


def measured(rounds: int) -> tuple[float, float, float]:
    """Median wall and CPU seconds of the work, and the memory in MB that it adds."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _work[0]()
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        _work[0]()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return statistics.median(walls), statistics.median(cpus), (after - before) / 1024


if __name__ == "__main__":
    main()
