"""What kg export writes beside other readers of it: pyoxigraph counts N-Triples, N-Quads and Turtle, NetworkX
GraphML, Kùzu our CSV and that of Neo4j, and Graphviz parses DOT. usage: foreign_readers.py KG SHARED FOLDER; exits 77 where no peer is there."""
import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

kg, shared, here = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def run(*words):
    result = subprocess.run([kg, *map(str, words)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"kg {' '.join(map(str, words))}: {result.stderr}")
    return result.stdout


def stats(store):
    return dict(line.split("\t") for line in run("stats", store, "--mode", "tsv").splitlines() if "\t" in line)


def graphs(folder):
    """The graphs to try: a hostile one of the project's own, and those beside it."""
    small = folder / "small"
    run("import", small, here / "odd_names.nt", "--format", "ntriples")
    yield "odd_names.nt", small
    medical, hetionet = shared / "data/kg/medical_zh", shared / "data/kg/hetionet_100k"
    if medical.exists():
        store = folder / "medical"
        run("import", store, medical / "triples.tsv.gz", "--columns", "head,head_type,relation,tail,tail_type",
            "--aliases", medical / "aliases.tsv")
        yield "medical_zh", store
    else:
        print(f"{medical} is not there: skipped")
    if hetionet.exists():
        store = folder / "hetionet"
        run("import", store, hetionet / "edges.sif.gz", "--nodes", hetionet / "nodes.tsv.gz")
        yield "hetionet_100k", store
    else:
        print(f"{hetionet} is not there: skipped")


def check_rdf(name, store, folder, oxigraph):
    formats = {"ntriples": oxigraph.RdfFormat.N_TRIPLES, "nquads": oxigraph.RdfFormat.N_QUADS,
               "turtle": oxigraph.RdfFormat.TURTLE}
    counts = stats(store)
    sets = {}
    for format, syntax in formats.items():
        file = folder / f"graph.{format}"
        run("export", store, file, "--format", format)
        quads = set(oxigraph.parse(path=str(file), format=syntax))
        nodes = {q.subject for q in quads if isinstance(q.subject, oxigraph.BlankNode)}
        names = {q.subject.value for q in quads if q.predicate.value == TYPE and isinstance(q.subject, oxigraph.NamedNode)}
        edges = {(q.subject, q.predicate, q.object, q.graph_name) for q in quads if q.predicate.value != TYPE and
                 isinstance(q.subject, oxigraph.NamedNode) and isinstance(q.object, oxigraph.NamedNode)}
        sets[format] = len(quads), len(names), len(edges)
        if len({e[:3] for e in edges}) != int(counts["triples"]):
            sys.exit(f"{name}, {format}: {len(edges)} edges, kg counts {counts['triples']}")
        declared = [int(counts[w]) for w in ("entities", "relations", "types")]
        if not max(declared) <= len(names) <= sum(declared):
            sys.exit(f"{name}, {format}: {len(names)} names, kg counts {declared}")
        print(f"{name}, {format}: pyoxigraph reads {len(quads)} statements, {len(edges)} edges, {len(nodes)} described")
    if sets["ntriples"] != sets["turtle"]:
        sys.exit(f"{name}: N-Triples and Turtle differ: {sets}")


def check_graphml(name, store, folder, networkx):
    file, counts = folder / "graph.graphml", stats(store)
    run("export", store, file, "--format", "graphml")
    graph = networkx.read_graphml(file, force_multigraph=True)
    found = graph.number_of_nodes(), graph.number_of_edges()
    if found != (int(counts["entities"]), int(counts["triples"])):
        sys.exit(f"{name}: NetworkX reads {found}, kg counts {counts}")
    print(f"{name}, graphml: NetworkX reads {found[0]} nodes, {found[1]} edges")


def header_of(file):
    with open(file, newline="", encoding="utf-8") as lines:
        return next(csv.reader(lines))


def load_kuzu(kuzu, folder, nodes, edges, ends):
    """A table of nodes and one of edges, each copied whole with all its columns as texts; ends: the columns that
    the edges have their head and tail in. Returns the counts."""
    options = "header=true, delim=',', quote='\"', escape='\"', parallel=false, auto_detect=false"
    database = kuzu.Connection(kuzu.Database(str(folder / "kuzu")))
    columns = [f"c{i} STRING" for i in range(len(header_of(nodes)))]
    database.execute(f"CREATE NODE TABLE Node({', '.join(columns)}, PRIMARY KEY(c0))")
    database.execute(f"COPY Node FROM '{nodes}' ({options})")
    header = header_of(edges)
    order = [header.index(end) for end in ends] + [i for i, name in enumerate(header) if name not in ends]
    typed = ", ".join(f"c{i} STRING" for i in range(len(header)))
    database.execute(f"CREATE REL TABLE Edge(FROM Node TO Node, {', '.join(f'c{i} STRING' for i in order[2:])})")
    database.execute(f"COPY Edge FROM (LOAD WITH HEADERS ({typed}) FROM '{edges}' ({options}) "
                     f"RETURN {', '.join(f'c{i}' for i in order)})")
    return [database.execute(f"MATCH {pattern} RETURN count(*)").get_next()[0] for pattern in ("(n)", "()-[e]->()")]


def check_kuzu(name, store, folder, kuzu):
    counts = stats(store)
    for format, edges, ends in (("csv", "triples.csv", ("head", "tail")),
                                ("neo4j", "relationships.csv", (":START_ID", ":END_ID"))):
        with tempfile.TemporaryDirectory(dir=folder) as here:
            here = Path(here)
            run("export", store, here / "csv", "--format", format)
            found = load_kuzu(kuzu, here, here / "csv/nodes.csv", here / "csv" / edges, ends)
        if found != [int(counts["entities"]), int(counts["triples"])]:
            sys.exit(f"{name}, {format}: Kùzu reads {found}, kg counts {counts}")
        print(f"{name}, {format}: Kùzu reads {found[0]} nodes, {found[1]} edges")


def check_dot(name, store, folder):
    file = folder / "graph.dot"
    run("export", store, file, "--format", "dot")
    read = subprocess.run(["gc", "-n", "-e", str(file)], capture_output=True, text=True)
    counts = stats(store)
    if read.returncode or read.stdout.split()[:2] != [counts["entities"], counts["triples"]]:
        sys.exit(f"{name}: Graphviz reads {read.stdout} {read.stderr}, kg counts {counts}")
    print(f"{name}, dot: Graphviz reads {counts['entities']} nodes, {counts['triples']} edges")


def peer(name):
    try:
        return __import__(name)
    except ImportError:
        print(f"{name} is not there: skipped")
        return None


def main():
    oxigraph, networkx, kuzu, graphviz = peer("pyoxigraph"), peer("networkx"), peer("kuzu"), shutil.which("gc")
    if not graphviz:
        print("Graphviz is not there: skipped")
    if not (oxigraph or networkx or kuzu or graphviz):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, store in graphs(folder):
            if oxigraph:
                check_rdf(name, store, folder, oxigraph)
            if networkx:
                check_graphml(name, store, folder, networkx)
            if kuzu:
                check_kuzu(name, store, folder, kuzu)
            if graphviz:
                check_dot(name, store, folder)


main()
