#!/usr/bin/env python3
"""Train a small PyTorch model whose batches carry weighted neighbors from a store.

It learns to tell the type of an entity from its best neighbors: from which entities they are, by which
relations, in which direction, each counting by its PageRank. A tenth of the entities is kept to test on.

usage: train_types.py STORE [--epochs N] [--workers N]
"""

import argparse
import sys

import numpy as np

import kgstore

try:
    import torch
except ImportError:
    sys.exit("train_types.py needs PyTorch, which is not installed: pip install torch")

NEIGHBORS = 7


class Collate:
    """Makes a batch of ids into tensors. In each process that loads, the store is opened once."""

    def __init__(self, path, types):
        self.path, self.types, self.kg = path, types, None

    def __getstate__(self):
        return {**self.__dict__, "kg": None}

    def __call__(self, ids):
        if self.kg is None:
            self.kg = kgstore.open(self.path)
        best = self.kg.top_many(np.array(ids), k=NEIGHBORS)
        way = best.relations.astype(np.int64) * 2 + (best.directions > 0)
        # The weights of an entity's neighbors sum to 1; a common logarithm keeps hubs from taking all.
        weight = np.log1p(best.weights * 1e6)
        owner = np.repeat(np.arange(len(ids)), np.diff(best.offsets))
        weight /= np.maximum(np.bincount(owner, weight, len(ids)), 1e-9)[owner]
        return (
            torch.from_numpy(best.entities.astype(np.int64)),
            torch.from_numpy(way),
            torch.from_numpy(weight.astype(np.float32)),
            torch.from_numpy(best.offsets),
            torch.from_numpy(self.types[ids]),
        )


class Model(torch.nn.Module):
    """Sums of vectors of neighbors and of relations, weighted; then a layer for the type."""

    def __init__(self, entities, relations, types, size=32):
        super().__init__()
        bag = {"mode": "sum", "include_last_offset": True}
        self.neighbor = torch.nn.EmbeddingBag(entities, size, **bag)
        self.way = torch.nn.EmbeddingBag(relations * 2, size, **bag)
        self.out = torch.nn.Linear(size, types)

    def forward(self, neighbors, ways, weights, offsets):
        summed = self.neighbor(neighbors, offsets, weights) + self.way(ways, offsets, weights)
        return self.out(torch.relu(summed))


def primary_types(kg):
    """The number of each entity's primary type, -1 where it has none; and how many types there are."""
    count = kg.stats()["types"]
    numbers = {kg.name(number, "type"): number for number in range(count)}
    types = np.full(kg.stats()["entities"], -1)
    for name in numbers:
        for entity in kg.entities_of(name):
            if types[entity] < 0:
                types[entity] = numbers[kg.types(entity)[0]]
    return types, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("store")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(1)
    with kgstore.open(given.store) as kg:
        types, n_types = primary_types(kg)
        stats = kg.stats()
    ids = np.random.default_rng(1).permutation(np.flatnonzero(types >= 0))
    test, train = np.split(ids, [len(ids) // 10])
    collate = Collate(given.store, types)
    load = {"batch_size": 256, "collate_fn": collate, "num_workers": given.workers}
    model = Model(stats["entities"], stats["relations"], n_types)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for epoch in range(given.epochs):
        total = 0.0
        for *batch, wanted in torch.utils.data.DataLoader(train, shuffle=True, **load):
            loss = torch.nn.functional.cross_entropy(model(*batch), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(wanted)
        print(f"epoch {epoch + 1}: loss {total / len(train):.4f}")
    with torch.no_grad():
        right = sum(
            (model(*batch).argmax(1) == wanted).sum().item()
            for *batch, wanted in torch.utils.data.DataLoader(test, **load)
        )
    most = np.bincount(types[test]).max() / len(test)
    print(f"types told right: {right / len(test):.3f} of {len(test)} entities; the most frequent type is {most:.3f}")


if __name__ == "__main__":
    main()
