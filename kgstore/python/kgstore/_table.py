"""Dense tables of a store, read where they lie."""

from __future__ import annotations

from typing import Any, Iterator, Optional

import numpy as np
import numpy.typing as npt

from ._handles import Borrowed, View
from ._native import check, ffi, lib, new_error

_TYPES = {lib.KG_F32: "<f4", lib.KG_F64: "<f8", lib.KG_U32: "<u4"}


def borrow(view: View, data: Any, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """An array over memory of the view: it cannot be written to, and keeps the view."""
    return np.asarray(Borrowed(view, data, dtype, shape))


class Table:
    """A matrix with a row for each of something, in the store's pages.

    A store holds it in blocks of 64 MiB at most. blocks() gives them as arrays over the pages;
    array() is the one block, or a copy of all; rows(ids) copies some rows. Everything stays good for
    as long as it is held, whatever becomes of the store.
    """

    def __init__(self, view: View, name: str) -> None:
        shape, error = ffi.new("kg_table *"), new_error()
        check(lib.kg_table_find(shape, view.native, name.encode(), error), error)
        self.name = name
        self.shape: tuple[int, int] = (shape.rows, shape.columns)
        self.dtype = np.dtype(_TYPES[shape.dtype])
        #: Whether the triples have changed since it was computed.
        self.stale: bool = shape.stale
        self._per_block: int = shape.rows_per_block
        self._blocks = [self._block(view, row) for row in range(0, shape.rows, shape.rows_per_block)]

    def _block(self, view: View, row: int) -> npt.NDArray[Any]:
        data, first, count = ffi.new("void **"), ffi.new("uint64_t *"), ffi.new("uint64_t *")
        status = lib.kg_table_block(data, first, count, view.native, self.name.encode(), row)
        if status != 0:
            error = new_error()
            check(lib.kg_snapshot_fault(error, status, view.native), error)
        return borrow(view, data[0], self.dtype.str, (count[0], self.shape[1]))

    def blocks(self) -> Iterator[npt.NDArray[Any]]:
        """The arrays over the pages, one after another."""
        return iter(self._blocks)

    def array(self) -> npt.NDArray[Any]:
        """The whole table: in place, and not writable, where it is one block; else a copy."""
        return self._blocks[0] if len(self._blocks) == 1 else np.concatenate(self._blocks)

    def rows(self, ids: npt.ArrayLike) -> npt.NDArray[Any]:
        """A copy of the rows of these ids, in their order. IndexError: there is no such row."""
        wanted = np.asarray(ids, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= self.shape[0]):
            raise IndexError(f"the table {self.name} has the rows 0 to {self.shape[0] - 1}")
        if len(self._blocks) == 1:
            return self._blocks[0][wanted]
        out = np.empty((*wanted.shape, self.shape[1]), self.dtype)
        of = wanted // self._per_block
        for number, block in enumerate(self._blocks):
            out[of == number] = block[wanted[of == number] - number * self._per_block]
        return out

    def __array__(self, dtype: Optional[npt.DTypeLike] = None, copy: Optional[bool] = None) -> npt.NDArray[Any]:
        whole = self.array()
        cast = whole if dtype is None else whole.astype(dtype, copy=False)
        copied = cast is not self._blocks[0]
        if copy is False and copied:
            raise ValueError(f"the table {self.name} cannot be given so without a copy")
        return cast.copy() if copy and not copied else cast

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<kgstore.Table {self.name} {self.shape[0]}x{self.shape[1]} {self.dtype}>"
