"""The library: opened, its statuses turned into exceptions, texts brought over and back.

cffi releases Python's lock around every call of the library.
"""

from __future__ import annotations

import operator
import os
from typing import Any, SupportsIndex, Union

from . import _abi, errors
from ._built import LIBRARY, VERSION

#: An entity, a relation or a type: by its name, or by its id.
Name = Union[str, SupportsIndex]


ffi: Any = _abi.ffi


def _open_library() -> Any:
    """$KGSTORE_LIBRARY, else what the package was built beside, else what the system finds."""
    given = os.environ.get("KGSTORE_LIBRARY")
    tried = []
    for path in [given] if given else filter(None, [LIBRARY, "libkgstore.so.0"]):
        try:
            return ffi.dlopen(path)
        except OSError as error:
            tried.append(str(error))
    raise ImportError("libkgstore cannot be opened; is kg installed? " + "; ".join(tried))


def _check_version(library: Any) -> None:
    try:
        version = ffi.string(library.kg_library_version()).decode()
    except AttributeError:
        version = "older"
    if version != VERSION:
        raise ImportError(f"libkgstore is of version {version}, but this package of {VERSION}; install it again")


lib = _open_library()
_check_version(lib)
_libc = ffi.dlopen(None)
free = _libc.free  # of what the library allocates for its caller

_CLASSES = {value: errors.BY_NAME[name] for value, name in ffi.typeof("kg_status").elements.items() if name != "KG_OK"}


def new_error() -> Any:
    """A kg_error for one call."""
    return ffi.new("kg_error *")


def failure(status: int, error: Any = None) -> errors.KgError:
    """The exception of a status, with what `error`, a kg_error, tells of it."""
    if error is None or error.status == 0:
        message, file, line = ffi.string(lib.kg_strerror(status)).decode(), "", 0
    else:
        buffer = ffi.new("char[]", 1400)
        message = ffi.string(lib.kg_error_format(buffer, 1400, error)).decode("utf-8", "replace")
        file, line = ffi.string(error.file).decode("utf-8", "replace"), error.line
    return _CLASSES.get(status, errors.KgError)(message, status, file, line)


def check(status: int, error: Any = None) -> None:
    """Raise what a status other than KG_OK stands for."""
    if status != 0:
        raise failure(status, error)


def text_of(borrowed: Any) -> str:
    """A copy of a kg_str; what is not UTF-8 in it, in a damaged store, becomes U+FFFD."""
    size = borrowed.len
    return str(ffi.unpack(borrowed.data, size), "utf-8", "replace") if size else ""


class Text:
    """A str as a kg_str: `given`, good while this lives."""

    __slots__ = ("given", "_bytes")

    def __init__(self, text: str) -> None:
        self._bytes = text.encode("utf-8")
        self.given = ffi.new("kg_str *", (ffi.from_buffer("char[]", self._bytes), len(self._bytes)))[0]


def id_of(number: SupportsIndex) -> int:
    """An int, numpy's too, as an id."""
    value = operator.index(number)
    if not 0 <= value < 2**32 - 1:
        raise errors.NotFound(f"no id is {value}: ids are from 0 on", lib.KG_ERR_NOT_FOUND)
    return value


# ---- Forks -----------------------------------------------------------------------------------------

#: How many forks lie between the process that imported this and the one that runs.
forks = 0


def _count_fork() -> None:
    global forks
    forks += 1


os.register_at_fork(after_in_child=_count_fork)
