"""Damaged stores give exceptions with the library's words, and leave the process as it is."""

import os
import random
import shutil
import unittest

import kgstore
import numpy as np
from common import WORK, sample_store

PAGE = 4096


def ask_everything(path):
    """Ask of all kinds; what is handed out is read to its end. How many questions failed by damage."""
    damaged = 0
    try:
        store = kgstore.open(path)
    except kgstore.KgError as error:
        assert str(error)
        return 1
    names = ["糖尿病", "高血压", 5, 700]
    questions = [lambda n=n, f=f: getattr(store, f)(n) for n in names for f in ("top", "edges", "labels", "types")]
    questions += [lambda n=n: store.query("describe", store.name(store.resolve(n))) for n in names]
    questions += [
        lambda: store.top_many(np.arange(1800)),
        lambda: store.top_many(np.arange(100), weights="pepr"),
        lambda: store.weights().sum(),
        lambda: store.search("糖尿"),
        lambda: store.link("他有糖尿病、高血压和肺炎。"),
        lambda: store.names(range(1800)),
        lambda: store.query("count"),
        lambda: store.query("path", "糖尿病", "肺炎"),
        lambda: list(store.cypher("MATCH (n)-[e]->(m) RETURN n.name, type(e), m.name")),
        store.stats,
        store.refresh,
        lambda: store.entities_of("disease"),
        lambda: store.cypher("CREATE (:new {elementId: 'a'})-[:new]->(:new {elementId: 'b'})", write=True),
    ]
    for question in questions:
        try:
            question()
        except kgstore.Damaged as error:
            assert str(error)
            damaged += 1
        except kgstore.NotFound:
            pass
    store.close()
    return damaged


class Damage(unittest.TestCase):
    def setUp(self):
        self.path = WORK / "damaged"
        shutil.copytree(sample_store(), self.path)
        self.addCleanup(shutil.rmtree, self.path)
        (self.file,) = self.path.glob("gen-*/data.mdb")

    def test_random_bytes(self):
        sound = self.file.read_bytes()
        met = 0
        for seed in range(40):
            draw = random.Random(seed)
            data = bytearray(sound)
            for _ in range(4):
                page = draw.randrange(2, len(data) // PAGE)
                for _ in range(4):  # where a page keeps its bounds and offsets, or anywhere
                    at = draw.choice((draw.randrange(10, 50), draw.randrange(PAGE)))
                    data[page * PAGE + at] = draw.randrange(256)
            self.file.write_bytes(data)
            with self.subTest(seed=seed):
                met += ask_everything(self.path) > 0
        self.assertGreater(met, 10)

    def test_a_file_cut_short(self):
        size = os.path.getsize(self.file)
        os.truncate(self.file, size // 2 // PAGE * PAGE)
        with self.assertRaises(kgstore.Damaged):
            kgstore.open(self.path)
        with kgstore.open(sample_store()) as store:  # and all is well with others
            self.assertTrue(store.top(1))

    def test_no_store_at_all(self):
        self.file.write_bytes(b"not a store")
        with self.assertRaises(kgstore.KgError):
            kgstore.open(self.path)
        (self.path / "CURRENT").write_text("nonsense")
        with self.assertRaises(kgstore.KgError):
            kgstore.open(self.path)


if __name__ == "__main__":
    unittest.main()
