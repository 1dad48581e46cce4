#!/usr/bin/env python3
"""TransE vectors of a graph that kg exported, trained by PyKEEN and written as DGL-KE writes them.

usage: pykeen_vectors.py FOLDER OUT [--epochs N] [--dim N]

FOLDER is what `kg export STORE FOLDER --format dglke` wrote; OUT becomes a folder of kg_TransE_entity.npy and
kg_TransE_relation.npy for `kg import STORE --embeddings OUT`. Rows are in the order of the store's ids, which the
exported tables give. Needs pykeen.
"""

import argparse
import csv
import os
import sys

import numpy as np

try:
    import torch
    from pykeen.models import TransE
    from pykeen.training import SLCWATrainingLoop
    from pykeen.triples import TriplesFactory
except ImportError:
    sys.exit("pykeen_vectors.py needs pykeen, which is not installed: pip install pykeen")


def ids(path):
    """The names of a table of id and name."""
    with open(path, encoding="utf-8", newline="") as lines:
        return {name: int(number) for number, name in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder")
    arguments.add_argument("out")
    arguments.add_argument("--epochs", type=int, default=100)
    arguments.add_argument("--dim", type=int, default=64)
    args = arguments.parse_args()
    triples = torch.as_tensor(np.loadtxt(f"{args.folder}/train.tsv", dtype=np.int64, delimiter="\t"))
    factory = TriplesFactory(triples, ids(f"{args.folder}/entities.tsv"), ids(f"{args.folder}/relations.tsv"))
    model = TransE(triples_factory=factory, embedding_dim=args.dim, random_seed=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loop = SLCWATrainingLoop(model=model, triples_factory=factory, optimizer=optimizer)
    losses = loop.train(triples_factory=factory, num_epochs=args.epochs, batch_size=1024, use_tqdm=False)
    print(f"loss {losses[0]:.3f}, after {args.epochs} epochs {losses[-1]:.3f}")
    os.makedirs(args.out, exist_ok=True)
    tables = {"entity": model.entity_representations[0], "relation": model.relation_representations[0]}
    for kind, table in tables.items():
        rows = table(indices=None).detach().numpy().astype(np.float32)
        np.save(f"{args.out}/kg_TransE_{kind}.npy", rows)
        print(f"{kind}: {rows.shape[0]} rows of {rows.shape[1]}")


main()
