"""What may be asked of a store, through one snapshot of it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Iterable, Optional, Sequence, SupportsIndex, TypeVar, Union

import numpy as np
import numpy.typing as npt

from . import _visits
from ._answers import NEIGHBOR, Edges, Found, Label, Mention, Neighbor, Similar, TopMany
from ._handles import NativeStore, Turn, View
from ._native import Name, Text, check, failure, ffi, free, id_of, lib, new_error, text_of
from ._table import Table, borrow
from ._values import from_result, from_value
from .errors import BadArgument, NotFound

_KINDS = {"entity": lib.KG_ENTITY, "relation": lib.KG_RELATION, "type": lib.KG_TYPE, "key": lib.KG_KEY}
_WEIGHTS = {"pagerank": lib.KG_WEIGHT_PAGERANK, "pepr": lib.KG_WEIGHT_PEPR}
_DIRECTIONS = {"both": 0, "out": 1, "in": -1}
_MATCHES = {
    lib.KG_MATCH_EXACT: "exact",
    lib.KG_MATCH_PREFIX: "prefix",
    lib.KG_MATCH_PART: "part",
    lib.KG_MATCH_NEAR: "near",
}
_MOST = 2**32 - 1  # that may be asked for

Self = TypeVar("Self", bound="Reader")


def _choice(given: str, of: dict[str, int], what: str) -> int:
    """The library's number of a word."""
    if given not in of:
        expected = ", ".join(repr(word) for word in of)
        raise BadArgument(f"no {what} is {given!r}; expected one of {expected}", lib.KG_ERR_ARGUMENT)
    return of[given]


def _count(k: int) -> int:
    if not 0 <= k <= _MOST:
        raise BadArgument(f"{k} is no number of answers; expected 0 to {_MOST}", lib.KG_ERR_ARGUMENT)
    return k


class Reader:
    """The questions, asked of the graph as it was when this was opened or last refreshed.

    Entities, relations and types are given by name or by id: a str is an identifier or, of an
    entity, a label or alias that names one; an int is an id. Ids are dense, from 0 on.

    One thread at a time: a second one gets kgstore.Misuse.
    """

    def __init__(self, store: NativeStore, what: str) -> None:
        self._turn = Turn(what)
        self._store = store
        self._view = View(store)

    # ---- Lifetime ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Move to the newest state of the graph. Arrays handed out before show what they showed."""
        with self._turn:
            if self._view.arrays:
                self._view = View(self._store)
                return
            error = new_error()
            self._view.drop_linker()
            check(lib.kg_snapshot_renew(ffi.NULL, self._view.native, error), error)

    def close(self) -> None:
        """Let go of the store. Arrays handed out stay good. Closing again does nothing."""
        if not self._turn.closed and not self._turn.forked:
            with self._turn:
                self._turn.closed = True
                del self._view, self._store

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    # ---- Inside a turn: failures and ids -----------------------------------------------------------

    def _fail(self, status: int, missing: str) -> None:
        """Raise a status that came without a text; `missing`: that of KG_ERR_NOT_FOUND."""
        if status == lib.KG_ERR_NOT_FOUND:
            raise NotFound(missing, status)
        error = new_error()
        lib.kg_snapshot_fault(error, status, self._view.native)
        raise failure(status, error)

    def _check(self, status: int, kind: str, number: int) -> None:
        if status != 0:
            self._fail(status, f"the store has no {kind} with the id {number}")

    def _entity(self, name: Name) -> int:
        if not isinstance(name, str):
            return id_of(name)
        out, error, text = ffi.new("kg_id *"), new_error(), Text(name)
        check(lib.kg_entity_resolve(out, self._view.native, text.given, error), error)
        return int(out[0])

    def _id(self, name: Name, kind: str) -> int:
        if not isinstance(name, str):
            return id_of(name)
        out, text = ffi.new("kg_id *"), Text(name)
        status = lib.kg_name_find(out, self._view.native, _choice(kind, _KINDS, "kind"), text.given)
        if status != 0:
            self._fail(status, f"the store has no {kind} {name}")
        return int(out[0])

    def _names(self, numbers: Iterable[int], kind: str, get: Callable[..., int] = lib.kg_name_get) -> list[str]:
        out, native, of = ffi.new("kg_str *"), self._view.native, _choice(kind, _KINDS, "kind")
        found = []
        for number in numbers:
            status = get(out, native, of, number)
            if status != 0:
                self._check(status, kind, number)
            found.append(text_of(out))
        return found

    def _name(self, number: int, kind: str, get: Callable[..., int] = lib.kg_name_get) -> str:
        return self._names([number], kind, get)[0]

    # ---- Names -------------------------------------------------------------------------------------

    def find(self, identifier: str, kind: str = "entity") -> int:
        """The id of an identifier; kind: "entity", "relation", "type" or "key" (of properties)."""
        with self._turn:
            return self._id(identifier, kind)

    def resolve(self, name: Name) -> int:
        """The id of the entity that a name means: by identifier, else by label or alias.

        NotFound tells what was probably meant, and what an ambiguous name may mean.
        """
        with self._turn:
            return self._entity(name)

    def name(self, number: SupportsIndex, kind: str = "entity") -> str:
        """The identifier of an id."""
        with self._turn:
            return self._name(id_of(number), kind)

    def names(self, numbers: Iterable[SupportsIndex], kind: str = "entity") -> list[str]:
        """The identifiers of ids, in their order; numpy arrays of ids too."""
        with self._turn:
            return self._names(map(id_of, numbers), kind)

    def label(self, name: Name, kind: str = "entity") -> str:
        """What to show for it: its label, or its identifier where it has none."""
        with self._turn:
            number = self._entity(name) if kind == "entity" else self._id(name, kind)
            return self._name(number, kind, lib.kg_label_get)

    def labels(self, entity: Name) -> list[Label]:
        """All labels and aliases of an entity: the preferred label, other labels, aliases."""
        with self._turn:
            number = self._entity(entity)
            status, found = _visits.gather(
                lambda context: lib.kg_entity_labels(self._view.native, number, _visits.visit_label, context)
            )
            self._check(status, "entity", number)
            return found

    def aliases(self, entity: Name) -> list[str]:
        """The aliases of an entity, as they were given."""
        return [label.text for label in self.labels(entity) if not label.is_label]

    def complete(self, prefix: str, limit: int = 10) -> list[str]:
        """What entities are called and begins so, at most `limit` names."""
        with self._turn:
            text = Text(prefix)
            status, found = _visits.gather(
                lambda context: lib.kg_entity_complete(
                    self._view.native, text.given, _count(limit), _visits.visit_name, context
                )
            )
            self._check(status, "entity", 0)
            return found

    def types(self, entity: Name) -> list[str]:
        """The types of an entity, the primary one first."""
        with self._turn:
            number, out = self._entity(entity), ffi.new("kg_types *")
            self._check(lib.kg_entity_types(out, self._view.native, number), "entity", number)
            size = 4 if out.wide else 2
            packed = ffi.buffer(out.data, out.count * size)[:] if out.count else b""
            return self._names(np.frombuffer(packed, f"<u{size}").tolist(), "type")

    def entities_of(self, type: Name) -> npt.NDArray[np.uint32]:
        """The ids of the entities of a type, ascending. Looks at the types of all entities."""
        with self._turn:
            number = self._id(type, "type")
            status, found = _visits.gather(
                lambda context: lib.kg_type_entities(self._view.native, number, _visits.visit_id, context)
            )
            self._check(status, "type", number)
            return np.array(found, np.uint32)

    # ---- Properties --------------------------------------------------------------------------------

    def _properties(self, packed: Any) -> dict[str, Any]:
        key, value = ffi.new("kg_id *"), ffi.new("kg_value *")
        found = {}
        while lib.kg_properties_next(key, value, packed):
            found[self._name(key[0], "key")] = from_value(value)
        return found

    def properties(self, entity: Name) -> dict[str, Any]:
        """The properties of an entity: numbers, booleans, texts, lists of these; dates as texts."""
        with self._turn:
            number, packed = self._entity(entity), ffi.new("kg_properties *")
            self._check(lib.kg_entity_properties(packed, self._view.native, number), "entity", number)
            return self._properties(packed)

    def edge_properties(self, head: Name, relation: Name, tail: Name) -> dict[str, Any]:
        """The properties of an edge; none where there is no such edge."""
        with self._turn:
            ends = self._entity(head), self._id(relation, "relation"), self._entity(tail)
            packed = ffi.new("kg_properties *")
            self._check(lib.kg_edge_properties(packed, self._view.native, *ends), "entity", ends[0])
            return self._properties(packed)

    # ---- Edges -------------------------------------------------------------------------------------

    def edges(self, entity: Name, direction: str = "both") -> Edges:
        """The edges of an entity: "out" of it, "in" to it, or "both" (those out of it first).

        Each direction is sorted by the weight of the neighbor, the best first.
        """
        with self._turn:
            way = _choice(direction, _DIRECTIONS, "direction")
            number = self._entity(entity)
            out, into = ffi.new("kg_edges *"), ffi.new("kg_edges *")
            self._check(lib.kg_entity_edges(out, into, self._view.native, number), "entity", number)
            parts, ways = [], []
            for edges, sign in ((out, 1), (into, -1)):
                if way in (0, sign) and edges.count:
                    packed = np.frombuffer(ffi.buffer(edges.data, edges.count * 8), "<u4")
                    parts.append(packed.reshape(-1, 2))
                    ways.append(np.full(edges.count, sign, np.int8))
            if not parts:
                return Edges(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.int8))
            pairs = np.concatenate(parts)
            return Edges(pairs[:, 0].copy(), pairs[:, 1].copy(), np.concatenate(ways))

    def exists(self, head: Name, relation: Name, tail: Name) -> bool:
        """Whether there is such an edge. NotFound: there is no such name."""
        with self._turn:
            ends = self._entity(head), self._id(relation, "relation"), self._entity(tail)
            found = ffi.new("bool *")
            self._check(lib.kg_edge_exists(found, self._view.native, *ends), "entity", ends[0])
            return bool(found[0])

    # ---- Neighbors by weight -----------------------------------------------------------------------

    def _top(self, ids: npt.NDArray[np.uint32], k: int, weights: str) -> TopMany:
        out = np.empty(len(ids) * _count(k), NEIGHBOR)
        starts = np.empty(len(ids) + 1, np.int64)
        wanted, error = ffi.new("kg_top_wanted *"), new_error()
        wanted.entities = ffi.from_buffer("kg_id[]", ids)
        wanted.n = len(ids)
        wanted.set = _choice(weights, _WEIGHTS, "set of weights")
        wanted.k = k
        check(
            lib.kg_neighbours_top_each(
                ffi.from_buffer("kg_neighbour[]", out), ffi.from_buffer("uint64_t[]", starts),
                self._view.native, wanted, error,
            ),
            error,
        )  # fmt: skip
        return TopMany(out[: int(starts[-1])], starts)

    def _degree(self, number: int) -> int:
        out, into = ffi.new("kg_edges *"), ffi.new("kg_edges *")
        self._check(lib.kg_entity_edges(out, into, self._view.native, number), "entity", number)
        return int(out.count + into.count) or 1

    def top(self, entity: Name, k: int = 10, weights: str = "pagerank") -> list[Neighbor]:
        """The best k neighbors of an entity over both directions, the best first.

        weights: "pagerank", or "pepr", the PageRank personalized to the entity (at most 64 are
        stored).
        """
        with self._turn:
            number = self._entity(entity)
            best = self._top(np.array([number], np.uint32), min(_count(k), self._degree(number)), weights)
            names = self._names(best.entities.tolist(), "entity")
            relations = self._names(best.relations.tolist(), "relation")
            return [
                Neighbor(name, relation, d, w, e, r)
                for name, relation, (e, r, d, w) in zip(names, relations, best.neighbors.tolist())
            ]

    def top_many(
        self, entities: Union[npt.ArrayLike, Sequence[Name]], k: int = 7, weights: str = "pagerank"
    ) -> TopMany:
        """The best k neighbors of many entities, in one call that fills numpy arrays.

        entities: ids, best as an array of uint32; or a list that has names, too. NotFound names an
        id that no entity has.
        """
        with self._turn:
            if isinstance(entities, (list, tuple)) and any(isinstance(name, str) for name in entities):
                ids = np.array([self._entity(name) for name in entities], np.uint32)
            else:
                given = np.asarray(entities)
                if given.ndim != 1 or (given.size and given.dtype.kind not in "ui"):
                    raise BadArgument("entities: expected one dimension of whole numbers", lib.KG_ERR_ARGUMENT)
                if given.size and not 0 <= given.min() <= given.max() < _MOST:
                    raise NotFound("the store has no entity with an id below 0 or of 2**32", lib.KG_ERR_NOT_FOUND)
                ids = np.ascontiguousarray(given, np.uint32)
            return self._top(ids, k, weights)

    def weights(self) -> npt.NDArray[np.float64]:
        """The PageRank of every entity, in place and not writable. NotFound: the store is not ranked.

        It may be of fewer entities than there are, where the store has grown since it was ranked.
        """
        with self._turn:
            data, count = ffi.new("double **"), ffi.new("uint64_t *")
            status = lib.kg_weights_get(data, count, ffi.NULL, self._view.native)
            if status != 0:
                self._fail(status, "the store is not ranked; run kg rank on it")
            return borrow(self._view, data[0], "<f8", (count[0],))

    # ---- Tables ------------------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """The names of the dense tables: of `kg embed`, "ent_emb" has a vector for each entity."""
        with self._turn:
            status, found = _visits.gather(
                lambda context: lib.kg_table_each(self._view.native, _visits.visit_name, context)
            )
            self._check(status, "table", 0)
            return found

    def table(self, name: str) -> Table:
        """A dense table, read where it lies."""
        with self._turn:
            return Table(self._view, name)

    # ---- Questions ---------------------------------------------------------------------------------

    def stats(self) -> dict[str, int]:
        """Counts of what is in the store, and whether it is ranked: the fields of kg_stats."""
        with self._turn:
            out, error = ffi.new("kg_stats *"), new_error()
            check(lib.kg_snapshot_stats(out, self._view.native, error), error)
            return {name: getattr(out, name) for name, _ in ffi.typeof("kg_stats").fields}

    def query(
        self,
        verb: str,
        *names: str,
        k: int = 0,
        weights: str = "pagerank",
        by_entity: bool = False,
        by_type: bool = False,
        relations: Sequence[str] = (),
        directed: bool = False,
        avoid_hubs: int = 0,
    ) -> Any:
        """Ask as `kg query STORE VERB NAME...` does, and get what its --json gives.

        verbs() lists the verbs; kg-query(1) describes them and the options. k=0: as many rows as is
        usual for the verb.
        """
        with self._turn:
            texts = [Text(word) for word in (*names, *relations)]
            given = ffi.new("kg_str[]", [text.given for text in texts] or 1)
            question, error = ffi.new("kg_question *"), new_error()
            name = ffi.new("char[]", verb.encode())
            question.verb = name
            question.args, question.n_args = given, len(names)
            question.relations, question.n_relations = given + len(names), len(relations)
            question.k, question.weights = _count(k), _choice(weights, _WEIGHTS, "set of weights")
            question.by_entity, question.by_type, question.directed = by_entity, by_type, directed
            question.most_edges = avoid_hubs
            result = ffi.new("kg_result *")
            try:
                check(lib.kg_query(result, self._view.native, question, error), error)
                return from_result(result)
            finally:
                lib.kg_result_free(result)

    def similar(self, entity: Name, k: int = 10) -> list[Similar]:
        """The entities with the nearest vectors, by cosine. NotFound: run kg embed first."""
        name = entity if isinstance(entity, str) else self.name(entity)
        rows = self.query("similar", name, k=k)
        return [Similar(row["entity"], row["similarity"], row["types"]) for row in rows]

    def search(self, text: str, k: int = 10) -> list[Found]:
        """The entities whose names match a text, or nearly: misspelt, or a part of a name.

        Looks at every name; the first search, and the first after refresh(), gathers them in memory.
        """
        with self._turn:
            out, error, given = ffi.new("kg_founds *"), new_error(), Text(text)
            try:
                check(lib.kg_names_search(out, self._view.native, given.given, _count(k), error), error)
                return [
                    Found(
                        self._name(one.entity, "entity"), text_of(one.name), _MATCHES[one.match],
                        one.distance, one.weight, one.entity,
                    )
                    for one in (out.data[i] for i in range(out.len))
                ]  # fmt: skip
            finally:
                free(out.data)

    # ---- Linking -----------------------------------------------------------------------------------

    def link(self, text: str, overlapping: bool = False) -> list[Mention]:
        """The entities that a text mentions, in its order, each the longest at its place.

        overlapping: every match, also inside another.
        """
        with self._turn:
            if not self._view.linker:
                out, error = ffi.new("kg_linker **"), new_error()
                check(lib.kg_linker_open(out, ffi.NULL, self._view.native, error), error)
                self._view.linker = out[0]
            found, given = ffi.new("kg_mentions *"), Text(text)
            try:
                check(lib.kg_linker_find(found, self._view.linker, given.given, overlapping))
                return [
                    Mention(one.start, one.end, text[one.start : one.end], self._name(one.entity, "entity"), one.entity)
                    for one in (found.data[i] for i in range(found.len))
                ]
            finally:
                free(found.data)


def verbs() -> dict[str, tuple[str, str]]:
    """The verbs of Reader.query: the names each is given, and what it answers."""
    count = ffi.new("size_t *")
    found = lib.kg_verbs(count)
    words = [[ffi.string(word).decode() for word in (v.name, v.arguments, v.summary)] for v in found[0 : count[0]]]
    return {name: (arguments, summary) for name, arguments, summary in words}
