"""A store, its snapshots, and how to open it."""

from __future__ import annotations

import os
from typing import Any, Mapping, Optional, Union

from ._cypher import Limits, Rows, Session, Transaction
from ._handles import NativeStore
from ._native import check, lib, new_error
from ._reader import Reader
from ._visits import gather, visit_problem


class Snapshot(Reader):
    """The graph as it was at one moment, until refresh(). For one thread; Store.snapshot() makes more.

    An open snapshot keeps the pages that it shows: the file grows while a writer works, so close it,
    or refresh it now and then.
    """

    def __init__(self, store: NativeStore) -> None:
        super().__init__(store, "snapshot")


class Store(Reader):
    """An open store, itself a snapshot of it, and where snapshots and queries in Cypher begin.

    Its questions are for one thread at a time; snapshot(), cypher() and transaction() for any.
    After a fork the child opens the store anew: what the parent opened raises kgstore.Stale there.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        super().__init__(NativeStore(path), "store")
        self.path = os.fspath(path)

    def __repr__(self) -> str:
        return f"<kgstore.Store {self.path}{' (closed)' if self._turn.closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Store, (self.path,)

    def _native(self) -> NativeStore:
        """The handle, for what goes on beside the store's own questions."""
        self._turn.look()
        return self._store

    def snapshot(self) -> Snapshot:
        """A snapshot of the newest state, for another thread or to compare with."""
        return Snapshot(self._native())

    def cypher(
        self,
        query: str,
        parameters: Optional[Mapping[str, Any]] = None,
        *,
        write: bool = False,
        limits: Limits = Limits(),
    ) -> Rows:
        """Run one query in Cypher on the newest state; its rows come as they are found.

        write: it may change the graph. It is then run to its end and what it changed is made
        durable before this returns. kg-cypher(7) describes the language.
        """
        if write:
            with Transaction(self._native(), limits) as transaction:
                rows = transaction.cypher(query, parameters)
                rows.keep()
            return rows
        session = Session(self._native(), False, limits)
        return Rows(session, session.prepare(query, parameters), True)

    def transaction(self, *, limits: Limits = Limits()) -> Transaction:
        """Queries that change the graph together: `with store.transaction() as t: t.cypher(...)`.

        At the end of the block everything is made durable at once; after an exception nothing is.
        Other writers wait meanwhile.
        """
        return Transaction(self._native(), limits)

    def check(self) -> list[str]:
        """Verify all that can be verified on disk; a sentence for each problem, at most 100."""
        error = new_error()
        status, problems = gather(
            lambda context: lib.kg_store_check(os.fsencode(self.path), visit_problem, context, error)
        )
        if status not in (0, lib.KG_ERR_CORRUPT):
            check(status, error)
        return problems


def open(path: Union[str, "os.PathLike[str]"]) -> Store:
    """Open a store, the folder that `kg import` made."""
    return Store(path)
