"""What the library gives to be closed again, and who may use it when.

A native snapshot is kept by the handle that reads through it and by each array over its pages; it
ends with the last of them. So an array is never left over nothing: a handle that moves on or closes
lets go of its snapshot, and does not end it.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Union

from . import _native
from ._native import check, ffi, lib, new_error
from .errors import Misuse, Stale


class NativeStore:
    """An open kg_store."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self.native = ffi.NULL
        out, error = ffi.new("kg_store **"), new_error()
        lib.kg_store_catch()
        check(lib.kg_store_open(out, os.fsencode(path), error), error)
        self.native = out[0]

    def __del__(self) -> None:
        lib.kg_store_close(self.native)


class View:
    """A kg_snapshot, and the linker that was made of it."""

    def __init__(self, store: NativeStore) -> None:
        self.native = self.linker = ffi.NULL
        self.store = store
        self.arrays: set[int] = set()  # over its pages, by id of what keeps them
        out, error = ffi.new("kg_snapshot **"), new_error()
        check(lib.kg_snapshot_begin(out, store.native, error), error)
        self.native = out[0]

    def drop_linker(self) -> None:
        lib.kg_linker_free(self.linker)
        self.linker = ffi.NULL

    def __del__(self) -> None:
        if self.native:
            self.drop_linker()
            lib.kg_snapshot_end(self.native)


class Borrowed:
    """Memory of a view as numpy reads it: what an array over it has as its base."""

    def __init__(self, view: View, data: Any, dtype: str, shape: tuple[int, ...]) -> None:
        self.view = view
        self.__array_interface__ = {
            "version": 3,
            "data": (int(ffi.cast("uintptr_t", data)), True),  # read-only
            "typestr": dtype,
            "shape": shape,
        }
        view.arrays.add(id(self))

    def __del__(self) -> None:
        self.view.arrays.discard(id(self))


class Turn:
    """One thread at a time: `with turn:` raises where another is inside, or what it guards is closed."""

    __slots__ = ("_lock", "_forks", "_what", "closed")

    def __init__(self, what: str) -> None:
        self._lock = threading.Lock()
        self._forks = _native.forks
        self._what = what
        self.closed = False

    def look(self) -> None:
        """Raise where what it guards cannot be used any more."""
        if self._forks != _native.forks:
            raise Stale(f"the {self._what} was opened before a fork; open it again", lib.KG_ERR_STALE)
        if self.closed:
            raise Misuse(f"the {self._what} is closed", lib.KG_ERR_ARGUMENT)

    def __enter__(self) -> None:
        self.look()
        if not self._lock.acquire(blocking=False):
            raise Misuse(
                f"the {self._what} is in use by another thread; give each thread its own, by snapshot()",
                lib.KG_ERR_ARGUMENT,
            )
        if self.closed:  # by another thread since
            self._lock.release()
            self.look()

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    @property
    def forked(self) -> bool:
        return self._forks != _native.forks
