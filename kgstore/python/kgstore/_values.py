"""Values that cross over: cells of answers, parameters of queries, properties."""

from __future__ import annotations

import operator
from typing import Any, Callable, Mapping, Sequence

from ._native import ffi, lib, text_of
from .errors import BadArgument

#: The union of a cell or a value, whose name Python keeps for itself.
_union = operator.attrgetter("as")

#: Makes what an item of an answer stands for, of its map and its short text for people.
Maker = Callable[["dict[str, Any]", str], Any]


def _map_alone(whole: dict[str, Any], shown: str) -> Any:
    return whole


# ---- Cells to Python -------------------------------------------------------------------------------


def _texts(of: Any, make: Maker) -> list[str]:
    return [text_of(of.texts.items[i]) for i in range(of.texts.count)]


def _list(of: Any, make: Maker) -> list[Any]:
    return [from_cell(of.list.items[i], make) for i in range(of.list.count)]


def _map(of: Any, make: Maker) -> dict[str, Any]:
    given = of.map
    return {text_of(given.keys[i]): from_cell(given.items[i], make) for i in range(given.count)}


_FROM_CELL: dict[int, Callable[[Any, Maker], Any]] = {
    lib.KG_CELL_NONE: lambda of, make: None,
    lib.KG_CELL_TEXT: lambda of, make: text_of(of.text),
    lib.KG_CELL_INTEGER: lambda of, make: of.integer,
    lib.KG_CELL_REAL: lambda of, make: of.real,
    lib.KG_CELL_BOOL: lambda of, make: of.yes,
    lib.KG_CELL_TEXTS: _texts,
    lib.KG_CELL_LIST: _list,
    lib.KG_CELL_MAP: _map,
    lib.KG_CELL_ITEM: lambda of, make: make(from_cell(of.item.whole[0], make), text_of(of.item.shown)),
    lib.KG_CELL_ARROW: lambda of, make: of.integer,
}


def from_cell(cell: Any, make: Maker = _map_alone) -> Any:
    """A kg_cell as Python's None, bool, int, float, str, list, dict or, of an item, what `make` gives."""
    return _FROM_CELL[cell.kind](_union(cell), make)


def from_result(result: Any) -> Any:
    """A kg_result as `kg query --json` shows it: a list of dicts, a dict, or a list."""
    names = [ffi.string(result.names[i]).decode() for i in range(result.n_columns)]
    cells = [from_cell(result.cells.data[i]) for i in range(result.cells.len)]
    if result.shape == lib.KG_SHAPE_LIST:
        return cells
    rows = [dict(zip(names, cells[i : i + len(names)])) for i in range(0, len(cells), len(names))]
    return rows[0] if result.shape == lib.KG_SHAPE_RECORD else rows


# ---- Python to cells -------------------------------------------------------------------------------


class Cells:
    """Python values as cells, which live as long as this."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def _keep(self, thing: Any) -> Any:
        self._kept.append(thing)
        return thing

    def _text(self, text: str) -> Any:
        data = text.encode("utf-8")
        return {"data": self._keep(ffi.from_buffer("char[]", data)), "len": len(data)}

    def _items(self, values: Sequence[Any]) -> Any:
        return self._keep(ffi.new("kg_cell[]", [self.cell(value) for value in values]))

    def cell(self, value: Any) -> Any:
        """What ffi.new makes the cell of."""
        if value is None:
            return {"kind": lib.KG_CELL_NONE}
        if isinstance(value, str):
            return {"kind": lib.KG_CELL_TEXT, "as": {"text": self._text(value)}}
        if hasattr(value, "tolist"):  # numpy's scalars and arrays
            return self.cell(value.tolist())
        if isinstance(value, bool):
            return {"kind": lib.KG_CELL_BOOL, "as": {"yes": value}}
        if isinstance(value, int):
            if not -(2**63) <= value < 2**63:
                raise BadArgument(f"{value} has more than 64 bits", lib.KG_ERR_ARGUMENT)
            return {"kind": lib.KG_CELL_INTEGER, "as": {"integer": value}}
        if isinstance(value, float):
            return {"kind": lib.KG_CELL_REAL, "as": {"real": value}}
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) for key in value):
                raise BadArgument("the keys of a map in a parameter are str", lib.KG_ERR_ARGUMENT)
            keys = self._keep(ffi.new("kg_str[]", [self._text(key) for key in value]))
            items = self._items(list(value.values()))
            return {"kind": lib.KG_CELL_MAP, "as": {"map": {"keys": keys, "items": items, "count": len(value)}}}
        if isinstance(value, (list, tuple, set, frozenset)):
            items = self._items(list(value))
            return {"kind": lib.KG_CELL_LIST, "as": {"list": {"items": items, "count": len(value)}}}
        raise BadArgument(
            f"a parameter is of type {type(value).__name__}; expected None, bool, int, float, str, or a list or "
            "dict of these (a date as an ISO 8601 text, for Cypher's date())",
            lib.KG_ERR_ARGUMENT,
        )

    def new(self, value: Any) -> Any:
        """A kg_cell pointer."""
        return self._keep(ffi.new("kg_cell *", self.cell(value)))


# ---- Properties ------------------------------------------------------------------------------------


def _packed_list(value: Any) -> list[Any]:
    item, rest = ffi.new("kg_value *"), ffi.new("kg_str *", value.text)
    items = []
    while lib.kg_value_next(item, rest):
        items.append(from_value(item[0]))
    return items


_FROM_VALUE: dict[int, Callable[[Any], Any]] = {
    lib.KG_VALUE_INTEGER: lambda value: _union(value).integer,
    lib.KG_VALUE_FLOAT: lambda value: _union(value).real,
    lib.KG_VALUE_BOOLEAN: lambda value: _union(value).yes,
    lib.KG_VALUE_LIST: _packed_list,
}


def from_value(value: Any) -> Any:
    """A kg_value as int, float, bool, list, or the text of anything else."""
    make = _FROM_VALUE.get(value.kind)
    return make(value) if make else text_of(value.text)
