#!/usr/bin/env python3
"""The peers of bench_top: a dict of lists sorted at each question, and SQLite with a covering index.

usage: peer_top.py GRAPH.tsv WEIGHTS.json     (WEIGHTS.json as kg rank --export writes it)
Prints JSON lines beside those of bench_top.
"""
import json
import random
import sqlite3
import statistics
import sys
import time

TOP = 7


def draw(edges, names, queries):
    rng = random.Random(11)
    return {
        "uniformly": [rng.choice(names) for _ in range(queries)],
        "by degree": [rng.choice(edges)[rng.choice((0, 2))] for _ in range(queries)],
    }


def measure(peer, drawn, asked, answer):
    seconds = []
    for name in asked:
        start = time.perf_counter()
        answer(name)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"bench": f"top {TOP}", "peer": peer, "drawn": drawn,
                      "median_us": round(statistics.median(seconds) * 1e6, 1),
                      "mean_us": round(statistics.mean(seconds) * 1e6, 1)}), flush=True)


def main():
    weights = json.load(open(sys.argv[2], encoding="utf-8"))
    with open(sys.argv[1], encoding="utf-8") as lines:
        edges = sorted({tuple(line.rstrip("\n").split("\t")) for line in lines})
    names = sorted(weights)
    out, into = {}, {}
    for head, relation, tail in edges:
        out.setdefault(head, []).append((tail, relation))
        into.setdefault(tail, []).append((head, relation))

    def by_sort(name):
        merged = [(e, r, 1) for e, r in out.get(name, ())]
        merged += [(e, r, -1) for e, r in into.get(name, ())]
        return sorted(merged, key=lambda edge: weights[edge[0]], reverse=True)[:TOP]

    base = sqlite3.connect(":memory:")
    base.execute("create table edge (entity text, weight real, other text, relation text, way int)")
    base.executemany("insert into edge values (?, ?, ?, ?, 1)",
                     ((h, weights[t], t, r) for h, r, t in edges))
    base.executemany("insert into edge values (?, ?, ?, ?, -1)",
                     ((t, weights[h], h, r) for h, r, t in edges))
    base.execute("create index best on edge (entity, weight desc, other, relation, way)")

    def by_index(name):
        return base.execute("select other, relation, way from edge where entity = ? "
                            f"order by weight desc limit {TOP}", (name,)).fetchall()

    for drawn, asked in draw(edges, names, 3000).items():
        measure("dict and sort", drawn, asked, by_sort)
        measure("SQLite covering index", drawn, asked, by_index)


main()
