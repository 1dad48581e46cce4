"""The library's walks, which call for each thing they meet, as lists.

A callback is made once; what it appends to travels as its context.
"""

from __future__ import annotations

from typing import Any, Callable

from ._answers import Label
from ._native import ffi, lib, text_of


def _append(context: Any, item: Any) -> int:
    ffi.from_handle(context).append(item)
    return 0


# Where Python fails inside a callback, the walk ends with this status.
_FAILED = lib.KG_ERR_MEMORY


@ffi.callback("kg_status(void *, kg_str, kg_id)", error=_FAILED)
def visit_name(context: Any, name: Any, number: int) -> int:
    return _append(context, text_of(name))


@ffi.callback("kg_status(void *, kg_id)", error=_FAILED)
def visit_id(context: Any, number: int) -> int:
    return _append(context, number)


@ffi.callback("kg_status(void *, const kg_label *)", error=_FAILED)
def visit_label(context: Any, label: Any) -> int:
    return _append(context, Label(text_of(label.text), text_of(label.language), label.is_label, label.preferred))


@ffi.callback("void(void *, const char *)")
def visit_problem(context: Any, problem: Any) -> None:
    _append(context, ffi.string(problem).decode("utf-8", "replace"))


def gather(walk: Callable[[Any], Any]) -> tuple[int, list[Any]]:
    """Call walk with the context of the callbacks; its status, and what they appended."""
    found: list[Any] = []
    return walk(ffi.new_handle(found)), found
