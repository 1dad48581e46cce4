"""Cypher: rows, parameters, values, transactions, limits, Ctrl-C."""

import json
import os
import signal
import threading
import unittest

import kgstore
import numpy as np
from common import copy_of_sample, kg, sample_store
from kgstore import Limits, Node, Path, QueryError, Relationship

try:
    import pandas
except ImportError:
    pandas = None


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = sample_store()
        cls.kg = kgstore.open(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.kg.close()

    def test_rows_are_the_programs(self):
        query = "MATCH (d:disease)-[r]->(m) RETURN d.name AS d, type(r), m.name ORDER BY d, m.name LIMIT 50"
        rows = list(self.kg.cypher(query))
        expected = json.loads(kg("cypher", self.path, query, "--json"))
        self.assertEqual([row.asdict() for row in rows], expected)
        self.assertEqual(len(rows), 50)
        self.assertEqual(rows[0].columns, ("d", "type(r)", "m.name"))
        self.assertEqual((rows[0]["d"], rows[0][0]), (expected[0]["d"], expected[0]["d"]))
        with self.assertRaises(KeyError):
            rows[0]["nothing"]

    def test_parameters_come_back(self):
        values = [
            None, True, False, 0, -(2**63), 2**63 - 1, 1.5, float("inf"), "", "文😀", [], [1, "a", None, [2.5]],
            {"a": 1, "b": {"c": [True]}}, {},
        ]  # fmt: skip
        rows = list(self.kg.cypher("UNWIND $values AS v RETURN v", {"values": values}))
        self.assertEqual([row[0] for row in rows], values)
        one = list(self.kg.cypher("RETURN $x, $y, $z", {"x": np.int32(3), "y": np.array([1.5, 2]), "z": (1, 2)}))
        self.assertEqual(tuple(one[0]), (3, [1.5, 2.0], [1, 2]))
        for wrong in (2**63, object(), {1: 2}, b"bytes"):
            with self.assertRaises(kgstore.BadArgument):
                self.kg.cypher("RETURN $x", {"x": wrong})

    def test_nodes_relationships_and_paths(self):
        query = "MATCH p = (n {id: $n})-[r:caused_by]->(m) RETURN n, r, p, [n, r], {a: m} LIMIT 1"
        (row,) = self.kg.cypher(query, {"n": "糖尿病"})
        node, relationship, path, both, keyed = row
        self.assertEqual(node, Node("糖尿病", "糖尿病", ("disease",), {}))
        self.assertEqual((relationship.head, relationship.type), ("糖尿病", "caused_by"))
        self.assertIsInstance(relationship, Relationship)
        self.assertIsInstance(path, Path)
        self.assertEqual((len(path), path.nodes[0], path.relationships[0]), (1, node, relationship))
        self.assertEqual(str(path), f"糖尿病 -[caused_by]-> {relationship.tail}")
        self.assertEqual(both, [node, relationship])
        self.assertEqual(keyed["a"].id, relationship.tail)
        self.assertEqual(len({node, node, path.nodes[0]}), 1)

    def test_faults_have_their_place(self):
        for query, detail, place in (
            ("MATCH (n\nRETURN n", "UnexpectedSyntax", (2, 1)),
            ("RETURN nobody", "UndefinedVariable", (1, 8)),
        ):
            with self.assertRaises(QueryError) as caught:
                self.kg.cypher(query)
            error = caught.exception
            self.assertEqual((error.kind, error.detail, (error.line, error.column)), ("SyntaxError", detail, place))
        with self.assertRaises(QueryError):
            list(self.kg.cypher("UNWIND [1, 'a'] AS x RETURN x * 2"))
        with self.assertRaises(kgstore.BadArgument):
            self.kg.cypher("CREATE (:T)")

    def test_rows_end_once(self):
        rows = self.kg.cypher("UNWIND range(1, 3) AS x RETURN x")
        self.assertEqual([row[0] for row in rows], [1, 2, 3])
        self.assertEqual(list(rows), [])
        with self.kg.cypher("UNWIND range(1, 3) AS x RETURN x") as rows:
            self.assertEqual(next(rows)[0], 1)
        self.assertEqual(list(rows), [])

    def test_rows_outlive_what_they_came_from(self):
        store = kgstore.open(self.path)
        rows = store.cypher("UNWIND range(1, 3) AS x RETURN x")
        store.close()
        self.assertEqual([row[0] for row in rows], [1, 2, 3])

    def test_plans(self):
        plan = self.kg.cypher("EXPLAIN MATCH (n:disease) RETURN n")
        self.assertEqual(list(plan), [])
        self.assertIn("disease", plan.plan())
        profile = self.kg.cypher("PROFILE MATCH (n:disease) RETURN n LIMIT 2")
        self.assertEqual(len(list(profile)), 2)
        self.assertIn("rows 2", profile.plan(counts=True))

    def test_limits(self):
        long = "UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y RETURN count(*)"
        with self.assertRaisesRegex(kgstore.LimitPassed, "0.05 s"):
            list(self.kg.cypher(long, limits=Limits(seconds=0.05)))
        with self.assertRaisesRegex(kgstore.LimitPassed, "2 rows"):
            list(self.kg.cypher("UNWIND range(1, 9) AS x RETURN x", limits=Limits(rows=2)))
        with self.assertRaisesRegex(kgstore.LimitPassed, "memory"):
            list(self.kg.cypher("RETURN size(collect(range(1, 9000000)))", limits=Limits(memory=4 << 20)))
        counted = "MATCH (a)--(b)--(c)--(d) RETURN count(*)"
        counts = [list(self.kg.cypher(counted, limits=Limits(threads=n))) for n in (0, 1, 2)]
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(counts[0], counts[2])
        with self.assertRaises(kgstore.KgError):
            list(self.kg.cypher("LOAD CSV FROM 'file:///etc/hostname' AS l RETURN l"))

    def test_ctrl_c_stops_a_query(self):
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, previous)
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            list(self.kg.cypher("UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y RETURN count(*)"))
        timer.join()
        self.assertEqual(list(self.kg.cypher("RETURN 1"))[0][0], 1)

    @unittest.skipUnless(pandas, "pandas is not installed")
    def test_frames(self):
        frame = self.kg.cypher("UNWIND range(1, 3) AS x RETURN x, x * 0.5 AS half").to_pandas()
        self.assertEqual(list(frame.columns), ["x", "half"])
        self.assertEqual(frame["half"].sum(), 3.0)
        self.assertEqual(list(self.kg.cypher("UNWIND [] AS x RETURN x").to_pandas().columns), ["x"])


class Writing(unittest.TestCase):
    def setUp(self):
        self.path = copy_of_sample()
        self.kg = kgstore.open(self.path)

    def tearDown(self):
        self.kg.close()

    def count(self):
        return int(kg("cypher", self.path, "MATCH (n:new) RETURN count(n) AS n", "--mode", "tsv").split()[-1])

    def test_a_write_is_durable_when_it_returns(self):
        rows = self.kg.cypher(
            "UNWIND $names AS n CREATE (x:new {elementId: n}) RETURN x", {"names": ["a", "b"]}, write=True
        )
        self.assertEqual(self.count(), 2)
        self.assertEqual([row["x"].id for row in rows], ["a", "b"])
        self.kg.cypher("CREATE (:new {elementId: 'c'})", write=True)
        self.assertEqual(self.count(), 3)

    def test_transactions(self):
        with self.kg.transaction() as t:
            t.cypher("CREATE (:new {elementId: 'a'})")
            self.assertEqual(list(t.cypher("MATCH (n:new) RETURN elementId(n)"))[0][0], "a")
            self.assertEqual(self.count(), 0)
        self.assertEqual(self.count(), 1)
        with self.assertRaises(ZeroDivisionError), self.kg.transaction() as t:
            t.cypher("CREATE (:new {elementId: 'b'})")
            raise ZeroDivisionError
        self.assertEqual(self.count(), 1)
        t = self.kg.transaction()
        rows = t.cypher("MATCH (n) RETURN n")
        next(rows)
        t.rollback()
        t.rollback()
        for ask in (lambda: next(rows), t.commit, lambda: t.cypher("RETURN 1")):
            with self.assertRaises(kgstore.Misuse):
                ask()

    def test_snapshots_see_what_they_saw(self):
        old = self.kg.snapshot()
        before = self.kg.stats()["triples"]
        self.kg.cypher("MATCH (n {id: '糖尿病'}) CREATE (n)-[:new]->(:new {elementId: 'a'})", write=True)
        self.assertEqual((old.stats()["triples"], self.kg.stats()["triples"]), (before, before))
        self.kg.refresh()
        self.assertEqual((old.stats()["triples"], self.kg.stats()["triples"]), (before, before + 1))
        with self.kg.snapshot() as new:
            self.assertTrue(new.exists("糖尿病", "new", "a"))
        with self.assertRaises(kgstore.NotFound):
            old.find("a")
        old.close()


if __name__ == "__main__":
    unittest.main()
