#!/usr/bin/env python3
"""Peers of the store, measured on the same graph: Python dict pickles (the way of upstream's users)
and SQLite with a covering index. JSON lines on stdout, as bench_store writes them.

usage: peer_store.py GRAPH.tsv FOLDER
"""
import json
import os
import pickle
import random
import resource
import sqlite3
import statistics
import sys
import time


def report(name, **figures):
    print(json.dumps({"bench": name, **figures}), flush=True)


def in_child(work, *arguments):
    """Run work in a process of its own, so that its peak memory is its own."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work(*arguments)
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("a peer failed")


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def triples(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def median_us(ask, keys):
    times = []
    for key in keys:
        start = time.perf_counter()
        ask(key)
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1e6, 3)


def write_pickles(graph, folder):
    start = time.perf_counter()
    names, relations, out, into = {}, {}, {}, {}
    for head, relation, tail in triples(graph):
        h = names.setdefault(head, len(names))
        t = names.setdefault(tail, len(names))
        r = relations.setdefault(relation, len(relations))
        out.setdefault(h, set()).add((t, r))
        into.setdefault(t, set()).add((h, r))
    for name, value in (("names", names), ("out", out), ("in", into)):
        with open(os.path.join(folder, name + ".pkl"), "wb") as to:
            pickle.dump(value, to, protocol=4)
    size = sum(os.path.getsize(os.path.join(folder, n + ".pkl")) for n in ("names", "out", "in"))
    report("peer: pickle, import", seconds=round(time.perf_counter() - start, 3), disk_bytes=size,
           peak_bytes=peak())


def read_pickles(folder):
    start = time.perf_counter()
    loaded = []
    for name in ("names", "out", "in"):
        with open(os.path.join(folder, name + ".pkl"), "rb") as source:
            loaded.append(pickle.load(source))
    seconds = time.perf_counter() - start
    names, out, into = loaded
    keys = random.Random(1).sample(list(names), 20000)
    report("peer: pickle, open", seconds=round(seconds, 3), peak_bytes=peak())
    report("peer: pickle, name to id", us=median_us(names.get, keys))
    ids = [names[k] for k in keys]
    report("peer: pickle, edges", us=median_us(lambda i: (out.get(i), into.get(i)), ids))


def sqlite_names(graph, database):
    names, relations = {}, {}
    for head, relation, tail in triples(graph):
        yield (names.setdefault(head, len(names)), relations.setdefault(relation, len(relations)),
               names.setdefault(tail, len(names)))
    database.executemany("insert into entity values (?, ?)", ((i, n) for n, i in names.items()))
    database.executemany("insert into relation values (?, ?)",
                         ((i, n) for n, i in relations.items()))


def write_sqlite(graph, path):
    start = time.perf_counter()
    database = sqlite3.connect(path)
    database.executescript("""pragma journal_mode = off; pragma synchronous = off;
        create table entity (id integer primary key, name text unique);
        create table relation (id integer primary key, name text);
        create table triple (h, r, t);""")
    database.executemany("insert into triple values (?, ?, ?)", sqlite_names(graph, database))
    database.executescript("""create index out_edges on triple (h, t, r);
        create index in_edges on triple (t, h, r);""")
    database.commit()
    database.close()
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    report("peer: sqlite, import", seconds=round(time.perf_counter() - start, 3),
           disk_bytes=os.path.getsize(path), peak_bytes=peak())


def read_sqlite(path):
    start = time.perf_counter()
    database = sqlite3.connect(path)
    database.execute("select t, r from triple where h = 0").fetchall()
    report("peer: sqlite, open and first answer",
           ms=round((time.perf_counter() - start) * 1e3, 3))
    rows = database.execute("select id, name from entity").fetchall()
    sample = random.Random(1).sample(rows, 20000)
    report("peer: sqlite, name to id", us=median_us(
        lambda n: database.execute("select id from entity where name = ?", (n,)).fetchone(),
        [name for _, name in sample]))
    report("peer: sqlite, edges", us=median_us(
        lambda i: (database.execute("select t, r from triple where h = ?", (i,)).fetchall(),
                   database.execute("select h, r from triple where t = ?", (i,)).fetchall()),
        [i for i, _ in sample]))


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    graph, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    database = os.path.join(folder, "peer.sqlite")
    if os.path.exists(database):
        os.remove(database)
    in_child(write_pickles, graph, folder)
    in_child(read_pickles, folder)
    in_child(write_sqlite, graph, database)
    in_child(read_sqlite, database)


if __name__ == "__main__":
    main()
