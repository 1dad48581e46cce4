"""Answers beside those of the program, and arrays beside answers one by one."""

import unittest

import kgstore
import numpy as np
from common import answer, copy_of_sample, kg, sample_store
from kgstore import _native
from kgstore._native import ffi, lib

NAMES = ["糖尿病", "高血压", "肺炎", "阿司匹林", "发热", "内分泌科"]


class Reader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = sample_store()
        cls.kg = kgstore.open(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.kg.close()

    def test_questions_are_answered_as_the_program_does(self):
        verbs = kgstore.verbs()
        self.assertIn("describe", verbs)
        for verb in ("top", "out", "in", "type", "alias", "name", "search", "count", "describe"):
            for name in NAMES:
                with self.subTest(verb=verb, name=name):
                    self.assertEqual(self.kg.query(verb, name), answer(self.path, verb, name))
        self.assertEqual(self.kg.query("count"), answer(self.path, "count"))
        self.assertEqual(self.kg.query("path", *NAMES[:2]), answer(self.path, "path", *NAMES[:2]))

    def test_options_of_questions(self):
        self.assertEqual(
            self.kg.query("top", "糖尿病", k=4, weights="pepr", relations=["has_symptom", "belongs_to"]),
            answer(self.path, "top", "糖尿病", "-k", 4, "--weights", "pepr", "--relation", "has_symptom",
                   "--relation", "belongs_to"),
        )  # fmt: skip
        self.assertEqual(
            self.kg.query("out", "糖尿病", by_entity=True), answer(self.path, "out", "糖尿病", "--by-entity")
        )
        self.assertEqual(self.kg.query("count", by_type=True), answer(self.path, "count", "--by", "type"))
        with self.assertRaises(kgstore.BadArgument):
            self.kg.query("no such verb")

    def test_top(self):
        for weights in ("pagerank", "pepr"):
            for name in NAMES:
                rows = answer(self.path, "top", name, "-k", 5, "--weights", weights)
                best = self.kg.top(name, k=5, weights=weights)
                self.assertEqual(
                    [(n.name, n.relation, n.direction, n.weight) for n in best],
                    [(r["entity"], r["relation"], r["direction"], r["weight"]) for r in rows],
                )
                self.assertEqual([n.id for n in best], [self.kg.find(n.name) for n in best])
                self.assertEqual([n.relation_id for n in best], [self.kg.find(n.relation, "relation") for n in best])
        self.assertEqual(self.kg.top("糖尿病", k=2**32 - 1), self.kg.top(self.kg.find("糖尿病"), k=10**6))
        self.assertEqual(self.kg.top("糖尿病", k=0), [])

    def test_top_many_is_top_of_each(self):
        count = self.kg.stats()["entities"]
        ids = np.arange(count)[::-3]
        for k in (1, 7):
            for weights in ("pagerank", "pepr"):
                many = self.kg.top_many(ids, k=k, weights=weights)
                self.assertEqual(len(many.offsets), len(ids) + 1)
                self.assertEqual(len(many.neighbors), many.offsets[-1])
                for i in range(0, len(ids), 50):
                    part = slice(many.offsets[i], many.offsets[i + 1])
                    best = self.kg.top(ids[i], k=k, weights=weights)
                    self.assertEqual(many.entities[part].tolist(), [n.id for n in best])
                    self.assertEqual(many.relations[part].tolist(), [n.relation_id for n in best])
                    self.assertEqual(many.directions[part].tolist(), [n.direction for n in best])
                    self.assertEqual(many.weights[part].tolist(), [n.weight for n in best])
        named = self.kg.top_many(["糖尿病", 3, "高血压"], k=2)
        again = self.kg.top_many(np.array([self.kg.find("糖尿病"), 3, self.kg.find("高血压")], np.int16), k=2)
        self.assertTrue(np.array_equal(named.neighbors, again.neighbors))
        self.assertEqual(self.kg.top_many([]).offsets.tolist(), [0])

    def test_top_many_refuses_what_are_no_ids(self):
        with self.assertRaisesRegex(kgstore.NotFound, "no entity with the id 99999"):
            self.kg.top_many([1, 99999])
        for wrong in (np.array([-1]), np.array([2**40])):
            with self.assertRaises(kgstore.NotFound):
                self.kg.top_many(wrong)
        for wrong in (np.array([0.5]), np.array([[1, 2]]), np.array(["a"])):
            with self.assertRaises(kgstore.BadArgument):
                self.kg.top_many(wrong)
        for k in (-1, 2**32):
            with self.assertRaises(kgstore.BadArgument):
                self.kg.top_many([1], k=k)
        with self.assertRaisesRegex(kgstore.BadArgument, "'pagerank', 'pepr'"):
            self.kg.top(1, weights="rank")

    def test_edges(self):
        for name in NAMES:
            out, into, both = (self.kg.edges(name, d) for d in ("out", "in", "both"))
            self.assertEqual(self.kg.names(out.entities), [r["entity"] for r in answer(self.path, "out", name)])
            self.assertEqual(self.kg.names(into.entities), [r["entity"] for r in answer(self.path, "in", name)])
            self.assertEqual(both.entities.tolist(), out.entities.tolist() + into.entities.tolist())
            self.assertEqual(both.directions.tolist(), [1] * len(out.entities) + [-1] * len(into.entities))
            for entity, relation in zip(out.entities[:5], out.relations[:5]):
                self.assertTrue(self.kg.exists(name, relation, entity))
        self.assertFalse(self.kg.exists("糖尿病", "has_symptom", "糖尿病"))

    def test_names(self):
        for name in NAMES:
            number = self.kg.find(name)
            self.assertEqual(self.kg.name(number), name)
            self.assertEqual(self.kg.resolve(name), number)
            self.assertEqual(self.kg.types(name), answer(self.path, "type", name))
            self.assertEqual(self.kg.label(name), name)
        self.assertEqual(self.kg.resolve("消渴"), self.kg.find("糖尿病"))
        self.assertIn("消渴", self.kg.aliases("糖尿病"))
        self.assertEqual(self.kg.names(np.array([0, 1], np.uint32)), [self.kg.name(0), self.kg.name(1)])
        self.assertTrue(all(name.startswith("糖尿病") for name in self.kg.complete("糖尿病", limit=4)))
        diseases = self.kg.entities_of("disease")
        self.assertIn(self.kg.find("糖尿病"), diseases)
        self.assertTrue(all("disease" in self.kg.types(d) for d in diseases[:20]))

    def test_what_is_not_there(self):
        for ask in (
            lambda: self.kg.find("nothing"),
            lambda: self.kg.resolve("nothing"),
            lambda: self.kg.name(10**9),
            lambda: self.kg.name(-1),
            lambda: self.kg.name(2**70),
            lambda: self.kg.top("nothing"),
            lambda: self.kg.edges(10**9),
            lambda: self.kg.table("nothing"),
            lambda: self.kg.similar("糖尿病"),
            lambda: self.kg.entities_of("nothing"),
            lambda: kgstore.open("/nothing/here"),
        ):
            with self.assertRaises(kgstore.NotFound) as caught:
                ask()
            self.assertTrue(str(caught.exception))
            self.assertEqual(caught.exception.status, lib.KG_ERR_NOT_FOUND)
        with self.assertRaisesRegex(kgstore.BadArgument, "expected one of 'entity'"):
            self.kg.find("x", kind="word")
        with self.assertRaises(TypeError):
            self.kg.name(1.5)

    def test_search(self):
        found = self.kg.search("糖尿病", k=5)
        rows = answer(self.path, "search", "糖尿病", "-k", 5)
        self.assertEqual([f.name for f in found], [r["entity"] for r in rows])
        self.assertEqual(found[0].how, "exact")
        self.assertEqual({f.how for f in self.kg.search("高血呀")}, {"near"})

    def test_link(self):
        text = "😀患者有消渴和高血压。"
        mentions = self.kg.link(text)
        self.assertEqual([(m.text, m.name) for m in mentions], [("消渴", "糖尿病"), ("高血压", "高血压")])
        for mention in mentions:
            self.assertEqual(text[mention.start : mention.end], mention.text)
        self.assertGreaterEqual(len(self.kg.link("糖尿病肾病", overlapping=True)), 2)

    def test_weights(self):
        weights = self.kg.weights()
        self.assertAlmostEqual(weights.sum(), 1)
        best = self.kg.top("糖尿病", k=3)
        self.assertEqual([weights[n.id] for n in best], [n.weight for n in best])
        with self.assertRaises(ValueError):
            weights[0] = 1

    def test_stats_and_check(self):
        stats = self.kg.stats()
        self.assertEqual(stats["triples"], 3880)
        self.assertIs(stats["ranked"], True)
        self.assertEqual(self.kg.check(), [])


def put_table(store, name, array):
    """Write a table with the library's own call."""

    @ffi.callback("kg_status(void *, void *, uint64_t, uint64_t)")
    def fill(context, to, first, count):
        part = array[first : first + count]
        ffi.memmove(to, part.tobytes(), part.nbytes)
        return 0

    kinds = {"f": lib.KG_F32, "d": lib.KG_F64, "I": lib.KG_U32}
    shape, error = ffi.new("kg_table *"), _native.new_error()
    shape.dtype, (shape.rows, shape.columns) = kinds[array.dtype.char], array.shape
    shape.triples_version = store.stats()["triples_version"]
    status = lib.kg_table_put(store._store.native, name.encode(), shape, fill, ffi.NULL, error)
    _native.check(status, error)
    store.refresh()


class Tables(unittest.TestCase):
    def test_tables(self):
        with kgstore.open(copy_of_sample()) as store:
            count = store.stats()["entities"]
            for dtype in (np.float32, np.float64, np.uint32):
                array = (np.arange(count * 4).reshape(count, 4) % 251).astype(dtype)
                put_table(store, "ent_emb", array)
                table = store.table("ent_emb")
                self.assertEqual((table.shape, table.dtype, table.stale), ((count, 4), np.dtype(dtype), False))
                self.assertTrue(np.array_equal(table.array(), array))
                self.assertFalse(table.array().flags.owndata)
                self.assertTrue(np.array_equal(table.rows([3, 0, 3]), array[[3, 0, 3]]))
                self.assertEqual(np.asarray(table, np.float64).sum(), array.sum())
                with self.assertRaises(IndexError):
                    table.rows([count])
            self.assertEqual(store.tables(), ["ent_emb"])

    def test_similar(self):
        path = copy_of_sample()
        with kgstore.open(path) as store:
            random = np.random.default_rng(1)
            put_table(store, "ent_emb", random.normal(size=(store.stats()["entities"], 8)).astype(np.float32))
            near = store.similar("糖尿病", k=3)
            rows = answer(path, "similar", "糖尿病", "-k", 3)
            self.assertEqual([(n.name, n.types) for n in near], [(r["entity"], r["types"]) for r in rows])
            self.assertEqual(store.similar(store.find("糖尿病"), k=3), near)
            vectors = store.table("ent_emb").array()
            own, other = vectors[store.find("糖尿病")], vectors[store.find(near[0].name)]
            cosine = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
            self.assertAlmostEqual(near[0].similarity, cosine, places=5)

    def test_a_table_of_two_blocks(self):
        with kgstore.open(copy_of_sample()) as store:
            array = np.arange(9 * 2**20, dtype=np.float64).reshape(-1, 2)
            put_table(store, "big", array)
            table = store.table("big")
            self.assertEqual(len(list(table.blocks())), 2)
            self.assertTrue(np.array_equal(table.array(), array))
            some = [0, len(array) - 1, 2**22 - 1, 2**22, 5]
            self.assertTrue(np.array_equal(table.rows(some), array[some]))


class Properties(unittest.TestCase):
    def test_properties(self):
        path = copy_of_sample()
        with kgstore.open(path) as store:
            store.cypher(
                "MATCH (n {id: '糖尿病'})-[e:caused_by]->() SET n.age = 7, n.rate = 0.5, n.known = true, "
                "n.text = '文', n.list = [1, 2], e.since = date('2020-01-02')",
                write=True,
            )
            store.refresh()
            expected = {"age": 7, "rate": 0.5, "known": True, "text": "文", "list": [1, 2]}
            self.assertEqual(store.properties("糖尿病"), expected)
            self.assertEqual(store.query("describe", "糖尿病")["properties"], expected)
            tail = store.edges("糖尿病", "out")
            cause = tail.entities[tail.relations == store.find("caused_by", "relation")][0]
            self.assertEqual(store.edge_properties("糖尿病", "caused_by", cause), {"since": "2020-01-02"})
            self.assertEqual(store.edge_properties("糖尿病", "caused_by", "高血压"), {})
            self.assertEqual(store.properties("高血压"), {})

    def test_labels(self):
        path = copy_of_sample()
        kg("edit", path, "-", lines="label 糖尿病 diabetes en\n")
        with kgstore.open(path) as store:
            label = store.labels("糖尿病")[0]
            self.assertEqual(label, kgstore.Label("diabetes", "en", True, True))
            self.assertEqual(store.label("糖尿病"), "diabetes")


if __name__ == "__main__":
    unittest.main()
