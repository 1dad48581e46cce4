"""Cypher: queries, their rows, and what their values are."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Iterator, Mapping, Optional

from ._handles import NativeStore, Turn
from ._native import Text, check, failure, ffi, free, lib, new_error
from ._values import Cells, from_cell
from .errors import Misuse, QueryError, Stale

# ---- Values ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """An entity: id is its identifier, name what it is called."""

    id: str
    name: Any
    labels: tuple[str, ...]
    properties: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return str(self.name)


@dataclass(frozen=True)
class Relationship:
    """An edge; head and tail are identifiers."""

    head: str
    type: str
    tail: str
    properties: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.head} -[{self.type}]-> {self.tail}"


@dataclass(frozen=True)
class Path:
    """Nodes, and the relationships between each two that follow one another, in either direction."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
    shown: str = field(compare=False)

    def __len__(self) -> int:
        return len(self.relationships)

    def __str__(self) -> str:
        return self.shown


def _make_item(whole: dict[str, Any], shown: str) -> Any:
    """A node begins with id, name and labels, a relationship with head, type and tail."""
    keys = list(whole)
    if keys[:2] == ["nodes", "relationships"]:
        return Path(tuple(whole["nodes"]), tuple(whole["relationships"]), shown)
    properties = {key: whole[key] for key in keys[3:]}
    if keys[:3] == ["head", "type", "tail"]:
        return Relationship(whole["head"], whole["type"], whole["tail"], properties)
    return Node(whole["id"], whole["name"], tuple(whole["labels"]), properties)


# ---- Sessions --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """What one query may take; 0: as much as it needs.

    seconds: of time; rows: that it gives; memory: bytes beyond the store's pages, a MiB at least;
    threads: that it uses, 0: as many as there are processors. files: whether LOAD CSV may read files.
    """

    seconds: float = 0
    rows: int = 0
    memory: int = 0
    threads: int = 0
    files: bool = False


_interrupts: list[BaseException] = []  # what Python's signal handlers raised while a query worked


def _note_interrupt(kind: Any, error: BaseException, trace: Any) -> None:
    _interrupts.append(error)


@ffi.callback("bool(void *)", error=True, onerror=_note_interrupt)
def _is_cancelled(context: Any) -> bool:
    """The library asks while it works; being asked lets Ctrl-C be raised here, which stops the query."""
    return False


def _address(query: Any) -> int:
    return int(ffi.cast("uintptr_t", query))


class Session:
    """A kg_cypher, and the queries that were prepared in it."""

    def __init__(self, store: NativeStore, write: bool, limits: Limits) -> None:
        self.native = ffi.NULL
        self.queries: dict[int, Any] = {}  # those prepared and not freed, by address
        self.store = store
        self.turn = Turn("transaction" if write else "query")
        options, out, error = ffi.new("kg_cypher_options *"), ffi.new("kg_cypher **"), new_error()
        options.write, options.seconds, options.rows = write, limits.seconds, limits.rows
        options.memory, options.threads, options.no_files = limits.memory, limits.threads, not limits.files
        options.cancelled = _is_cancelled
        status = lib.kg_cypher_begin(out, store.native, options, error)
        self.native = out[0]
        self.check(status, error)

    def check(self, status: int, error: Any) -> None:
        """Raise what went wrong; before that Ctrl-C, which the main thread gets."""
        if _interrupts and threading.current_thread() is threading.main_thread():
            raise _interrupts.pop()
        check(status, error)

    def prepare(self, text: str, parameters: Optional[Mapping[str, Any]]) -> Any:
        """A kg_cypher_query with its parameters; end() frees it."""
        if not self.native:
            raise Misuse("the transaction has ended", lib.KG_ERR_ARGUMENT)
        out, fault, error, given = ffi.new("kg_cypher_query **"), ffi.new("kg_cypher_fault *"), new_error(), Text(text)
        status = lib.kg_cypher_prepare(out, self.native, given.given, fault, error)
        if status == lib.KG_ERR_FORMAT:
            raise _query_error(status, fault, error)
        self.queries[_address(out[0])] = out[0]
        self.check(status, error)
        for name, value in (parameters or {}).items():
            cells, word = Cells(), Text(name)
            self.check(lib.kg_cypher_bind(out[0], word.given, cells.new(value), error), error)
        return out[0]

    def forget(self, query: Any) -> None:
        """Free a query that nobody asks any more, unless a thread is at work: then end() does."""
        try:
            with self.turn:
                if self.queries.pop(_address(query), None):
                    lib.kg_cypher_free(query)
        except (Misuse, Stale):
            pass

    def commit(self) -> None:
        error = new_error()
        self.check(lib.kg_cypher_commit(self.native, error), error)

    def end(self) -> None:
        """Free all. A child of a fork must not: a writer's lock is its parent's."""
        native, self.native = self.native, ffi.NULL
        queries, self.queries = self.queries, {}
        if not self.turn.forked:
            for query in queries.values():
                lib.kg_cypher_free(query)
            lib.kg_cypher_end(native)

    def __del__(self) -> None:
        self.end()


def _query_error(status: int, fault: Any, error: Any) -> QueryError:
    words = [ffi.string(word).decode() if word else None for word in (fault.kind, fault.detail)]
    return QueryError(str(failure(status, error)), status, words[0], words[1], fault.line, fault.column)


# ---- Rows ------------------------------------------------------------------------------------------


class Row(tuple):  # type: ignore[type-arg]
    """A row of an answer: a tuple that also gives its values by the names of their columns."""

    columns: tuple[str, ...]

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            if which not in self.columns:
                raise KeyError(which)
            which = self.columns.index(which)
        return super().__getitem__(which)

    def asdict(self) -> dict[str, Any]:
        return dict(zip(self.columns, self))


class Rows(Iterator[Row]):
    """The rows of a query, as they are found: iterate over them once, or take them all by to_pandas().

    columns: their names. A query that is not read to its end is held until close(), the end of a
    `with`, or until nobody holds it.
    """

    def __init__(self, session: Session, query: Any, alone: bool) -> None:
        self._session, self._query, self._alone = session, query, alone
        self._kept: Optional[Iterator[Row]] = None
        self._more = lib.kg_cypher_wants(query) != lib.KG_CYPHER_EXPLAIN
        self.columns = tuple(
            ffi.string(lib.kg_cypher_name(query, i)).decode("utf-8", "replace")
            for i in range(lib.kg_cypher_columns(query))
        )

    def _step(self) -> Optional[Row]:
        """The next row, inside a turn."""
        session = self._session
        if not session.native:
            raise Misuse("the rows are closed, or their transaction has ended", lib.KG_ERR_ARGUMENT)
        found, error, cell = ffi.new("bool *"), new_error(), ffi.new("kg_cell *")
        status = lib.kg_cypher_step(found, self._query, error)
        if status == lib.KG_ERR_FORMAT:
            raise QueryError(str(failure(status, error)), status)
        session.check(status, error)
        if not found[0]:
            return None
        values = []
        for i in range(len(self.columns)):
            check(lib.kg_cypher_column(cell, self._query, i))
            values.append(from_cell(cell, _make_item))
        row = Row(values)
        row.columns = self.columns
        return row

    def __next__(self) -> Row:
        if self._kept is not None:
            return next(self._kept)
        if not self._more:
            raise StopIteration
        with self._session.turn:
            try:
                row = self._step()
            except BaseException:
                self._more = False
                raise
        if row is None:
            self._more = False
            raise StopIteration
        return row

    def keep(self) -> None:
        """Run the query to its end; the rows are then in memory."""
        rows = list(self)
        self._kept = iter(rows)

    def to_pandas(self) -> Any:
        """The rows that are left, as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame([tuple(row) for row in self], columns=list(self.columns))

    def plan(self, counts: bool = False) -> str:
        """The plan as text, an operator a line, the last one first; counts: with the rows of each so far."""
        with self._session.turn:
            if not self._session.native:
                raise Misuse("the rows are closed, or their transaction has ended", lib.KG_ERR_ARGUMENT)
            text = lib.kg_cypher_plan(self._query, counts)
            try:
                return str(ffi.string(text), "utf-8", "replace")
            finally:
                free(text)

    def close(self) -> None:
        """Let go of the query; there are no more rows."""
        self._more = False
        if self._alone and not self._session.turn.forked:
            with self._session.turn:
                self._session.end()

    def __del__(self) -> None:
        self._session.forget(self._query)

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Transaction:
    """Queries that change the graph together, each seeing what those before it changed.

    `with store.transaction() as t:` commits at the end of the block, or forgets all after an
    exception.
    """

    def __init__(self, store: NativeStore, limits: Limits) -> None:
        self._session = Session(store, True, limits)

    def cypher(self, query: str, parameters: Optional[Mapping[str, Any]] = None) -> Rows:
        """Run a query: what it changes, it has changed once its rows were read to their end.

        A query without RETURN gives no rows, and is run at once.
        """
        with self._session.turn:
            rows = Rows(self._session, self._session.prepare(query, parameters), False)
        if not rows.columns:
            rows.keep()
        return rows

    def commit(self) -> None:
        """Make all durable, and end."""
        with self._session.turn:
            try:
                if not self._session.native:
                    raise Misuse("the transaction has ended", lib.KG_ERR_ARGUMENT)
                self._session.commit()
            finally:
                self._session.end()

    def rollback(self) -> None:
        """Forget all, and end."""
        if not self._session.turn.forked:
            with self._session.turn:
                self._session.end()

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if kind is None and self._session.native:
            self.commit()
        else:
            self.rollback()
