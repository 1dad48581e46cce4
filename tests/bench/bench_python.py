#!/usr/bin/env python3
"""The Python package: many answers into numpy, one answer, opening.

usage: bench_python.py STORE     (kgstore is installed, or in PYTHONPATH with KGSTORE_LIBRARY set)
Prints JSON lines, each with its limit.
"""

import json
import sys
import time

start = time.perf_counter()
import kgstore  # noqa: E402
import numpy as np  # noqa: E402

IMPORTED = time.perf_counter() - start
MANY, TOP = 100_000, 7


def best_of(repeats, work):
    """The least and the median time of a call, in seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), sorted(seconds)[repeats // 2]


def show(bench, unit, least, median, limit=None, **more):
    line = {"bench": bench, f"median_{unit}": round(median, 3), f"least_{unit}": round(least, 3), **more}
    if limit is not None:
        line[f"limit_{unit}"] = limit
    print(json.dumps(line), flush=True)


def main():
    path = sys.argv[1]

    start = time.perf_counter()
    with kgstore.open(path) as kg:
        kg.top(0, k=TOP)
        first = time.perf_counter() - start

    def open_and_ask():
        with kgstore.open(path) as kg:
            kg.top(0, k=TOP)

    least, median = best_of(200, open_and_ask)
    show("python: open and top 7", "ms", least * 1e3, median * 1e3, 1, first_ms=round(first * 1e3, 3))

    random = np.random.default_rng(11)
    with kgstore.open(path) as kg:
        count = kg.stats()["entities"]
        degrees = np.array([len(kg.edges(i).entities) for i in range(count)], np.float64)
        drawn = {
            "uniformly": random.integers(count, size=MANY, dtype=np.uint32),
            "by degree": random.choice(count, MANY, p=degrees / degrees.sum()).astype(np.uint32),
        }
        for how, ids in drawn.items():
            found = len(kg.top_many(ids, k=TOP).neighbors) / MANY
            least, median = best_of(21, lambda ids=ids: kg.top_many(ids, k=TOP))
            show(
                "python: top_many 7", "us", least / MANY * 1e6, median / MANY * 1e6, 2, drawn=how, found=round(found, 2)
            )
        some = drawn["by degree"][:2000].tolist()
        least, median = best_of(5, lambda: [kg.top(i, k=TOP) for i in some])
        show("python: top 7, with names, one by one", "us", least / len(some) * 1e6, median / len(some) * 1e6)
        names = kg.names(some)
        least, median = best_of(5, lambda: [kg.resolve(name) for name in names])
        show("python: resolve", "us", least / len(some) * 1e6, median / len(some) * 1e6)
        query = "MATCH (n) RETURN n.name, n.pagerank LIMIT 20000"
        rows = len(list(kg.cypher(query)))
        least, median = best_of(5, lambda: list(kg.cypher(query)))
        show("python: a row of two columns", "us", least / rows * 1e6, median / rows * 1e6)
    show("python: import kgstore", "ms", IMPORTED * 1e3, IMPORTED * 1e3)


main()
