#!/usr/bin/env python3
"""Questions over a store, asked of kg and of its peers in turn: Kùzu, LadybugDB, DuckDB, Oxigraph.

usage: peer_cypher.py BUILD_DIR STORE SCRATCH_DIR NAME...    e.g. M1 M2 M3 for medical_zh
Ours are in questions.tsv (NAME, Cypher), the peers' in peer_questions.tsv (NAME, language, text).
Each round asks every engine once, one after the other; a JSON line a question gives the first and
the best of the rest in milliseconds, and which engines gave our answer. Every engine has two
threads. What is not installed is left out:
    pip install kuzu ladybug duckdb pyoxigraph
"""
import csv
import importlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
import urllib.parse

ROUNDS = 6
SLOW_S = 20  # a question that took longer is asked once
MOST_S = 120  # and one that takes longer is given up
HERE = os.path.dirname(os.path.abspath(__file__))


def table(path, header=True):
    with open(path, encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        if header:
            next(rows)
        yield from rows


class Graph:
    """The store's graph as its own export gives it."""

    def __init__(self, kg, store, scratch):
        self.folder, self.ntriples = f"{scratch}/tsv", f"{scratch}/graph.nt"
        for path, name in ((self.folder, "tsv"), (self.ntriples, "ntriples")):
            if not os.path.exists(path):
                subprocess.run([kg, "export", store, path, "-f", name], check=True, capture_output=True)
        self.triples = [tuple(row[:3]) for row in table(f"{self.folder}/triples.tsv")]
        self.label, self.types = {}, {}
        for name, label, types in table(f"{self.folder}/nodes.tsv"):
            self.label[name] = label or name
            self.types[name] = types.split("|") if types else []
        for head, _, tail in self.triples:
            for name in (head, tail):
                self.label.setdefault(name, name)
                self.types.setdefault(name, [])
        self.ids = {name: i for i, name in enumerate(self.label)}
        self.relations = sorted({relation for _, relation, _ in self.triples})


class Ours:
    """bench_cypher, which answers a question a line; the rows themselves are kg cypher's."""

    def __init__(self, build, store):
        self.kg, self.store = f"{build}/cli/kg", store
        questions = f"{HERE}/questions.tsv"
        self.text = {row[0]: row[1] for row in table(questions, header=False)}
        self.child = subprocess.Popen([f"{build}/tests/bench/bench_cypher", store, questions, "-"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def seconds(self, name):
        self.child.stdin.write(name + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())["first_ms"] / 1e3

    def rows(self, name):
        answer = subprocess.run([self.kg, "cypher", self.store, self.text[name], "--mode", "tsv"],
                                check=True, capture_output=True, text=True)
        return [tuple(line.split("\t")) for line in answer.stdout.splitlines()]


def load_kuzu(graph, scratch, module):
    """One table of nodes, and one of edges for each relation."""
    folder = f"{scratch}/csv"
    if not os.path.exists(folder):
        os.makedirs(folder)
        quoted = lambda text: '"' + text.replace('"', '""') + '"'
        with open(f"{folder}/e.csv", "w", encoding="utf-8") as out:
            for name, i in graph.ids.items():
                types = ",".join(graph.types[name] or ["thing"])
                out.write(f'{i},{quoted(name)},{quoted(graph.label[name])},"[{types}]"\n')
        files = [open(f"{folder}/{i}.csv", "w", encoding="utf-8") for i in range(len(graph.relations))]
        number = {relation: i for i, relation in enumerate(graph.relations)}
        for head, relation, tail in graph.triples:
            files[number[relation]].write(f"{graph.ids[head]},{graph.ids[tail]}\n")
        for out in files:
            out.close()
    path = f"{scratch}/{module.__name__}"
    if os.path.exists(path):
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    connection = module.Connection(module.Database(path, buffer_pool_size=2 << 30), num_threads=2)
    connection.set_query_timeout(60000)
    connection.execute("CREATE NODE TABLE E(id INT64, name STRING, label STRING, types STRING[], PRIMARY KEY(id))")
    connection.execute(f"COPY E FROM '{folder}/e.csv' (HEADER=false, PARALLEL=false)")
    for i, relation in enumerate(graph.relations):
        connection.execute(f"CREATE REL TABLE `{relation}`(FROM E TO E)")
        connection.execute(f"COPY `{relation}` FROM '{folder}/{i}.csv' (HEADER=false)")

    def ask(text):
        answer, rows = connection.execute(text), []
        while answer.has_next():
            rows.append(tuple(answer.get_next()))
        return rows
    return ask


def load_duckdb(graph, scratch, module):
    """e(id, name, label), ty(id, type), t(h, r, t) in order of relation and head, r(id, name)."""
    connection = module.connect(":memory:")
    connection.execute("SET threads=2")
    number = {relation: i for i, relation in enumerate(graph.relations)}
    columns = {
        "e": ('INT id, VARCHAR "name", VARCHAR "label"',
              ((i, name, graph.label[name]) for name, i in graph.ids.items())),
        "ty": ('INT id, VARCHAR "type"',
               ((i, t) for name, i in graph.ids.items() for t in graph.types[name] or ["thing"])),
        "t": ("INT h, INT r, INT t",
              sorted(((graph.ids[h], number[r], graph.ids[t]) for h, r, t in graph.triples),
                     key=lambda e: (e[1], e[0], e[2]))),
        "r": ('INT id, VARCHAR "name"', ((i, relation) for relation, i in number.items())),
    }
    for name, (declared, rows) in columns.items():
        path = f"{scratch}/duckdb-{name}"
        with open(path, "w", encoding="utf-8") as out:
            for row in rows:
                out.write("\t".join(map(str, row)) + "\n")
        chosen = ", ".join(f"column{i}::{c}" for i, c in enumerate(declared.split(", ")))
        connection.execute(f"CREATE TABLE {name} AS SELECT {chosen} FROM "
                           f"read_csv('{path}', delim='\t', header=false, quote='', escape='')")
    return lambda text: connection.execute(text).fetchall()


def load_oxigraph(graph, scratch, module):
    shutil.rmtree(f"{scratch}/oxigraph", ignore_errors=True)
    store = module.Store(f"{scratch}/oxigraph")
    store.bulk_load(path=graph.ntriples, format=module.RdfFormat.N_TRIPLES)
    store.optimize()
    return lambda text: [tuple(v.value if v is not None else "" for v in row) for row in store.query(text)]


PEERS = {  # name: module, how it is loaded, which of the peers' languages it speaks
    "kuzu": ("kuzu", load_kuzu, "kuzu"),
    "ladybug": ("ladybug", load_kuzu, "kuzu"),
    "duckdb": ("duckdb", load_duckdb, "sql"),
    "oxigraph": ("pyoxigraph", load_oxigraph, "sparql"),
}


class Peer:
    """An engine in a process of its own: two of them do not bear each other's symbols."""

    def __init__(self, name, graph, scratch):
        module, load, self.language = PEERS[name]
        self.loading = (module, load, graph, scratch)
        self.start()

    def start(self):
        self.pipe, pipe = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(
            target=self.serve, args=(pipe, *self.loading), daemon=True)
        self.process.start()
        pipe.close()
        self.missing = self.pipe.recv()

    @staticmethod
    def serve(pipe, module, load, graph, scratch):
        try:
            ask = load(graph, scratch, importlib.import_module(module))
        except ImportError:
            pipe.send(f"{module} is not installed")
            return
        pipe.send(None)
        while True:
            text = pipe.recv()
            start = time.perf_counter()
            try:
                rows, error = ask(text), None
            except Exception as raised:  # of the engine's own kind
                rows, error = None, str(raised)[:200]
            pipe.send((time.perf_counter() - start, rows, error))

    def ask(self, text):
        self.pipe.send(text)
        if self.pipe.poll(MOST_S):
            return self.pipe.recv()
        self.process.kill()
        self.process.join()
        self.start()
        return MOST_S, None, f"no answer in {MOST_S} s"


def plain(value):
    return urllib.parse.unquote(str(value).removeprefix("urn:kg:"))


def comparable(name, text, rows):
    """As a multiset of text; where ties may fall either way, the counts alone."""
    if "LIMIT" in text and not text.rstrip().split("ORDER BY")[-1].count(","):
        return sorted(plain(row[-1]) for row in rows)
    return sorted(tuple(map(plain, row)) for row in rows)


def ask_all(name, ours, peers, texts):
    seconds, answers = {"kg": []}, {"kg": comparable(name, ours.text[name], ours.rows(name))}
    failed = set()
    for i in range(ROUNDS):
        seconds["kg"].append(ours.seconds(name))
        for name_of, peer in peers.items():
            text, taken = texts.get((name, peer.language)), seconds.setdefault(name_of, [])
            if not text or name_of in failed or (taken and taken[0] > SLOW_S):
                continue
            took, rows, error = peer.ask(text)
            if error:
                print(f"peer_cypher: {name}: {name_of}: {error}", file=sys.stderr)
                failed.add(name_of)
                continue
            taken.append(took)
            if i == 0:
                answers[name_of] = comparable(name, ours.text[name], rows)
    figures = {peer: [round(taken[0] * 1e3, 3), round(min(taken[1:] or taken) * 1e3, 3)]
               for peer, taken in seconds.items() if taken}
    others = {peer: best for peer, (_, best) in figures.items() if peer != "kg"}
    line = {"bench": "cypher", "question": name, "rows": len(answers["kg"]), "first_and_best_ms": figures,
            "same_answer": [peer for peer in answers if peer != "kg" and answers[peer] == answers["kg"]]}
    if others:
        line["best_peer"] = min(others, key=others.get)
        line["times_faster"] = round(min(others.values()) / figures["kg"][1], 2)
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    csv.field_size_limit(1 << 30)
    build, store, scratch, names = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    os.makedirs(scratch, exist_ok=True)
    graph, peers = Graph(f"{build}/cli/kg", store, scratch), {}
    for name in PEERS:
        peer = Peer(name, graph, scratch)
        if peer.missing:
            print(f"peer_cypher: {peer.missing}: {name} is left out", file=sys.stderr)
        else:
            peers[name] = peer
    texts = {(row[0], row[1]): row[2] for row in table(f"{HERE}/peer_questions.tsv", header=False)}
    ours = Ours(build, store)
    for name in names:
        ask_all(name, ours, peers, texts)


if __name__ == "__main__":
    main()
