"""What a store answers with: small typed classes over plain values and numpy arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._native import ffi


class Neighbor(NamedTuple):
    """One edge of an entity, with the weight of the entity at its other end.

    direction is 1 for an edge from the entity asked about, -1 for one to it.
    """

    name: str
    relation: str
    direction: int
    weight: float
    id: int
    relation_id: int


class Found(NamedTuple):
    """An entity that a search found; `matched` is that of its names which matched."""

    name: str
    matched: str
    how: str  # "exact", "prefix", "part" or "near"
    distance: int  # letters that differ
    weight: float
    id: int


class Mention(NamedTuple):
    """An entity in a text, at text[start:end]."""

    start: int
    end: int
    text: str
    name: str
    id: int


class Label(NamedTuple):
    """A label or an alias of an entity; language is "" where none was given."""

    text: str
    language: str
    is_label: bool
    preferred: bool


class Similar(NamedTuple):
    """An entity whose vector is near, with the cosine between the two."""

    name: str
    similarity: float
    types: list[str]


class Edges(NamedTuple):
    """The edges of an entity, best neighbor first: arrays of one length.

    entities, relations: uint32; directions: int8, 1 for an edge from the entity and -1 for one to it.
    """

    entities: npt.NDArray[np.uint32]
    relations: npt.NDArray[np.uint32]
    directions: npt.NDArray[np.int8]


def _neighbor_dtype() -> np.dtype[Any]:
    struct = ffi.typeof("kg_neighbour")
    fields = dict(struct.fields)
    formats = {"entity": "<u4", "relation": "<u4", "direction": "<i4", "weight": "<f8"}
    return np.dtype(
        {
            "names": list(formats),
            "formats": list(formats.values()),
            "offsets": [fields[name].offset for name in formats],
            "itemsize": ffi.sizeof(struct),
        }
    )


#: A neighbor in TopMany.neighbors: entity, relation, direction (1 or -1) and weight.
NEIGHBOR = _neighbor_dtype()


class TopMany(NamedTuple):
    """The best neighbors of many entities, back to back.

    Those of the i-th entity asked about are neighbors[offsets[i]:offsets[i + 1]]. The properties are
    views of single fields; np.ascontiguousarray or .astype copies one for what wants it packed.
    """

    neighbors: npt.NDArray[Any]  # of dtype NEIGHBOR
    offsets: npt.NDArray[np.int64]

    @property
    def entities(self) -> npt.NDArray[np.uint32]:
        return self.neighbors["entity"]

    @property
    def relations(self) -> npt.NDArray[np.uint32]:
        return self.neighbors["relation"]

    @property
    def directions(self) -> npt.NDArray[np.int32]:
        return self.neighbors["direction"]

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        return self.neighbors["weight"]
