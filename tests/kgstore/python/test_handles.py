"""Closing, arrays that outlive their store, forks, threads, leaks."""

import gc
import os
import pickle
import threading
import unittest

import kgstore
import numpy as np
from common import copy_of_sample, kg, sample_store


def resident():
    """Bytes of memory in use by this process."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Lifetimes(unittest.TestCase):
    def test_a_closed_store_says_so(self):
        store = kgstore.open(sample_store())
        snapshot = store.snapshot()
        store.close()
        store.close()
        for ask in (lambda: store.top(1), store.snapshot, lambda: store.cypher("RETURN 1"), store.refresh):
            with self.assertRaisesRegex(kgstore.Misuse, "the store is closed"):
                ask()
        self.assertEqual(len(snapshot.top(1, k=2)), 2)  # has the store for as long as it needs it
        snapshot.close()
        with self.assertRaisesRegex(kgstore.Misuse, "the snapshot is closed"):
            snapshot.weights()

    def test_arrays_outlive_their_store(self):
        path = copy_of_sample()
        store = kgstore.open(path)
        weights = store.weights()
        copy = weights.copy()
        part = weights[5:9]
        for _ in range(3):
            kg("rank", path, "--damping", "0.5")
            store.refresh()
        self.assertFalse(np.array_equal(store.weights(), copy))
        store.close()
        del store
        gc.collect()
        self.assertTrue(np.array_equal(weights, copy))
        del weights
        gc.collect()
        self.assertTrue(np.array_equal(part, copy[5:9]))

    def test_a_store_is_pickled_by_its_path(self):
        with kgstore.open(sample_store()) as store, pickle.loads(pickle.dumps(store)) as again:
            self.assertEqual(store.top(1), again.top(1))

    def test_nothing_leaks(self):
        path = sample_store()

        def work(rounds):
            for _ in range(rounds):
                with kgstore.open(path) as store:
                    store.top("糖尿病")
                    store.link("高血压")
                    store.weights()
                    next(store.cypher("MATCH (n) RETURN n"))
                    try:
                        store.top("nothing")
                    except kgstore.NotFound:
                        pass

        with kgstore.open(path) as store:
            with store.transaction() as transaction:
                for _ in range(50):
                    list(transaction.cypher("RETURN 1"))
                self.assertLessEqual(len(transaction._session.queries), 1)

        work(50)
        before = resident()
        files = len(os.listdir("/proc/self/fd"))
        work(400)
        self.assertLess(resident() - before, 3 << 20)
        self.assertEqual(len(os.listdir("/proc/self/fd")), files)


class Forks(unittest.TestCase):
    def in_child(self, work):
        """Run work in a child; the test fails where it fails."""
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work()
                gc.collect()
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_the_parents_handles_are_stale_in_a_child(self):
        path = copy_of_sample()
        store = kgstore.open(path)
        snapshot, weights = store.snapshot(), store.weights()
        rows = store.cypher("MATCH (n) RETURN n")
        next(rows)
        transaction = store.transaction()
        transaction.cypher("CREATE (:new {elementId: 'a'})")

        def work():
            for ask in (
                lambda: store.top(1),
                lambda: snapshot.find("糖尿病"),
                lambda: next(rows),
                lambda: transaction.cypher("RETURN 1"),
                transaction.commit,
                lambda: store.cypher("RETURN 1"),
                store.snapshot,
            ):
                with self.assertRaisesRegex(kgstore.Stale, "before a fork"):
                    ask()
            rows.close()
            transaction.rollback()
            snapshot.close()
            store.close()
            with kgstore.open(path) as own:
                assert own.top("糖尿病")
                assert np.array_equal(own.weights(), weights)

        self.in_child(work)
        self.assertTrue(store.top(1))
        self.assertTrue(next(rows))
        transaction.commit()
        rows.close()
        snapshot.close()
        store.close()
        with kgstore.open(path) as store:
            self.assertEqual(store.find("a"), store.resolve("a"))


class Threads(unittest.TestCase):
    def test_a_second_thread_is_told(self):
        store = kgstore.open(sample_store())
        ids = np.resize(np.arange(store.stats()["entities"], dtype=np.uint32), 300_000)
        told, done = [], threading.Event()

        def other():
            while not done.wait(0.001):
                try:
                    store.top(1, k=1)
                except kgstore.Misuse as error:
                    told.append(str(error))
                    done.set()

        # The library works without Python's lock, so that the other thread comes by meanwhile.
        thread = threading.Thread(target=other)
        thread.start()
        for _ in range(200):
            try:
                store.top_many(ids, k=7)
            except kgstore.Misuse:  # the other one's turn
                pass
            if done.is_set():
                break
        done.set()
        thread.join()
        self.assertRegex(told[0], "in use by another thread; give each thread its own, by snapshot()")
        self.assertTrue(store.top(1))
        store.close()

    def test_each_thread_has_its_snapshot(self):
        store = kgstore.open(copy_of_sample())
        expected = store.top_many(np.arange(500)).neighbors
        wrong = []

        def read():
            try:
                with store.snapshot() as snapshot:
                    for _ in range(20):
                        if not np.array_equal(snapshot.top_many(np.arange(500)).neighbors, expected):
                            wrong.append("other answers")
                        list(store.cypher("MATCH (n:disease) RETURN n LIMIT 20"))
                        snapshot.refresh()
            except Exception as error:
                wrong.append(repr(error))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for i in range(5):
            store.cypher("CREATE (:new {elementId: $i})", {"i": f"new {i}"}, write=True)
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        store.close()


if __name__ == "__main__":
    unittest.main()
